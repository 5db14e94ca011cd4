#include "bake/targets.hpp"

#include <algorithm>

#include "base/strings.hpp"

namespace tierbuild::bake {
using document::Member;
using document::Node;

Error no_target(const Targets& targets, const std::string& name) {
  std::vector<std::string> names;
  for (const Target& target : targets.targets) names.push_back(target.name);
  for (const Group& group : targets.groups) names.push_back(group.name);
  Error error = Error::make(Code::invalid, "there is no target '{}'", printable(name));
  if (auto near = suggest(name, names))
    return std::move(error).hint(fmt::format("did you mean '{}'?", *near));
  return std::move(error).hint("there are: " + join(names, ", "));
}

namespace {

void lay_all(Node& base, const Node& over) {
  for (const Member& member : over.members) {
    const TargetKey* key = find_target_key(member.name);
    if (Node* found = base.find(member.name))
      lay(*key, *found, member.value);
    else
      base.members.push_back(member);
  }
}

/// Lays what targets inherit below what they say; each is done once.
class Inheritance {
 public:
  explicit Inheritance(const Targets& targets) : targets_(targets) {}

  Result<Node> of(const Target& target) {
    if (auto known = done_.find(target.name); known != done_.end()) return known->second;
    if (!open_.insert(target.name).second)
      return Error::make(Code::invalid, "target '{}' inherits from itself", target.name).at(target.where);
    if (open_.size() > 200)
      return Error::make(Code::invalid, "target '{}' inherits through too many others", target.name)
          .at(target.where);
    Node all = Node::map(target.attributes.where);
    if (const Node* parents = target.attributes.find("inherits"))
      for (const Node& parent : parents->items) {
        const Target* found = targets_.find(parent.text);
        if (found == nullptr) return no_target(targets_, parent.text).at(parent.where);
        TB_LET(Node part, of(*found));
        lay_all(all, part);
      }
    lay_all(all, target.attributes);
    all.remove("inherits");
    if (auto set = targets_.overrides.find(target.name); set != targets_.overrides.end())
      TB_TRY(lay_overrides(all, set->second));
    open_.erase(target.name);
    return done_[target.name] = std::move(all);
  }

 private:
  const Targets& targets_;
  std::map<std::string, Node> done_;
  std::set<std::string> open_;
};

}  // namespace

const Target* Targets::find(std::string_view name) const {
  auto found =
      std::find_if(targets.begin(), targets.end(), [&](const Target& target) { return target.name == name; });
  return found == targets.end() ? nullptr : &*found;
}

Target* Targets::find(std::string_view name) {
  return const_cast<Target*>(std::as_const(*this).find(name));
}

const Group* Targets::find_group(std::string_view name) const {
  auto found =
      std::find_if(groups.begin(), groups.end(), [&](const Group& group) { return group.name == name; });
  return found == groups.end() ? nullptr : &*found;
}

void Targets::lay(Target target) {
  Target* found = find(target.name);
  if (found == nullptr) {
    targets.push_back(std::move(target));
    return;
  }
  lay_all(found->attributes, target.attributes);
}

void Targets::lay(Group group) {
  auto* found = const_cast<Group*>(find_group(group.name));
  if (found == nullptr) {
    groups.push_back(std::move(group));
    return;
  }
  for (Node& name : group.targets) {
    bool known = std::any_of(found->targets.begin(), found->targets.end(),
                             [&](const Node& other) { return other.text == name.text; });
    if (!known) found->targets.push_back(std::move(name));
  }
}

Result<Target> inherited(const Targets& targets, const std::string& name) {
  const Target* found = targets.find(name);
  if (found == nullptr) return no_target(targets, name);
  Target target = *found;
  TB_LET(target.attributes, Inheritance(targets).of(*found));
  return target;
}

}  // namespace tierbuild::bake
