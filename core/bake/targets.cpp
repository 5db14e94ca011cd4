#include "bake/targets.hpp"

#include <fnmatch.h>

#include <algorithm>

#include "base/strings.hpp"

namespace tierbuild::bake {
namespace {

using document::Member;
using document::Node;

Error no_target(const Targets& targets, const std::string& name) {
  std::vector<std::string> names;
  for (const Target& target : targets.targets) names.push_back(target.name);
  for (const Group& group : targets.groups) names.push_back(group.name);
  Error error = Error::make(Code::not_found, "there is no target '{}'", printable(name));
  if (auto near = suggest(name, names))
    return std::move(error).hint(fmt::format("did you mean '{}'?", *near));
  return std::move(error).hint("there are: " + join(names, ", "));
}

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
    open_.erase(target.name);
    return done_[target.name] = std::move(all);
  }

 private:
  const Targets& targets_;
  std::map<std::string, Node> done_;
  std::set<std::string> open_;
};

// The keys of --set that go by another name, or that stand for an output.
std::string key_of(std::string_view name) {
  if (name == "platform") return "platforms";
  if (name == "secrets") return "secret";
  return std::string(name);
}

struct Override {
  std::string pattern, key, name;
  std::optional<std::string> value;
  bool append = false;
};

Result<Override> parse_override(const std::string& text) {
  Override out;
  size_t equals = text.find('=');
  std::string path = text.substr(0, equals);
  if (equals != std::string::npos) out.value = text.substr(equals + 1);
  if (path.ends_with('+')) out.append = true, path.pop_back();
  size_t dot = path.find('.');
  size_t second = dot == std::string::npos ? dot : path.find('.', dot + 1);
  if (dot == 0 || dot == std::string::npos || dot + 1 == path.size())
    return Error::make(Code::invalid, "--set {}: it is TARGET.KEY=VALUE", text);
  out.pattern = path.substr(0, dot);
  out.key =
      key_of(std::string_view(path).substr(dot + 1, second == std::string::npos ? second : second - dot - 1));
  if (second != std::string::npos) out.name = path.substr(second + 1);
  return out;
}

// `push=true` and `load=true` are outputs.
Status set_output(Target& target, const Override& set) {
  if (*set.value != "true" && *set.value != "false")
    return Error::make(Code::invalid, "--set: '{}' takes true or false", set.key);
  if (*set.value == "false") return {};
  Node list = Node::list({});
  list.items.push_back(Node::of(set.key == "push" ? "type=registry" : "type=docker", {}));
  TB_LET(Node value, shaped(*find_target_key("output"), std::move(list)));
  target.attributes.set("output", std::move(value));
  return {};
}

Status apply(Target& target, const Override& set, std::set<std::string>& begun) {
  if (set.key == "push" || set.key == "load") return set_output(target, set);
  const TargetKey* key = find_target_key(set.key);
  if (key == nullptr || key->use == Use::file)
    return Error::make(Code::invalid, "--set: a target has no key '{}' to set", printable(set.key));
  Node value = Node::of(*set.value, {});
  if (key->shape == Shape::map) {
    if (set.name.empty())
      return Error::make(Code::invalid, "--set: '{}' takes {}.NAME=VALUE", set.key, set.key);
    Node map = Node::map({});
    map.set(set.name, std::move(value));
    value = std::move(map);
  } else if (!set.name.empty()) {
    return Error::make(Code::invalid, "--set: '{}' has no parts", set.key);
  } else if (key->shape == Shape::texts || key->shape == Shape::entries) {
    Node list = Node::list({});
    list.items.push_back(std::move(value));
    value = std::move(list);
  }
  TB_LET(Node formed, shaped(*key, std::move(value)));
  Node* found = target.attributes.find(set.key);
  bool is_list = formed.is_list();
  // The first value of a list takes the place of the file's, and those that follow join it.
  bool joins = found != nullptr && is_list &&
               (set.append || begun.contains(target.name + "." + set.key) || set.key == "entitlements" ||
                set.key == "annotations" || set.key == "attest");
  begun.insert(target.name + "." + set.key);
  if (joins)
    lay({set.key, key->shape, Merging::append}, *found, std::move(formed));
  else if (found != nullptr && !is_list)
    lay(*key, *found, std::move(formed));
  else
    target.attributes.set(set.key, std::move(formed));
  return {};
}

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

Status set(Targets& targets, const std::vector<std::string>& overrides,
           const compose::Environment& environment) {
  if (overrides.empty()) return {};
  // What is set wins over what is inherited, and is inherited in turn.
  std::set<std::string> begun;
  for (const std::string& text : overrides) {
    TB_LET(Override one, parse_override(text));
    if (!one.value) {
      auto found = environment.find(one.name);
      if (one.key != "args") return Error::make(Code::invalid, "--set {}: it is TARGET.KEY=VALUE", text);
      if (found == environment.end()) continue;
      one.value = found->second;
    }
    bool any = false;
    for (Target& target : targets.targets) {
      if (::fnmatch(one.pattern.c_str(), target.name.c_str(), FNM_PATHNAME) != 0) continue;
      any = true;
      std::string mark = target.name + "." + one.key;
      if (one.append && !begun.contains(mark))  // what it inherits is joined, too
        if (auto all = inherited(targets, target.name))
          if (Node* there = all->attributes.find(one.key)) target.attributes.set(one.key, std::move(*there));
      TB_TRY(apply(target, one, begun), "with --set {}", text);
    }
    if (!any) return no_target(targets, one.pattern).with("with --set {}", text);
  }
  return {};
}

}  // namespace tierbuild::bake
