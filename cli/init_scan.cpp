#include "cli/init_scan.hpp"

#include <nlohmann/json.hpp>

#include "base/strings.hpp"
#include "fs/file.hpp"

namespace tierbuild::cli {
namespace {

namespace stdfs = std::filesystem;

std::string read(const stdfs::path& file) {
  auto text = fs::read_file(file, 1u << 20);
  return text ? std::move(text).value() : std::string();
}

bool is_there(const stdfs::path& path) {
  std::error_code failure;
  return stdfs::exists(path, failure);
}

// The facts of a Dockerfile that a Buildfile states as fields; its RUN lines are not read.
void read_dockerfile(const std::string& text, Component& component) {
  std::vector<std::string> stages;
  for (std::string_view line : split(text, '\n')) {
    std::string_view rest = trim(line);
    size_t blank = rest.find_first_of(" \t");
    if (blank == std::string_view::npos) continue;
    std::string word = lower(rest.substr(0, blank));
    rest = trim(rest.substr(blank));
    if (word == "from") {
      std::vector<std::string> words;
      for (std::string_view part : split(rest, ' '))
        if (!part.empty() && !part.starts_with("--")) words.emplace_back(part);
      bool is_stage = !words.empty() && std::find(stages.begin(), stages.end(), words[0]) != stages.end();
      if (!words.empty() && !is_stage)
        component.base = words[0].find('$') == std::string::npos ? words[0] : "";
      if (words.size() == 3) stages.push_back(words[2]);
      component.ports.clear();
      component.cmd.clear();
    } else if (word == "expose") {
      for (std::string_view part : split(rest, ' '))
        if (int port = std::atoi(std::string(part).c_str()); port > 0 && port < 65536)
          component.ports.push_back(port);
    } else if (word == "cmd" && rest.starts_with('[')) {
      auto json = nlohmann::json::parse(rest, nullptr, false);
      component.cmd.clear();
      for (const auto& part : json)
        if (part.is_string()) component.cmd.push_back(part.get<std::string>());
      component.cmd_source = "Dockerfile";
    }
  }
}

void guess_command(const stdfs::path& directory, Component& component) {
  if (!component.cmd.empty()) return;
  if (component.kind == ComponentKind::node) {
    auto json = nlohmann::json::parse(read(directory / "package.json"), nullptr, false);
    if (json.is_object() && json.contains("scripts") && json["scripts"].is_object() &&
        json["scripts"].contains("start")) {
      component.cmd = {"npm", "start"};
      component.cmd_source = "package.json";
    }
    return;
  }
  for (const char* file : {"main.py", "app.py", "server.py"})
    if (component.kind != ComponentKind::dockerfile && is_there(directory / file)) {
      component.cmd = {"python", file};
      component.cmd_source = file;
      return;
    }
}

std::optional<Component> look_into(const stdfs::path& root, const std::string& relative,
                                   const std::string& name) {
  stdfs::path directory = relative.empty() ? root : root / relative;
  Component component;
  component.name = target_name(name);
  component.directory = relative;
  bool has_dockerfile = is_there(directory / "Dockerfile");
  if (is_there(directory / "requirements.txt"))
    component.kind = ComponentKind::python_requirements;
  else if (is_there(directory / "pyproject.toml"))
    component.kind = ComponentKind::python_project;
  else if (is_there(directory / "package.json"))
    component.kind = ComponentKind::node;
  else if (!has_dockerfile)
    return std::nullopt;
  component.has_lock = is_there(directory / "package-lock.json");
  if (has_dockerfile) read_dockerfile(read(directory / "Dockerfile"), component);
  guess_command(directory, component);
  return component;
}

}  // namespace

std::string target_name(const std::string& text) {
  std::string out;
  for (char c : lower(text)) {
    bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    out += good ? c : '-';
  }
  size_t first = out.find_first_not_of("-_.");
  if (first == std::string::npos) return "app";
  return out.substr(first, out.find_last_not_of("-_.") - first + 1);
}

Repository scan_repository(const stdfs::path& root) {
  Repository found;
  found.name = target_name(root.filename().string());
  if (std::string version(trim(read(root / ".python-version"))); !version.empty()) {
    std::vector<std::string_view> parts = split(version, '.');
    found.python = parts.size() > 1 ? fmt::format("{}.{}", parts[0], parts[1]) : version;
    found.python_guessed = false;
  }
  if (auto component = look_into(root, "", found.name)) found.components.push_back(std::move(*component));
  for (const char* parent : {"services", "apps"}) {
    std::error_code failure;
    std::vector<std::string> names;
    for (const stdfs::directory_entry& entry : stdfs::directory_iterator(root / parent, failure))
      if (entry.is_directory(failure)) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    for (const std::string& name : names)
      if (auto component = look_into(root, fmt::format("{}/{}", parent, name), name)) {
        bool taken = std::any_of(found.components.begin(), found.components.end(),
                                 [&](const Component& other) { return other.name == component->name; });
        if (taken) component->name = target_name(fmt::format("{}-{}", parent, name));
        found.components.push_back(std::move(*component));
      }
  }
  return found;
}

}  // namespace tierbuild::cli
