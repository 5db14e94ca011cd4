// The services of a compose file as targets.
#include <algorithm>
#include <sstream>

#include "bake/targets.hpp"
#include "base/strings.hpp"
#include "compose/model.hpp"

namespace tierbuild::bake {
namespace {

using document::Member;
using document::Node;

Node text_list(const std::vector<std::string>& texts, const Location& where) {
  Node list = Node::list(where);
  for (const std::string& text : texts) list.items.push_back(Node::of(text, where));
  return list;
}

/// One service on its way to a target.
class ServiceTarget {
 public:
  ServiceTarget(const compose::Project& project, const compose::Service& service,
                std::vector<Error>& warnings)
      : project_(project), service_(service), build_(*service.node.find("build")), warnings_(warnings) {}

  Result<Target> make() {
    out_.name = target_name(service_.name);
    out_.where = service_.where;
    out_.is_service = true;
    out_.profiles = service_.profiles;
    out_.watch = service_.watch;
    out_.attributes = Node::map(build_.where);
    for (const Member& member : build_.members) {
      if (member.value.is_null() || member.name.starts_with("x-")) continue;
      auto keys = build_keys();
      auto key = std::find_if(keys.begin(), keys.end(),
                              [&](const BuildKey& known) { return known.name == member.name; });
      if (key == keys.end()) continue;
      if (key->target_key.empty()) {
        bool is_nothing = member.value.text == "false" || member.value.text == "default";
        if (!is_nothing) ignore(*key, member.where);
        continue;
      }
      TB_LET(std::optional<Node> value, converted(member));
      if (value) TB_TRY(lay_value(key->target_key, std::move(*value)));
    }
    if (const Node* bake = build_.find("x-bake")) TB_TRY(take_x_bake(*bake));
    TB_TRY(name_image());
    TB_TRY(choose_platform());
    return std::move(out_);
  }

 private:
  void ignore(const BuildKey& key, const Location& where) {
    warnings_.push_back(
        Error::make(Code::invalid, "'{}' of service '{}' has no effect: {}", key.name, service_.name, key.why)
            .at(where));
  }

  Error wants(const Node& node, std::string_view key, std::string_view what) const {
    return Error::make(Code::invalid, "'{}' takes {}, not {}", key, what, name_of(node.kind)).at(node.where);
  }

  Status lay_value(std::string_view name, Node value, bool joins = false) {
    const TargetKey& key = *find_target_key(name);
    TB_LET(Node formed, shaped(key, std::move(value)));
    Node* found = out_.attributes.find(name);
    if (found == nullptr)
      out_.attributes.set(name, std::move(formed));
    else
      lay(joins ? TargetKey{name, key.shape, formed.is_list() ? Merging::append : key.merging} : key, *found,
          std::move(formed));
    return {};
  }

  // A value of `build` in the form that the bake key takes; nothing if it says what holds anyhow.
  Result<std::optional<Node>> converted(const Member& member) {
    const std::string& name = member.name;
    Node value = member.value;
    if (name == "additional_contexts") return contexts(std::move(value));
    if (name == "secrets") return secrets(value);
    if (name == "ssh") return ssh(value);
    if (name == "ulimits") return ulimits(value);
    if (name == "shm_size") return shm_size(std::move(value));
    if (name == "provenance" || name == "sbom") return attest(name, value);
    if (name == "no_cache" || name == "pull") return flag(name, std::move(value));
    return std::optional(std::move(value));
  }

  Result<std::optional<Node>> flag(const std::string& name, Node value) {
    std::string text = lower(value.text);
    bool on = text == "true" || text == "yes" || text == "y" || text == "on" || text == "1";
    bool off = text == "false" || text == "no" || text == "n" || text == "off" || text == "0";
    if (!on && !off) return wants(value, name, "true or false");
    if (off) return std::optional<Node>();
    return std::optional(Node::flag(on, value.where));
  }

  Result<std::optional<Node>> contexts(Node value) {
    for (Member& member : value.members) {
      std::string& text = member.value.text;
      if (!text.starts_with("service:")) continue;
      text = text.substr(8);
      const compose::Service* other = project_.find(text);
      bool is_built = other != nullptr && other->node.find("build") != nullptr;
      if (!is_built)
        return Error::make(Code::not_found, "there is no service '{}' with 'build'", text)
            .at(member.value.where);
      text = "target:" + target_name(text);
    }
    return std::optional(std::move(value));
  }

  Result<std::optional<Node>> secrets(const Node& value) {
    Node list = Node::list(value.where);
    for (const Node& item : value.items) {
      const Node* source = item.is_map() ? item.find("source") : &item;
      if (source == nullptr || !source->is_scalar())
        return wants(item, "secrets", "names or maps with 'source'");
      const Node* secret = project_.secrets.find(source->text);
      if (secret == nullptr)
        return Error::make(Code::not_found, "the file declares no secret '{}'", source->text)
            .at(source->where)
            .hint("declare it below 'secrets:' with 'file' or 'environment'");
      Node entry = Node::map(item.where);
      const Node* target = item.find("target");
      entry.set("id", Node::of(target != nullptr ? target->text : source->text, item.where));
      const Node *file = secret->find("file"), *variable = secret->find("environment");
      if (file != nullptr && file->is_scalar())
        entry.set("src", *file);
      else if (variable != nullptr && variable->is_scalar())
        entry.set("env", *variable);
      else
        return Error::make(Code::invalid, "the secret '{}' has neither 'file' nor 'environment'",
                           source->text)
            .at(secret->where)
            .hint("a build takes secrets of these two kinds only");
      for (const char* key : {"uid", "gid", "mode"})
        if (const Node* ignored = item.find(key))
          ignore({fmt::format("secrets.{}", key), "", "`RUN --mount=type=secret` says it"}, ignored->where);
      list.items.push_back(std::move(entry));
    }
    return std::optional(std::move(list));
  }

  Result<std::optional<Node>> ssh(const Node& value) {
    Node list = Node::list(value.where);
    for (const Member& member : value.members) {
      Node entry = Node::map(member.where);
      entry.set("id", Node::of(member.name, member.where));
      if (member.value.is_scalar() && !member.value.text.empty()) {
        Node paths = Node::list(member.value.where);
        paths.items.push_back(member.value);
        entry.set("paths", std::move(paths));
      }
      list.items.push_back(std::move(entry));
    }
    return std::optional(std::move(list));
  }

  Result<std::optional<Node>> ulimits(const Node& value) {
    if (!value.is_map()) return wants(value, "ulimits", "a map");
    Node list = Node::list(value.where);
    for (const Member& member : value.members) {
      const Node *soft = &member.value, *hard = &member.value;
      if (member.value.is_map()) soft = member.value.find("soft"), hard = member.value.find("hard");
      if (soft == nullptr || hard == nullptr || !soft->is_scalar() || !hard->is_scalar())
        return wants(member.value, "ulimits", "numbers, or 'soft' and 'hard'");
      list.items.push_back(
          Node::of(fmt::format("{}={}:{}", member.name, soft->text, hard->text), member.where));
    }
    return std::optional(std::move(list));
  }

  Result<std::optional<Node>> shm_size(Node value) {
    if (!value.is_scalar()) return wants(value, "shm_size", "a size");
    return std::optional(std::move(value));
  }

  // `true`, `false` or parameters.
  Result<std::optional<Node>> attest(const std::string& name, const Node& value) {
    if (!value.is_scalar()) return wants(value, name, "a text");
    if (value.text == "false") return std::optional<Node>();
    std::string rest = value.text == "true" || value.text.empty() ? "" : "," + value.text;
    return std::optional(text_list({fmt::format("type={}{}", name, rest)}, value.where));
  }

  Status take_x_bake(const Node& bake) {
    if (!bake.is_map()) return wants(bake, "x-bake", "a map");
    auto known = x_bake_keys();
    for (const Member& member : bake.members) {
      if (std::find(known.begin(), known.end(), member.name) == known.end()) {
        warnings_.push_back(
            Error::make(Code::invalid, "'x-bake' has no key '{}': it has no effect", printable(member.name))
                .at(member.where));
        continue;
      }
      Node value = member.value;
      Shape shape = find_target_key(member.name)->shape;
      if (value.is_null()) continue;
      if (value.is_scalar() && (shape == Shape::texts || shape == Shape::entries)) {
        Node list = Node::list(value.where);
        std::istringstream words(value.text);
        for (std::string word; words >> word;) list.items.push_back(Node::of(word, value.where));
        value = std::move(list);
      }
      if (member.name == "contexts")
        for (Member& context : value.members)
          if (context.value.text.starts_with("service:"))
            context.value.text = "target:" + target_name(context.value.text.substr(8));
      TB_TRY(lay_value(member.name, std::move(value), true));
    }
    return {};
  }

  Status name_image() {
    const Node* tags = out_.attributes.find("tags");
    if (tags != nullptr && !tags->items.empty()) return {};
    const Node* image = service_.node.find("image");
    std::string name = project_.name + "-" + service_.name;
    if (image != nullptr && image->is_scalar() && !image->text.empty()) name = image->text;
    out_.attributes.set("tags", text_list({name}, image != nullptr ? image->where : service_.where));
    return {};
  }

  // `platform` is the service's: it must be one of those that are built.
  Status choose_platform() {
    const Node *platform = service_.node.find("platform"), *all = out_.attributes.find("platforms");
    if (platform == nullptr || !platform->is_scalar() || platform->text.empty()) return {};
    if (all == nullptr || all->items.empty()) {
      out_.attributes.set("platforms", text_list({platform->text}, platform->where));
      return {};
    }
    bool built = std::any_of(all->items.begin(), all->items.end(),
                             [&](const Node& item) { return item.text == platform->text; });
    if (built) return {};
    return Error::make(Code::invalid, "the platform '{}' of service '{}' is not among 'build.platforms'",
                       platform->text, service_.name)
        .at(platform->where);
  }

  const compose::Project& project_;
  const compose::Service& service_;
  const Node& build_;
  std::vector<Error>& warnings_;
  Target out_;
};

}  // namespace

std::string target_name(std::string service) {
  for (char& c : service)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '_') c = '_';
  return service;
}

Result<Targets> targets_of(compose::Project project) {
  Targets all;
  all.warnings = std::move(project.warnings);
  Group everything;
  everything.name = "default";
  for (const compose::Service& service : project.services) {
    const Node* build = service.node.find("build");
    if (build == nullptr || build->is_null()) continue;
    TB_LET(Target target, ServiceTarget(project, service, all.warnings).make());
    auto active = project.environment.find("COMPOSE_PROFILES");
    std::vector<std::string_view> profiles;
    if (active != project.environment.end()) profiles = split(active->second, ',');
    bool is_active = service.profiles.empty();
    for (const std::string& profile : service.profiles)
      is_active |= std::any_of(profiles.begin(), profiles.end(), [&](std::string_view one) {
        return trim(one) == profile || trim(one) == "*";
      });
    if (is_active) everything.targets.push_back(Node::of(target.name, target.where));
    all.lay(std::move(target));
  }
  std::sort(everything.targets.begin(), everything.targets.end(),
            [](const Node& a, const Node& b) { return a.text < b.text; });
  all.lay(std::move(everything));
  return all;
}

}  // namespace tierbuild::bake
