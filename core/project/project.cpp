#include "project/project.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "project/names.hpp"

namespace tierbuild::project {
namespace {

template <class T>
const T* find_named(const std::vector<T>& all, std::string_view name) {
  auto found = std::find_if(all.begin(), all.end(), [&](const T& item) { return item.name == name; });
  return found == all.end() ? nullptr : &*found;
}

template <class T>
void check_unique(const std::vector<T>& all, std::string_view what, std::vector<Error>& errors) {
  std::map<std::string, const T*> seen;
  for (const T& item : all) {
    auto [first, is_new] = seen.try_emplace(item.name, &item);
    if (is_new) continue;
    errors.push_back(Error::make(Code::invalid, "{} '{}' is declared twice", what, item.name)
                         .id("E020")
                         .at(item.where)
                         .hint(fmt::format("it is first declared at {}", first->second->where.str())));
  }
}

// Depth-first walk that reports each cycle once, as `a -> b -> a`.
template <class T, class Edges>
void check_cycles(const std::vector<T>& all, std::string_view what, Edges edges, std::vector<Error>& errors) {
  enum class Mark : uint8_t { unseen, open, done };
  std::map<const T*, Mark> marks;
  std::vector<const T*> path;
  std::function<void(const T&)> visit = [&](const T& item) {
    Mark& mark = marks[&item];
    if (mark == Mark::open) {
      std::string cycle;
      for (auto it = std::find(path.begin(), path.end(), &item); it != path.end(); ++it)
        cycle += (*it)->name + " -> ";
      errors.push_back(Error::make(Code::invalid, "{}s form a cycle: {}{}", what, cycle, item.name)
                           .id("E021")
                           .at(item.where)
                           .hint("take one of these names out"));
    }
    if (mark != Mark::unseen) return;
    mark = Mark::open;
    path.push_back(&item);
    for (const std::string& name : edges(item))
      if (const T* next = find_named(all, name)) visit(*next);
    path.pop_back();
    marks[&item] = Mark::done;
  };
  for (const T& item : all) visit(item);
}

}  // namespace

const TargetDecl* Project::find_target(std::string_view name) const {
  for (const TargetDecl& target : targets)
    if (target.name == name || target.id() == name) return &target;
  return nullptr;
}

const TaskDecl* Project::find_task(std::string_view name) const {
  return find_named(tasks, name);
}
const GroupDecl* Project::find_group(std::string_view name) const {
  return find_named(groups, name);
}

std::vector<Error> check_project(const Project& project) {
  std::vector<Error> errors;
  check_unique(project.targets, "target", errors);
  check_unique(project.groups, "group", errors);
  check_unique(project.tasks, "task", errors);
  check_unique(project.args, "arg", errors);

  auto unknown = [&](std::string_view what, const std::string& name, const std::vector<std::string>& known,
                     const auto& decl) {
    auto place = decl.places.find(name);
    errors.push_back(Error::make(Code::invalid, "no {} '{}'{}", what, name, did_you_mean(name, known))
                         .id("E022")
                         .at(place != decl.places.end() ? place->second : decl.where));
  };
  auto check_selectors = [&](const std::vector<std::string>& selectors, const auto& decl) {
    for (const std::string& selector : selectors)
      if (!selects_something(project, selector)) unknown("target", selector, selectable_names(project), decl);
  };
  for (const TaskDecl& task : project.tasks) {
    for (const std::string& need : task.needs)
      if (project.find_task(need) == nullptr) unknown("task", need, names_of(project.tasks), task);
    check_selectors(task.build, task);
    check_selectors(task.each, task);
    if (!task.image.empty() && project.find_target(task.image) == nullptr)
      unknown("target", task.image, selectable_names(project), task);
  }
  for (const GroupDecl& group : project.groups) check_selectors(group.members, group);
  for (const ExportDecl& decl : project.exports) check_selectors(decl.build, decl);

  check_cycles(
      project.tasks, "task", [](const TaskDecl& task) { return task.needs; }, errors);
  check_cycles(
      project.groups, "group", [](const GroupDecl& group) { return group.members; }, errors);
  return errors;
}

}  // namespace tierbuild::project
