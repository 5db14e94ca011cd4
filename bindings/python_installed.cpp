// What images have installed, as far as their declarations tell, and what is left to install on them.
#include "base/scope_guard.hpp"
#include "bindings/make_values.hpp"
#include "bindings/python_work.hpp"

namespace tierbuild::bindings {
namespace {

bool is_image_name(std::string_view name) {
  return name.find_first_of(":/@") != std::string_view::npos && !name.starts_with("tier:") &&
         !name.starts_with("service:");
}

std::string shown(const Value& taken) {
  return taken.string() != nullptr ? fmt::format("'{}'", *taken.string()) : describe(taken);
}

}  // namespace

const std::vector<python::Requirement>& PythonWork::installed_by(const std::string& target) {
  static const std::vector<python::Requirement> none;
  auto known = installed_.find(target);
  if (known != installed_.end() && settled_) return known->second;
  if (!open_.insert(target).second) return none;  // its own list subtracts it: nothing is there yet
  ScopeGuard done([&] { open_.erase(target); });
  std::vector<python::Requirement> installed;
  if (const Target* found = find(target)) {
    Value pip = found->fields["pip"];
    Table list = pip.table() != nullptr ? *pip.table() : Table{};
    if (pip.object_ptr()) list.items.push_back(pip);
    // What is wrong with the list is told where its own target is finished.
    if (auto groups = this->groups(list))
      for (const PipGroup& group : *groups)
        installed.insert(installed.end(), group.installed.begin(), group.installed.end());
    for (const char* field : {"layers", "steps"})
      if (const Table* steps = found->fields[field].table())
        for (const Value& item : steps->items)
          if (project::StepPtr step = step_of(item))
            installed.insert(installed.end(), step->installs.begin(), step->installs.end());
  }
  return installed_[target] = std::move(installed);
}

std::vector<python::Requirement> PythonWork::installed_in(const BaseChain& chain) {
  std::vector<python::Requirement> all = chain.installed;
  if (chain.targets.empty()) return all;
  const std::string& nearest = chain.targets.front();
  auto known = below_.find(nearest);
  if (known == below_.end() || !settled_) {
    std::vector<python::Requirement> below;
    for (const std::string& target : chain.targets) {
      const auto& own = installed_by(target);
      below.insert(below.end(), own.begin(), own.end());
    }
    // While a target is being worked out, it lacks its own packages.
    if (!open_.empty()) {
      all.insert(all.end(), below.begin(), below.end());
      return all;
    }
    known = below_.insert_or_assign(nearest, std::move(below)).first;
  }
  all.insert(all.end(), known->second.begin(), known->second.end());
  return all;
}

python::Subtraction PythonWork::subtract(const Requirements& list, std::vector<python::Requirement> entries,
                                         const Value& taken) {
  const std::string* name = taken.string();
  if (name != nullptr && !is_image_name(*name) && find(*name) == nullptr) {
    std::vector<std::string> known;
    for (const PendingTarget& target : session_.pending()) known.push_back(target.name);
    Error error = fault(Fault::bad_value, "there is no tier or service '{}' to subtract{}", *name,
                        did_you_mean(*name, known));
    if (!settled_)
      error = std::move(error).hint("what is left is asked for here, before such a target is declared");
    session_.report(session_.at(std::move(error), Place{list.origin, {"subtract"}}));
    return {std::move(entries), {}, {}};
  }
  BaseChain chain;
  if (taken.as<RequirementsValue>() == nullptr) chain = chain_of(taken);
  std::string version = version_of("", chain);
  python::MarkerEnvironment environment;
  if (!version.empty())
    environment = python::linux_environment(version, session_.options().platform.architecture);
  const python::MarkerEnvironment* known = version.empty() ? nullptr : &environment;
  if (const auto* other = taken.as<RequirementsValue>())
    return python::subtract(std::move(entries), remaining(*other->list), known);
  return python::subtract(std::move(entries), installed_in(chain), known);
}

std::vector<python::Requirement> PythonWork::remaining(const Requirements& list) {
  std::vector<python::Requirement> covered;
  return remaining(list, covered);
}

std::vector<python::Requirement> PythonWork::remaining(const Requirements& list,
                                                       std::vector<python::Requirement>& covered) {
  std::vector<python::Requirement> entries = list.entries;
  for (const Value& taken : list.taken) {
    python::Subtraction left = subtract(list, std::move(entries), taken);
    for (const python::Conflict& conflict : left.conflicts)
      session_.report(
          fault(Fault::conflict, "'{}' disagrees with '{}', which {} has installed", conflict.mine.text(),
                conflict.theirs.text(), shown(taken))
              .at(conflict.mine.where)
              .hint(fmt::format("'{}' stands at {}: pin the same version, or stand on another base",
                                conflict.theirs.text(), conflict.theirs.where.str())));
    entries = std::move(left.remaining);
    std::move(left.covered.begin(), left.covered.end(), std::back_inserter(covered));
  }
  return entries;
}

std::vector<python::Conflict> PythonWork::conflicts(const Requirements& list, const Value& other) {
  Requirements whole = list;
  whole.taken.clear();
  return subtract(whole, list.entries, other).conflicts;
}

}  // namespace tierbuild::bindings
