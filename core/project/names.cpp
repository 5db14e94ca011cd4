#include "project/names.hpp"

#include <set>

#include "fs/glob.hpp"

namespace tierbuild::project {
namespace {

bool is_pattern(std::string_view name) {
  return name.find_first_of("*?[") != std::string_view::npos;
}

// `//services/...`: everything declared in files below that directory; `//services`: declared right in it.
bool declared_below(const Project& project, const TargetDecl& target, std::string_view path) {
  path.remove_prefix(2);
  bool recursive = path == "..." || path.ends_with("/...");
  if (recursive) path.remove_suffix(path == "..." ? 3 : 4);
  std::filesystem::path file(target.where.file);
  if (file.is_absolute()) file = file.lexically_relative(project.workspace.root);
  std::string directory = file.parent_path().string();
  if (directory == path || (path.empty() && recursive)) return true;
  return recursive && directory.starts_with(std::string(path) + "/");
}

void collect(const Project& project, const std::string& name, std::set<size_t>& found,
             std::set<std::string>& open) {
  bool pattern = is_pattern(name);
  Result<fs::Glob> glob = fs::Glob::compile(pattern ? name : "x");
  for (size_t i = 0; i < project.targets.size(); ++i) {
    const TargetDecl& target = project.targets[i];
    bool match = target.name == name || target.id() == name;
    if (pattern && glob) match = glob->matches(target.id()) || glob->matches(target.name);
    if (name.starts_with("//")) match = declared_below(project, target, name);
    if (match) found.insert(i);
  }
  const GroupDecl* group = project.find_group(name);
  if (group == nullptr || !open.insert(name).second) return;
  for (const std::string& member : group->members) collect(project, member, found, open);
}

}  // namespace

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  std::optional<std::string> near = suggest(word, candidates);
  return near ? fmt::format(" (did you mean '{}'?)", *near) : std::string();
}

std::vector<std::string> selectable_names(const Project& project) {
  std::vector<std::string> names = names_of(project.targets);
  for (const TargetDecl& target : project.targets) names.push_back(target.id());
  for (const GroupDecl& group : project.groups) names.push_back(group.name);
  return names;
}

Selector Selector::parse(std::string_view text) {
  Selector selector;
  if (text.starts_with('-')) {
    selector.without = true;
    text.remove_prefix(1);
  }
  if (text.starts_with('+')) {
    selector.with_dependencies = true;
    text.remove_prefix(1);
  }
  if (text.ends_with('+')) {
    selector.with_dependents = true;
    text.remove_suffix(1);
  }
  selector.name = text;
  return selector;
}

std::vector<size_t> targets_named(const Project& project, const std::string& name) {
  std::set<size_t> found;
  std::set<std::string> open;
  collect(project, name == "tier" || name == "service" ? name + ":*" : name, found, open);
  return {found.begin(), found.end()};
}

bool selects_something(const Project& project, const std::string& selector) {
  std::string name = Selector::parse(selector).name;
  if (name == "tier:*" || name == "service:*" || name == "tier" || name == "service" || name == "*")
    return true;
  return !targets_named(project, name).empty() || project.find_group(name) != nullptr;
}

}  // namespace tierbuild::project
