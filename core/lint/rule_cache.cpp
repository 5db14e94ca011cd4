// cache_defeated and layer_order: steps that run again without need.
#include <algorithm>
#include <array>

#include "base/strings.hpp"
#include "lint/commands.hpp"
#include "lint/rules.hpp"
#include "lint/step_places.hpp"

namespace tierbuild::lint {
namespace {

using project::Step;
using StepList = std::vector<const Step*>;

// Variables whose value is another one in each build.
constexpr std::array<std::string_view, 12> kChanging{
    "BUILD_DATE", "BUILD_ID",      "BUILD_NUMBER", "BUILD_TIME", "BUILD_TIMESTAMP", "CI_COMMIT_SHA",
    "COMMIT_SHA", "GITHUB_RUN_ID", "GITHUB_SHA",   "GIT_COMMIT", "GIT_SHA",         "VCS_REF"};

// Files that only say which dependencies there are.
bool is_manifest(std::string_view path) {
  std::string_view name = path.substr(path.rfind('/') + 1);
  static constexpr std::array<std::string_view, 20> kNames{
      "pyproject.toml", "setup.py",       "setup.cfg",    "poetry.lock",       "uv.lock",
      "Pipfile",        "Pipfile.lock",   "package.json", "package-lock.json", "npm-shrinkwrap.json",
      "yarn.lock",      "pnpm-lock.yaml", ".npmrc",       "pip.conf",          "go.mod",
      "go.sum",         "Cargo.toml",     "Cargo.lock",   "Gemfile",           "Gemfile.lock"};
  static constexpr std::array<std::string_view, 7> kEndings{".whl", ".list", ".sources", ".gpg",
                                                            ".asc", ".deb",  ".apk"};
  if (std::find(kNames.begin(), kNames.end(), name) != kNames.end()) return true;
  if ((name.starts_with("requirements") || name.starts_with("constraints")) &&
      (name.ends_with(".txt") || name.ends_with(".in")))
    return true;
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

struct CopiedCode {
  std::string name;         // as messages call it
  bool everything = false;  // the whole workspace
};

// The files of the workspace that a step places, if they are more than lists of dependencies.
std::optional<CopiedCode> code_copied_by(const Subject& subject, const Step& step) {
  const auto* copy = std::get_if<project::CopyStep>(&step.op);
  if (copy == nullptr || !declared_with(subject, step, "copy")) return std::nullopt;
  const std::string& root = subject.world().project.workspace.root;
  auto shown = [&](const std::string& path) {
    return path.starts_with(root + "/") ? path.substr(root.size() + 1) : path;
  };
  for (const project::CopyItem& item : copy->items) {
    if (const auto* path = std::get_if<project::PathValue>(&item.source)) {
      if (path->path == root) return CopiedCode{"the whole workspace", true};
      if (!is_manifest(path->path)) return CopiedCode{"'" + shown(path->path) + "'", false};
    } else if (const auto* files = std::get_if<project::FilesValue>(&item.source)) {
      for (const std::string& pattern : files->include) {
        if (files->root == root && pattern == "**") return CopiedCode{"the whole workspace", true};
        if (!is_manifest(pattern)) return CopiedCode{"'" + pattern + "'", false};
      }
    }
  }
  return std::nullopt;
}

// What a step installs, as messages call it; empty if it installs nothing.
std::string installer_in(const Step& step) {
  if (auto found = commands_of(step))
    for (const ShellCommand& command : found->commands)
      if (install_of(command)) {
        std::string_view name = command.word(0);
        return std::string(name.substr(name.rfind('/') + 1));
      }
  return "";
}

enum class Extent { everything, part };

void check_copies(const Subject& subject, Extent extent, Report& report) {
  for (const StepList& steps : subject.step_lists())
    for (size_t i = 0; i < steps.size(); ++i) {
      auto copied = code_copied_by(subject, *steps[i]);
      if (!copied || copied->everything != (extent == Extent::everything)) continue;
      for (size_t j = i + 1; j < steps.size(); ++j) {
        std::string installer = installer_in(*steps[j]);
        if (installer.empty()) continue;
        report.find(
            steps[i]->where,
            fmt::format("{} is copied before {} installs dependencies (line {})", copied->name, installer,
                        steps[j]->where.line),
            "copy only the lists of dependencies first, install, and copy the code last with `copy = {…}`");
        break;
      }
    }
}

class CacheCheck {
 public:
  CacheCheck(const Subject& subject, const Step& step, const StepCommands& found, Report& report)
      : subject_(subject), step_(step), found_(found), report_(report) {
    for (const project::MountValue& value : std::get<project::RunStep>(step.op).mounts)
      if (value.mount.kind == graph::Mount::Kind::cache) caches_.push_back(value.mount.target);
  }

  void run() {
    bool installs = false;
    for (const ShellCommand& command : found_.commands) {
      auto install = install_of(command);
      installs = installs || (install && install->manager == Manager::apt);
      if (install && !install->no_cache && caches_.empty()) uncached(command, install->manager);
      if (install && install->no_cache)
        at(command, fmt::format("{} is told to use no cache", command.word(0)),
           "mount one instead: mounts = { cache.mount { target = '/root/.cache/pip' } }; it stays out of the "
           "image");
      if (command.word(0) == "rm") removal(command);
      if (command.word(0) == "apt-get" && command.word(1) == "clean" && is_cache("/var/cache/apt"))
        at(command, "apt-get clean empties the cache mount",
           "leave it out: the mount is no part of the image");
    }
    if (installs) return;
    for (const ShellCommand& command : found_.commands)
      if (updates_lists(command))
        return at(command, "the package lists are kept as they were when this step ran first",
                  "update and install in one step, or write apt = {…}");
  }

 private:
  bool is_cache(std::string_view path) const {
    return std::any_of(caches_.begin(), caches_.end(), [&](const std::string& target) {
      return path == target || (path.starts_with(target) && path[target.size()] == '/');
    });
  }

  void uncached(const ShellCommand& command, Manager manager) {
    if (manager == Manager::apt)
      at(command, fmt::format("{} downloads anew whenever the step runs", command.word(0)),
         "write apt = {…}, or mounts = { cache.mount { target = '/var/cache/apt', sharing = 'locked' } }");
    if (manager == Manager::pip)
      at(command, fmt::format("{} downloads anew whenever the step runs", command.word(0)),
         "write pip = {…}, or mounts = { cache.mount { target = '/root/.cache/pip' } }");
  }

  void removal(const ShellCommand& command) {
    for (size_t i = 1; i < command.words.size(); ++i) {
      std::string_view path = command.word(i);
      while (path.ends_with('*') || path.ends_with('/')) path.remove_suffix(1);
      if (!path.empty() && is_cache(path))
        return at(command, fmt::format("'{}' is a cache mount, and this empties it", path),
                  "leave it out: the mount is no part of the image");
    }
  }

  void at(const ShellCommand& command, std::string message, std::string help) {
    if (found_.script.empty()) {
      // Plain words: those of the standard library have a label of its own.
      if (declared_with(subject_, step_, "run"))
        report_.find(step_.where, std::move(message), std::move(help));
      return;
    }
    auto where =
        place_in_script(subject_, step_, found_.script, command.offset, command.offset, command.next_offset);
    if (where) report_.find(*where, std::move(message), std::move(help));
  }

  const Subject& subject_;
  const Step& step_;
  const StepCommands& found_;
  Report& report_;
  std::vector<std::string> caches_;
};

}  // namespace

void check_cache_defeated(const Subject& subject, const std::string&, Report& report) {
  for (const StepList& steps : subject.step_lists())
    for (const Step* step : steps)
      if (auto found = commands_of(*step)) CacheCheck(subject, *step, *found, report).run();
  check_copies(subject, Extent::everything, report);
  for (const auto& [name, value] : subject.decl().build_env) {
    if (std::find(kChanging.begin(), kChanging.end(), name) == kChanging.end()) continue;
    report.find(
        subject.decl().where,
        fmt::format("'{}' in build_env of {} runs its steps anew in every build", name, subject.name()),
        "put it in a label: labels = { … = stamp.git.sha } costs nothing");
  }
}

void check_layer_order(const Subject& subject, const std::string&, Report& report) {
  check_copies(subject, Extent::part, report);
}

}  // namespace tierbuild::lint
