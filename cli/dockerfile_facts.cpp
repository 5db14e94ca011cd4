#include "cli/dockerfile_facts.hpp"

#include <map>

#include "base/strings.hpp"
#include "cli/dockerfile_lines.hpp"

namespace tierbuild::cli {
namespace {

using Words = std::vector<std::string>;

bool has(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Reads instruction by instruction; each stage starts with what the stage below it says.
class FactReader {
 public:
  DockerFacts read(std::string_view text) {
    for (const DockerInstruction& instruction : docker_instructions(text)) take(instruction);
    return std::move(facts_);
  }

 private:
  void take(const DockerInstruction& instruction) {
    const std::string& word = instruction.word;
    std::string rest = instruction.rest;
    bool understood = !instruction.has_heredoc;
    if (word == "arg")
      argument(rest);
    else if (word == "from")
      from(rest);
    else if (word == "env")
      understood = environment(rest);
    else if (word == "expose")
      expose(rest);
    else if (word == "workdir")
      facts_.workdir = absolute(filled(rest));
    else if (word == "user")
      facts_.user = filled(rest);
    else if (word == "entrypoint")
      facts_.entrypoint = command(rest);
    else if (word == "cmd")
      facts_.cmd = command(rest);
    else if (word == "volume")
      facts_.volumes = rest.starts_with('[') ? exec_form(rest) : plain_words(rest);
    else if (word == "healthcheck")
      healthcheck(rest);
    else if (word == "copy" || word == "add")
      understood = understood && copy(rest);
    else if (word == "run")
      return run(instruction, understood);
    else
      understood = false;
    if (!understood) leave_out(instruction, instruction.rest);
    save_stage();
  }

  void leave_out(const DockerInstruction& instruction, const std::string& text) {
    std::string word;
    for (char c : instruction.word) word += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    facts_.left_out.emplace_back(instruction.line, word + " " + text);
  }

  void save_stage() {
    if (!stage_.empty()) stages_[stage_] = facts_;
  }

  // `${NAME}`, `$NAME` and `${NAME:-default}` by what ARG and ENV said before; others stay.
  std::string filled(std::string_view text) const {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '$' || i + 1 >= text.size()) {
        out += text[i];
        continue;
      }
      bool braced = text[i + 1] == '{';
      size_t start = i + (braced ? 2 : 1), end = start;
      while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_'))
        ++end;
      size_t close = braced ? text.find('}', end) : end;
      auto known = values_.find(std::string(text.substr(start, end - start)));
      if (close == std::string_view::npos) return out + std::string(text.substr(i));
      std::string_view tail = braced ? text.substr(end, close - end) : std::string_view();
      if (known != values_.end())
        out += known->second;
      else if (tail.starts_with(":-"))
        out += tail.substr(2);
      else
        out += text.substr(i, close + (braced ? 1 : 0) - i);
      i = close - (braced ? 0 : 1);
    }
    return out;
  }

  std::string absolute(const std::string& path) const {
    if (path.starts_with('/')) return path;
    std::string directory = facts_.workdir.empty() ? "/" : facts_.workdir;
    if (path.empty() || path == "." || path == "./") return directory;
    std::string joined = (std::filesystem::path(directory) / path).lexically_normal().string();
    return joined;
  }

  void argument(const std::string& rest) {
    size_t equals = rest.find('=');
    if (equals == std::string::npos) return;
    Words value = plain_words(filled(rest.substr(equals + 1)));
    if (value.size() == 1) values_[rest.substr(0, equals)] = value.front();
  }

  void from(std::string rest) {
    take_flags(rest, "platform");
    Words words = plain_words(filled(rest));
    if (words.empty()) words = {"$"};
    std::string base = words[0];
    DockerFacts below;
    if (auto stage = stages_.find(base); stage != stages_.end())
      below = stage->second;
    else
      below.base = base.find('$') == std::string::npos ? base : "";
    facts_ = std::move(below);
    stage_ = words.size() == 3 && lower(words[1]) == "as" ? words[2] : std::string();
  }

  bool environment(const std::string& rest) {
    Words words = plain_words(filled(rest));
    if (words.empty()) return false;
    std::vector<std::pair<std::string, std::string>> pairs;
    if (size_t blank = rest.find_first_of(" \t"); words[0].find('=') == std::string::npos) {
      if (blank == std::string::npos) return false;
      pairs.emplace_back(words[0], trim(filled(rest.substr(blank))));  // ENV NAME the rest of the line
    } else {
      for (const std::string& word : words) {
        size_t equals = word.find('=');
        if (equals == std::string::npos || equals == 0) return false;
        pairs.emplace_back(word.substr(0, equals), word.substr(equals + 1));
      }
    }
    for (auto& [name, value] : pairs) {
      values_[name] = value;
      auto known = std::find_if(facts_.env.begin(), facts_.env.end(),
                                [&, &wanted = name](const auto& one) { return one.first == wanted; });
      if (known != facts_.env.end())
        known->second = value;
      else
        facts_.env.emplace_back(name, value);
    }
    return true;
  }

  void expose(const std::string& rest) {
    std::string ports = filled(rest);
    for (std::string_view part : split(ports, ' ')) {
      std::string word(trim(part));
      if (word.ends_with("/tcp")) word.resize(word.size() - 4);
      std::string_view number = std::string_view(word).substr(0, word.find('/'));
      bool good = !number.empty() && number.size() <= 5 &&
                  number.find_first_not_of("0123456789") == std::string::npos;
      int port = good ? std::atoi(std::string(number).c_str()) : 0;
      if (port > 0 && port < 65536 && !has(facts_.ports, word)) facts_.ports.push_back(word);
    }
  }

  // A line of the shell is carried over as docker runs it.
  static Words command(const std::string& rest) {
    if (rest.starts_with('[')) return exec_form(rest);
    return rest.empty() ? Words{} : Words{"/bin/sh", "-c", rest};
  }

  void healthcheck(std::string rest) {
    DockerHealthcheck check;
    for (auto [flag, name] : {std::pair("interval", "interval"), std::pair("timeout", "timeout"),
                              std::pair("start-period", "start"), std::pair("retries", "retries")}) {
      std::string copy = rest;
      if (std::string value = take_flags(copy, flag); !value.empty()) check.timing.emplace_back(name, value);
    }
    take_flags(rest, "");
    std::string word = lower(rest.substr(0, 4));
    if (word.starts_with("cmd")) {
      rest = trim(std::string_view(rest).substr(3));
      check.command = exec_form(rest);
      if (check.command.empty()) check.shell = rest;
    }
    facts_.healthcheck = std::move(check);
  }

  bool copy(std::string rest) {
    std::string flags = rest;
    if (!take_flags(flags, "from").empty()) return false;
    flags = rest;
    std::string owner = take_flags(flags, "chown");
    Words words = flags.starts_with('[') ? exec_form(flags) : plain_words(filled(flags));
    if (words.size() < 2) return false;
    DockerCopy copy;
    copy.owner = owner.find('$') == std::string::npos ? owner : "";
    copy.to = absolute(words.back());
    bool directory = words.back() == "." || words.back().ends_with('/') || words.size() > 2;
    if (directory && !copy.to.ends_with('/')) copy.to += '/';
    words.pop_back();
    for (const std::string& source : words)
      if (source.find("://") != std::string::npos) return false;
    copy.sources = std::move(words);
    facts_.copies.push_back(std::move(copy));
    return true;
  }

  void run(const DockerInstruction& instruction, bool understood) {
    std::string rest = instruction.rest;
    take_flags(rest, "");
    Words exec = exec_form(rest);
    std::string unknown;
    if (!understood || !exec.empty())
      unknown = rest;
    else
      for (const std::string& line : shell_commands(filled(rest)))
        if (!run_command(plain_words(line))) unknown += (unknown.empty() ? "" : " && ") + line;
    if (!unknown.empty()) leave_out(instruction, unknown);
    save_stage();
  }

  // The commands that most Dockerfiles have; false for any other.
  bool run_command(const Words& words) {
    if (words.empty()) return false;
    Words rest(words.begin() + 1, words.end());
    const std::string& program = words[0];
    if (program == "apt-get" || program == "apt") return apt(rest);
    if (program == "set") return true;
    if (program == "rm")
      return words.back().starts_with("/var/lib/apt") || words.back().starts_with("/var/cache/apt");
    if (program == "useradd" || program == "adduser") return add_user(rest);
    if (program == "groupadd" || program == "addgroup") return true;  // comes with its user
    if (program == "pip" || program == "pip3") return pip(rest);
    bool module = (program == "python" || program == "python3") && rest.size() > 2 && rest[0] == "-m" &&
                  rest[1] == "pip";
    return module && pip(Words(rest.begin() + 2, rest.end()));
  }

  bool apt(Words words) {
    std::erase_if(words, [](const std::string& word) { return word.starts_with('-'); });
    if (words.empty() || words[0] != "install")
      return !words.empty() && (words[0] == "update" || words[0] == "clean");
    for (size_t i = 1; i < words.size(); ++i)
      if (!has(facts_.apt, words[i])) facts_.apt.push_back(words[i]);
    return true;
  }

  bool pip(const Words& words) {
    if (words.empty() || words[0] != "install") return false;
    Words packages, files;
    for (size_t i = 1; i < words.size(); ++i) {
      const std::string& word = words[i];
      bool is_file = word == "-r" || word == "--requirement";
      if (is_file && i + 1 < words.size()) {
        files.push_back(words[++i]);
      } else if (word == "--no-cache-dir" || word == "--upgrade" || word == "-U" || word == "--user" ||
                 word == "-q" || word.starts_with("--disable-pip")) {
        continue;
      } else if (word.starts_with('-') || word.find('/') != std::string::npos || word.starts_with('.')) {
        return false;
      } else if (word != "pip" && word != "setuptools" && word != "wheel") {
        packages.push_back(word);
      }
    }
    facts_.pip.insert(facts_.pip.end(), packages.begin(), packages.end());
    facts_.requirements.insert(facts_.requirements.end(), files.begin(), files.end());
    return true;
  }

  bool add_user(const Words& words) {
    std::string name, uid;
    for (size_t i = 0; i < words.size(); ++i) {
      if ((words[i] == "-u" || words[i] == "--uid") && i + 1 < words.size())
        uid = words[++i];
      else if (words[i].starts_with("--uid="))
        uid = words[i].substr(6);
      else if (!words[i].starts_with('-'))
        name = words[i];
    }
    if (name.empty() || uid.find_first_not_of("0123456789") != std::string::npos) return false;
    facts_.added_users.emplace_back(name, uid);
    return true;
  }

  DockerFacts facts_;
  std::string stage_;
  std::map<std::string, DockerFacts> stages_;
  std::map<std::string, std::string> values_;
};

}  // namespace

DockerFacts read_dockerfile(std::string_view text) {
  return FactReader().read(text);
}

}  // namespace tierbuild::cli
