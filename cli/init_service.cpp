#include "cli/init_service.hpp"

#include "base/strings.hpp"
#include "cli/dockerfile_lines.hpp"
#include "cli/init_files.hpp"
#include "image/reference.hpp"
#include "import/lua_text.hpp"

namespace tierbuild::cli {
namespace {

namespace stdfs = std::filesystem;

std::string in_directory(const Component& component, const std::string& file) {
  return lua_quote(joined(component.directory, file));
}

// `curl -f http://localhost:8000/health` is asked by health.http with whatever the image has.
std::string http_check(const std::vector<std::string>& words) {
  if (words.empty() || (words[0] != "curl" && words[0] != "wget")) return {};
  for (const std::string& word : words)
    for (std::string_view host : {"http://localhost", "http://127.0.0.1", "http://0.0.0.0"}) {
      if (!word.starts_with(host)) continue;
      std::string_view rest = std::string_view(word).substr(host.size());
      std::string_view port = "80";
      if (rest.starts_with(':')) {
        rest.remove_prefix(1);
        port = rest.substr(0, rest.find('/'));
        rest.remove_prefix(port.size());
      }
      if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string_view::npos)
        return {};
      return fmt::format("port = {}, path = {}", port, lua_quote(rest.empty() ? "/" : rest));
    }
  return {};
}

std::string healthcheck_text(const DockerHealthcheck& check) {
  if (check.command.empty() && check.shell.empty()) return "health.none()";
  std::string timing;
  for (const auto& [name, value] : check.timing) {
    bool is_number =
        !value.empty() && value.size() < 4 && value.find_first_not_of("0123456789") == std::string::npos;
    if (name == "retries" && is_number) timing += fmt::format(", retries = {}", value);
    if (name != "retries" && parse_duration(value))
      timing += fmt::format(", {} = {}", name, lua_quote(value));
  }
  std::vector<std::string> words = check.command;
  if (words.empty())
    words = plain_words(trim(std::string_view(check.shell).substr(0, check.shell.find("||"))));
  if (std::string http = http_check(words); !http.empty())
    return fmt::format("health.http {{ {}{} }}", http, timing);
  if (check.command.empty()) return fmt::format("{{ shell = {}{} }}", lua_quote(check.shell), timing);
  std::vector<std::string> quoted;
  for (const std::string& word : check.command) quoted.push_back(lua_quote(word));
  return fmt::format("health.cmd {{ {}{} }}", join(quoted, ", "), timing);
}

class ServiceText {
 public:
  ServiceText(const Repository& repository, const TierPlan& plan, size_t index, const stdfs::path& root,
              std::vector<std::string>& left_out)
      : repository_(repository),
        component_(repository.components[index]),
        facts_(component_.facts),
        root_(root),
        left_out_(left_out) {
    if (plan.tier_of[index]) tier_ = &plan.tiers[*plan.tier_of[index]];
    if (auto lowest = plan.root_of(index)) lowest_ = &plan.tiers[*lowest];
    for (auto tier = plan.tier_of[index]; tier; tier = plan.tiers[*tier].below)
      if (subtract_.empty() && !plan.tiers[*tier].requirements.empty())
        subtract_ = plan.tiers[*tier].variable;
  }

  std::string text() {
    from();
    image();
    apt();
    user();
    std::string workdir = lowest_ != nullptr && lowest_->workdir == facts_.workdir ? "" : facts_.workdir;
    if (!workdir.empty()) field("workdir", lua_quote(workdir));
    std::vector<std::pair<std::string, std::string>> env;
    for (const auto& pair : facts_.env)
      if (lowest_ == nullptr ||
          std::find(lowest_->env.begin(), lowest_->env.end(), pair) == lowest_->env.end())
        env.push_back(pair);
    if (!env.empty()) field("env", lua_table(env, 2));
    packages();
    copy();
    if (!facts_.ports.empty()) field("expose", ports());
    if (!facts_.volumes.empty()) field("volumes", lua_list(facts_.volumes, 2));
    if (facts_.healthcheck) field("healthcheck", healthcheck_text(*facts_.healthcheck));
    if (!facts_.entrypoint.empty()) field("entrypoint", lua_list(facts_.entrypoint, 2));
    command();
    return fmt::format("service {} {{\n{}}}\n", lua_quote(component_.name), out_);
  }

 private:
  void field(std::string_view name, std::string_view value, std::string_view comment = {}) {
    out_ +=
        fmt::format("  {} = {},{}\n", name, value, comment.empty() ? "" : fmt::format("  -- {}", comment));
  }

  void from() {
    bool guessed = false;
    std::string image = base_image(repository_, component_, guessed);
    if (tier_ != nullptr) {
      std::string other =
          !guessed && lowest_->base != image ? "its Dockerfile stands on " + lua_comment(image) : "";
      return field("from", tier_->variable, other);
    }
    std::string comment = guessed ? "guessed" : "";
    field("from", image == "scratch" ? "image.scratch()" : lua_quote(image), comment);
  }

  void image() {
    if (component_.image.empty() || component_.image == component_.name) return;
    if (image::Reference::parse(component_.image) &&
        component_.image.find_first_of("{}") == std::string::npos)
      field("image", lua_quote(component_.image), "from the compose file");
  }

  void apt() {
    std::vector<std::string> packages;
    for (const std::string& package : facts_.apt)
      if (lowest_ == nullptr ||
          std::find(lowest_->apt.begin(), lowest_->apt.end(), package) == lowest_->apt.end())
        packages.push_back(package);
    if (!packages.empty()) field("apt", lua_list(packages, 2));
  }

  void user() {
    if (facts_.user.empty() || facts_.user.find('$') != std::string::npos) return;
    std::string name = facts_.user.substr(0, facts_.user.find(':'));
    for (const auto& [added, uid] : facts_.added_users)
      if (added == name)
        return field("user", fmt::format("{{ {}{} }}", lua_quote(name), uid.empty() ? "" : ", uid = " + uid));
    field("user", lua_quote(facts_.user));
  }

  // Requirements are installed before the sources are copied, so that a change of a source reinstalls
  // nothing; a project is installed from its sources.
  void packages() {
    switch (component_.kind) {
      case ComponentKind::python_requirements:
        field("pip", fmt::format("python.requirements({}{})", lua_quote(component_.requirements),
                                 subtract_.empty() ? "" : fmt::format(", {{ subtract = {} }}", subtract_)));
        if (!facts_.pip.empty())
          left_out_.push_back(
              fmt::format("{} also installs {}", component_.dockerfile, join(facts_.pip, " ")));
        return;
      case ComponentKind::python_project:
        field("layers", fmt::format("{{ layer.files {{ {} }} }}", whole_directory()));
        out_ +=
            "  steps = { run { 'pip', 'install', '.', cwd = '/app', network = true,\n"
            "                  mounts = { cache.mount { target = '/root/.cache/pip', id = 'pip' } } } },\n";
        return;
      case ComponentKind::node:
        return node_packages();
      case ComponentKind::dockerfile:
        if (!facts_.pip.empty()) field("pip", lua_list(facts_.pip, 2));
    }
  }

  void node_packages() {
    std::string manifests = fmt::format("{{ {}, to = '/app/' }}", in_directory(component_, "package.json"));
    if (component_.has_lock)
      manifests += fmt::format(",\n                          {{ {}, to = '/app/' }}",
                               in_directory(component_, "package-lock.json"));
    field("layers", fmt::format("{{ layer.files {{ {} }} }}", manifests));
    field("steps", fmt::format("{{ run {{ 'npm', {}, '--omit=dev', cwd = '/app', network = true }} }}",
                               component_.has_lock ? "'ci'" : "'install'"));
  }

  // The component's files, as an entry of `copy` or of layer.files.
  std::string whole_directory() const {
    if (component_.directory.empty())
      return "{ files { '**', exclude = { '.git/**', '.venv/**', 'node_modules/**', 'Buildfile.lua', "
             "'tierbuild' } },\n"
             "             to = '/app/' }";
    std::string exclude = component_.kind == ComponentKind::node ? ", exclude = { 'node_modules/**' }" : "";
    return fmt::format("{{ {}, to = '/app'{} }}", lua_quote(component_.directory), exclude);
  }

  // What the package files are for is installed already.
  bool is_installed(const std::string& source) const {
    std::string name = stdfs::path(source).filename().string();
    if (component_.kind == ComponentKind::node) return name.starts_with("package") && name.ends_with(".json");
    return component_.kind == ComponentKind::python_requirements && name.starts_with("requirements") &&
           (name.ends_with(".txt") ||
            root_has(source + "/" + stdfs::path(component_.requirements).filename().string()));
  }
  bool root_has(const std::string& path) const { return is_there(root_ / joined(component_.context, path)); }

  void copy() {
    if (component_.kind == ComponentKind::python_project) return;
    if (component_.dockerfile.empty()) return field("copy", fmt::format("{{ {} }}", whole_directory()));
    std::vector<std::string> entries;
    for (const DockerCopy& item : facts_.copies)
      for (const std::string& source : item.sources)
        if (!is_installed(source)) add_copy(item, source, entries);
    if (entries.size() == 1) return field("copy", fmt::format("{{ {} }}", entries[0]));
    if (!entries.empty()) field("copy", fmt::format("{{\n    {},\n  }}", join(entries, ",\n    ")));
  }

  void add_copy(const DockerCopy& item, const std::string& source, std::vector<std::string>& entries) {
    std::string path = joined(component_.context, source.starts_with('/') ? source.substr(1) : source);
    bool pattern = source.find_first_of("*?[") != std::string::npos;
    if (path.starts_with("..") || (!pattern && !is_there(root_ / path))) {
      left_out_.push_back(fmt::format("{} copies '{}', which is not there", component_.dockerfile, source));
      return;
    }
    std::string to = item.to, what = lua_quote(path);
    std::error_code failure;
    if (pattern) {
      what = fmt::format("files {{ {} }}", lua_quote(path));
      if (!to.ends_with('/')) to += '/';
    } else if (path.empty()) {
      what =
          "files { '**', exclude = { '.git/**', '.venv/**', 'node_modules/**', 'Buildfile.lua', 'tierbuild' "
          "} }";
      if (!to.ends_with('/')) to += '/';
    } else if (stdfs::is_directory(root_ / path, failure)) {
      while (to.size() > 1 && to.ends_with('/')) to.pop_back();
    }
    std::string owner = item.owner.empty() ? "" : fmt::format(", owner = {}", lua_quote(item.owner));
    entries.push_back(fmt::format("{{ {}, to = {}{} }}", what, lua_quote(to), owner));
  }

  std::string ports() const {
    std::vector<std::string> words;
    for (const std::string& port : facts_.ports)
      words.push_back(port.find('/') == std::string::npos ? port : lua_quote(port));
    return "{ " + join(words, ", ") + " }";
  }

  void command() {
    if (!facts_.cmd.empty())
      field("cmd", lua_list(facts_.cmd, 2),
            component_.cmd_source == "Dockerfile" ? "" : "from " + component_.cmd_source);
    else if (facts_.entrypoint.empty() && component_.dockerfile.empty())
      out_ += "  -- cmd = { 'the', 'program' },  -- no start command was found: fill it in\n";
  }

  const Repository& repository_;
  const Component& component_;
  const DockerFacts& facts_;
  const stdfs::path& root_;
  std::vector<std::string>& left_out_;
  const PlannedTier* tier_ = nullptr;
  const PlannedTier* lowest_ = nullptr;
  std::string subtract_;  // variable of the tier whose packages are there already
  std::string out_;
};

}  // namespace

std::string service_text(const Repository& repository, const TierPlan& plan, size_t component,
                         const stdfs::path& root, std::vector<std::string>& left_out) {
  return ServiceText(repository, plan, component, root, left_out).text();
}

}  // namespace tierbuild::cli
