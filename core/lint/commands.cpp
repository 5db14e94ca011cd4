#include "lint/commands.hpp"

#include <algorithm>
#include <array>

namespace tierbuild::lint {
namespace {

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

bool is_shell(std::string_view path) {
  std::string_view name = base_name(path);
  for (std::string_view shell : {"sh", "bash", "ash", "dash", "zsh", "busybox"})
    if (name == shell) return true;
  return false;
}

// The words of a command without what stands before it: keywords, variables, `sudo`, `env`, `exec`.
std::vector<std::string_view> plain_words(const ShellCommand& command) {
  static constexpr std::array<std::string_view, 12> kBefore{"if", "then", "else", "elif", "while", "until",
                                                            "do", "!",    "sudo", "exec", "env",   "time"};
  std::vector<std::string_view> words;
  for (const ShellWord& word : command.words) {
    size_t equals = word.text.find('=');
    bool assignment =
        equals != std::string::npos && equals > 0 && word.text.find_first_of("-/.<>!~ ") > equals;
    bool before = assignment || std::find(kBefore.begin(), kBefore.end(), word.text) != kBefore.end();
    if (words.empty() && before) continue;
    words.push_back(word.text);
  }
  return words;
}

struct Form {
  std::array<std::string_view, 4> words;
  Manager manager;
};

constexpr Form kForms[] = {
    {{"apt-get", "install"}, Manager::apt},
    {{"apt", "install"}, Manager::apt},
    {{"aptitude", "install"}, Manager::apt},
    {{"apk", "add"}, Manager::apk},
    {{"pip", "install"}, Manager::pip},
    {{"pip3", "install"}, Manager::pip},
    {{"uv", "pip", "install"}, Manager::pip},
    {{"uv", "sync"}, Manager::pip},
    {{"python", "-m", "pip", "install"}, Manager::pip},
    {{"python3", "-m", "pip", "install"}, Manager::pip},
    {{"poetry", "install"}, Manager::pip},
    {{"pipenv", "install"}, Manager::pip},
    {{"npm", "install"}, Manager::node},
    {{"npm", "ci"}, Manager::node},
    {{"yarn", "install"}, Manager::node},
    {{"pnpm", "install"}, Manager::node},
    {{"go", "mod", "download"}, Manager::other},
    {{"cargo", "fetch"}, Manager::other},
    {{"bundle", "install"}, Manager::other},
    {{"composer", "install"}, Manager::other},
    {{"dnf", "install"}, Manager::other},
    {{"yum", "install"}, Manager::other},
};

// How many words the form takes; options may stand between them. 0 if the command is another one.
size_t match(const std::vector<std::string_view>& words, const Form& form) {
  size_t at = 0;
  for (std::string_view wanted : form.words) {
    if (wanted.empty()) break;
    while (at > 0 && at < words.size() && words[at] != wanted && words[at].starts_with('-') &&
           !wanted.starts_with('-'))
      ++at;
    if (at >= words.size()) return 0;
    std::string_view found = at == 0 ? base_name(words[at]) : words[at];
    if (at == 0 && wanted == "python3" && found.starts_with("python3.")) found = wanted;
    if (found != wanted) return 0;
    ++at;
  }
  return at;
}

}  // namespace

std::optional<StepCommands> commands_of(const project::Step& step) {
  const auto* run = std::get_if<project::RunStep>(&step.op);
  if (run == nullptr || run->argv.empty()) return std::nullopt;
  StepCommands found;
  if (is_shell(run->argv[0]))
    for (size_t i = 1; i + 1 < run->argv.size(); ++i) {
      const std::string& option = run->argv[i];
      if (!option.starts_with('-') || option.starts_with("--") || !option.ends_with('c')) continue;
      found.script = run->argv[i + 1];
      found.commands = parse_shell(found.script);
      return found;
    }
  ShellCommand command;
  for (const std::string& word : run->argv) command.words.push_back({word, 0, true});
  found.commands.push_back(std::move(command));
  return found;
}

std::optional<Install> install_of(const ShellCommand& command) {
  std::vector<std::string_view> words = plain_words(command);
  for (const Form& form : kForms) {
    size_t at = match(words, form);
    if (at == 0) continue;
    Install install;
    install.manager = form.manager;
    for (size_t i = 0; i < words.size(); ++i) {
      bool off = words[i] == "--no-cache-dir" || (words[i] == "--no-cache" && form.manager != Manager::apk);
      install.no_cache = install.no_cache || off;
      if (i >= at && !words[i].starts_with('-')) install.packages.emplace_back(words[i]);
    }
    return install;
  }
  return std::nullopt;
}

bool updates_lists(const ShellCommand& command) {
  std::vector<std::string_view> words = plain_words(command);
  return match(words, {{"apt-get", "update"}, Manager::apt}) > 0 ||
         match(words, {{"apt", "update"}, Manager::apt}) > 0;
}

}  // namespace tierbuild::lint
