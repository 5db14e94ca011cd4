#include "cli/init_scan.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "base/strings.hpp"
#include "cli/compose_facts.hpp"
#include "cli/init_files.hpp"

namespace tierbuild::cli {
namespace {

namespace stdfs = std::filesystem;

constexpr const char* kComposeFiles[] = {"compose.yaml", "compose.yml", "docker-compose.yaml",
                                         "docker-compose.yml"};

bool is_library_folder(const std::string& path) {
  for (std::string_view part : split(path, '/'))
    if (part == "packages" || part == "libs" || part == "lib") return true;
  return false;
}

// `Dockerfile`, `Dockerfile.api`, `api.Dockerfile`: what stands beside the word.
std::optional<std::string> dockerfile_suffix(const std::string& file) {
  if (file == "Dockerfile" || file == "Containerfile") return "";
  if (file.starts_with("Dockerfile.") && !file.ends_with(".dockerignore")) return file.substr(11);
  if (file.ends_with(".Dockerfile")) return file.substr(0, file.size() - 11);
  return std::nullopt;
}

class Scanner {
 public:
  explicit Scanner(const stdfs::path& root) : root_(root), folders_(folders_of(root)) {}

  Repository scan() {
    found_.name = target_name(root_.filename().string());
    python_version();
    read_compose_files();
    for (const Folder& folder : folders_) dockerfiles_in(folder);
    for (const Folder& folder : folders_) manifest_in(folder);
    std::stable_sort(found_.components.begin(), found_.components.end(),
                     [](const Component& a, const Component& b) { return a.directory < b.directory; });
    name_components();
    for (const Component& component : found_.components)
      if (!component.requirements.empty()) follow_includes(root_, component.requirements, found_.includes);
    found_.make_targets = make_targets(file_text(root_ / "Makefile"));
    foreign_services();
    return std::move(found_);
  }

 private:
  void python_version() {
    std::string text = file_text(root_ / ".python-version");
    std::string_view version = trim(text);
    if (version.empty() || version.find_first_not_of("0123456789.") != std::string_view::npos) return;
    std::vector<std::string_view> parts = split(version, '.');
    found_.python = parts.size() > 1 ? fmt::format("{}.{}", parts[0], parts[1]) : std::string(version);
    found_.python_guessed = false;
  }

  void read_compose_files() {
    for (const char* directory : {"", "docker"})
      for (const char* file : kComposeFiles)
        for (ComposeService& service : read_compose(file_text(root_ / directory / file))) {
          service.context = joined(directory, service.context);
          if (service.is_built)
            compose_.push_back(std::move(service));
          else
            foreign_.push_back(service.name);
        }
  }

  static std::string dockerfile_of(const ComposeService& service) {
    return joined(service.context, service.dockerfile.empty() ? "Dockerfile" : service.dockerfile);
  }

  void dockerfiles_in(const Folder& folder) {
    for (const std::string& file : folder.files) {
      std::optional<std::string> suffix = dockerfile_suffix(file);
      if (!suffix) continue;
      Component component;
      component.directory = folder.path;
      component.dockerfile = joined(folder.path, file);
      component.name = *suffix;
      component.facts = read_dockerfile(file_text(root_ / component.dockerfile));
      if (!component.facts.cmd.empty()) component.cmd_source = "Dockerfile";
      component.context = context_of(component);
      take_compose(component);
      kind_of(component, folder);
      guess_command(component);
      for (const auto& [line, text] : component.facts.left_out)
        found_.left_out.push_back(fmt::format("{}:{}  {}", component.dockerfile, line, text));
      found_.components.push_back(std::move(component));
    }
  }

  // The directory that holds what is copied: that of the Dockerfile, else the root.
  std::string context_of(const Component& component) const {
    for (const ComposeService& service : compose_)
      if (dockerfile_of(service) == component.dockerfile) return service.context;
    for (const DockerCopy& copy : component.facts.copies)
      for (const std::string& source : copy.sources)
        if (source != "." && !is_there(root_ / component.directory / source) && is_there(root_ / source))
          return "";
    return component.directory;
  }

  void take_compose(Component& component) {
    bool taken = false;
    for (const ComposeService& service : compose_) {
      if (dockerfile_of(service) != component.dockerfile) continue;
      if (std::exchange(taken, true)) {
        found_.left_out.push_back(
            fmt::format("compose service '{}' is built from {} as well", service.name, component.dockerfile));
        continue;
      }
      component.name = service.name;
      component.image = service.image.ends_with(":latest") ? service.image.substr(0, service.image.size() - 7)
                                                           : service.image;
      if (component.facts.ports.empty()) component.facts.ports = service.ports;
      if (!service.command.empty()) {
        component.facts.cmd = service.command;
        component.cmd_source = "the compose file";
      }
    }
  }

  // `-r requirements.txt` in a Dockerfile is what was copied under that name.
  std::string requirements_of(const Component& component) const {
    for (const std::string& file : component.facts.requirements) {
      std::string name = stdfs::path(file).filename().string();
      for (const DockerCopy& copy : component.facts.copies)
        for (const std::string& source : copy.sources)
          if (stdfs::path(source).filename() == name && is_there(root_ / joined(component.context, source)))
            return joined(component.context, source);
      for (const std::string& directory : {component.context, component.directory})
        if (is_there(root_ / joined(directory, name))) return joined(directory, name);
    }
    return {};
  }

  void kind_of(Component& component, const Folder& folder) const {
    const std::string& base = component.facts.base;
    component.requirements = requirements_of(component);
    bool has_file = component.dockerfile.empty();  // then the manifests are all that there is
    bool python = has_file || base.empty() || base.find("python") != std::string::npos;
    if (component.requirements.empty() && python && folder.has("requirements.txt"))
      component.requirements = joined(folder.path, "requirements.txt");
    if (!component.requirements.empty())
      component.kind = ComponentKind::python_requirements;
    else if (python && folder.has("pyproject.toml"))
      component.kind = ComponentKind::python_project;
    else if ((has_file || base.empty() || base.find("node") != std::string::npos) &&
             folder.has("package.json"))
      component.kind = ComponentKind::node;
    component.has_lock = folder.has("package-lock.json");
  }

  void manifest_in(const Folder& folder) {
    if (!folder.has("requirements.txt") && !folder.has("pyproject.toml") && !folder.has("package.json"))
      return;
    bool is_known =
        std::any_of(found_.components.begin(), found_.components.end(), [&](const Component& other) {
          if (other.directory == folder.path || (other.context == folder.path && !folder.path.empty()))
            return true;
          return !other.directory.empty() && folder.path.starts_with(other.directory + "/");
        });
    if (is_known) return;
    if (is_library_folder(folder.path)) {
      found_.left_out.push_back(fmt::format("{} looks like a library", folder.path));
      return;
    }
    if (folder.path.empty() && has_components_below()) {
      found_.left_out.emplace_back("the package files of the root, which has services below it");
      return;
    }
    Component component;
    component.directory = component.context = folder.path;
    component.facts.workdir = "/app";
    kind_of(component, folder);
    guess_command(component);
    found_.components.push_back(std::move(component));
  }

  bool has_components_below() const {
    if (!found_.components.empty()) return true;
    return std::any_of(folders_.begin(), folders_.end(), [](const Folder& folder) {
      return !folder.path.empty() && !is_library_folder(folder.path) &&
             (folder.has("requirements.txt") || folder.has("pyproject.toml") || folder.has("package.json"));
    });
  }

  void guess_command(Component& component) const {
    if (!component.facts.cmd.empty() || !component.facts.entrypoint.empty()) return;
    stdfs::path directory = root_ / component.directory;
    if (component.kind == ComponentKind::node) {
      auto json = nlohmann::json::parse(file_text(directory / "package.json"), nullptr, false);
      if (json.is_object() && json.contains("scripts") && json["scripts"].is_object() &&
          json["scripts"].contains("start")) {
        component.facts.cmd = {"npm", "start"};
        component.cmd_source = "package.json";
      }
      return;
    }
    for (const char* file : {"main.py", "app.py", "server.py"})
      if (component.kind != ComponentKind::dockerfile && is_there(directory / file)) {
        component.facts.cmd = {"python", file};
        component.cmd_source = file;
        return;
      }
  }

  // A name from the compose file or of the Dockerfile stays; the others are named after their directory.
  void name_components() {
    std::set<std::string> taken;
    for (Component& component : found_.components) {
      stdfs::path directory(component.directory);
      std::string own = component.directory.empty() ? found_.name : directory.filename().string();
      std::string name = target_name(component.name.empty() ? own : component.name);
      std::string parent = directory.has_parent_path() ? directory.parent_path().filename().string() : own;
      if (taken.contains(name)) name = target_name(parent + "-" + name);
      std::string unique = name;
      for (int number = 2; !taken.insert(unique).second; ++number)
        unique = fmt::format("{}-{}", name, number);
      component.name = unique;
    }
  }

  void foreign_services() {
    std::sort(foreign_.begin(), foreign_.end());
    foreign_.erase(std::unique(foreign_.begin(), foreign_.end()), foreign_.end());
    if (!foreign_.empty())
      found_.left_out.push_back("services of the compose file with images of others: " +
                                join(foreign_, ", "));
  }

  stdfs::path root_;
  std::vector<Folder> folders_;
  Repository found_;
  std::vector<ComposeService> compose_;
  std::vector<std::string> foreign_;
};

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
  return Scanner(root).scan();
}

}  // namespace tierbuild::cli
