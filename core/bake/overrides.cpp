// `--set`.
#include <fnmatch.h>

#include <algorithm>

#include "bake/targets.hpp"
#include "base/strings.hpp"

namespace tierbuild::bake {
namespace {

using document::Member;
using document::Node;

// The keys of --set that go by another name.
std::string key_of(std::string_view name) {
  if (name == "platform") return "platforms";
  if (name == "secrets") return "secret";
  return std::string(name);
}

struct Parsed {
  std::string pattern;
  Override one;
  bool has_value = false;
};

Result<Parsed> parse(const std::string& text) {
  Parsed out;
  size_t equals = text.find('=');
  std::string path = text.substr(0, equals);
  out.has_value = equals != std::string::npos;
  if (out.has_value) out.one.value = text.substr(equals + 1);
  if (path.ends_with('+')) out.one.append = true, path.pop_back();
  size_t dot = path.find('.');
  if (dot == 0 || dot == std::string::npos || dot + 1 == path.size())
    return Error::make(Code::invalid, "--set {}: it is TARGET.KEY=VALUE", text);
  out.pattern = path.substr(0, dot);
  path.erase(0, dot + 1);
  size_t second = path.find('.');
  out.one.key = key_of(path.substr(0, second));
  if (second != std::string::npos) out.one.name = path.substr(second + 1);
  return out;
}

Status check(const Override& one) {
  if (one.key == "push" || one.key == "load") {
    if (one.value == "true" || one.value == "false") return {};
    return Error::make(Code::invalid, "--set: '{}' takes true or false", one.key);
  }
  const TargetKey* key = find_target_key(one.key);
  if (key == nullptr || key->use == Use::file)
    return Error::make(Code::invalid, "--set: a target has no key '{}' to set", printable(one.key));
  if (key->shape == Shape::map && one.name.empty())
    return Error::make(Code::invalid, "--set: '{}' takes {}.NAME=VALUE", one.key, one.key);
  if (key->shape != Shape::map && !one.name.empty())
    return Error::make(Code::invalid, "--set: '{}' has no parts", one.key);
  return {};
}

// `push` and `load` change the outputs, as bake does it.
void set_output(Node& attributes, const Override& one) {
  const TargetKey& key = *find_target_key("output");
  if (attributes.find("output") == nullptr) attributes.set("output", Node::list({}));
  Node& outputs = *attributes.find("output");
  auto type_is = [](const Node& output, std::string_view type) {
    const Node* found = output.find("type");
    return found != nullptr && found->text == type;
  };
  bool on = one.value == "true", is_push = one.key == "push", any = false;
  for (Node& output : outputs.items) {
    if (!is_push || !type_is(output, "image")) continue;
    any = true;
    output.remove("push");
    if (on) output.set("push", Node::of("true", {}));
  }
  if (!on) {
    std::erase_if(outputs.items,
                  [&](const Node& output) { return type_is(output, is_push ? "registry" : "docker"); });
  } else if (!any) {
    Node entry = Node::map({});
    entry.set("type", Node::of(is_push ? "image" : "docker", {}));
    if (is_push) entry.set("push", Node::of("true", {}));
    Node list = Node::list({});
    list.items.push_back(std::move(entry));
    lay({key.name, key.shape, Merging::append}, outputs, std::move(list));
  }
}

}  // namespace

Status lay_overrides(Node& attributes, const std::vector<Override>& overrides) {
  std::set<std::string> begun;
  for (const Override& one : overrides) {
    if (one.key == "push" || one.key == "load") {
      set_output(attributes, one);
      continue;
    }
    const TargetKey& key = *find_target_key(one.key);
    Node value = Node::of(one.value, {});
    bool is_list = key.shape == Shape::texts || key.shape == Shape::entries;
    if (key.shape == Shape::map) {
      Node map = Node::map({});
      map.set(one.name, std::move(value));
      value = std::move(map);
    } else if (is_list) {
      Node list = Node::list({});
      list.items.push_back(std::move(value));
      value = std::move(list);
    }
    TB_LET(Node formed, shaped(key, std::move(value)));
    Node* found = attributes.find(one.key);
    // The first value of a list takes the place of the file's, and those that follow join it.
    bool joins = is_list && (one.append || begun.contains(one.key) || one.key == "entitlements" ||
                             one.key == "annotations" || one.key == "attest");
    begun.insert(one.key);
    if (found == nullptr)
      attributes.set(one.key, std::move(formed));
    else if (joins)
      lay({key.name, key.shape, Merging::append}, *found, std::move(formed));
    else if (is_list)
      *found = std::move(formed);
    else
      lay(key, *found, std::move(formed));
  }
  return {};
}

Status set(Targets& targets, const std::vector<std::string>& overrides,
           const compose::Environment& environment) {
  for (const std::string& text : overrides) {
    TB_LET(Parsed parsed, parse(text));
    if (!parsed.has_value) {  // an argument takes its value from the environment
      if (parsed.one.key != "args")
        return Error::make(Code::invalid, "--set {}: it is TARGET.KEY=VALUE", text);
      auto found = environment.find(parsed.one.name);
      if (found == environment.end()) continue;
      parsed.one.value = found->second;
    }
    TB_TRY(check(parsed.one));
    bool any = false;
    for (const Target& target : targets.targets) {
      if (::fnmatch(parsed.pattern.c_str(), target.name.c_str(), FNM_PATHNAME) != 0) continue;
      any = true;
      targets.overrides[target.name].push_back(parsed.one);
    }
    if (!any) return no_target(targets, parsed.pattern).with("with --set {}", text);
  }
  return {};
}

}  // namespace tierbuild::bake
