// Targets as requests.
#include <algorithm>

#include "bake/bake.hpp"
#include "base/strings.hpp"
#include "compose/model.hpp"

namespace tierbuild::bake {
namespace {

using dockerfile::Request;
using document::Member;
using document::Node;

/// One target on its way to a request.
class RequestMaker {
 public:
  RequestMaker(const Target& target, const std::string& directory, std::vector<Error>& warnings)
      : target_(target), attributes_(target.attributes), directory_(directory), warnings_(warnings) {}

  Result<Request> make() {
    out_.name = target_.name;
    out_.where = target_.where;
    warn_of_ignored();
    place_files();
    texts("args", [this](const std::string& name, const std::string& value) { out_.args[name] = value; });
    texts("labels", [this](const std::string& name, const std::string& value) { out_.labels[name] = value; });
    texts("contexts", [this](const std::string& name, const std::string& value) {
      if (!value.empty()) out_.contexts[name] = context(value);
    });
    texts("extra-hosts",
          [this](const std::string& name, const std::string& value) { out_.add_hosts[name] = value; });
    out_.target = text("target");
    out_.tags = list("tags");
    out_.no_cache_filter = list("no-cache-filter");
    out_.no_cache = text("no-cache") == "true";
    out_.pull = text("pull") == "true";
    TB_TRY(annotations());
    TB_TRY(platforms());
    TB_TRY(network());
    TB_TRY(limits());
    TB_TRY(secrets());
    ssh();
    for (auto [name, into] :
         {std::pair{"output", &out_.outputs}, {"cache-from", &out_.cache_from}, {"cache-to", &out_.cache_to}})
      TB_TRY(typed(name, *into));
    return std::move(out_);
  }

 private:
  std::string text(std::string_view name) const {
    const Node* found = attributes_.find(name);
    return found == nullptr ? std::string() : found->text;
  }
  std::vector<std::string> list(std::string_view name) const {
    std::vector<std::string> out;
    if (const Node* found = attributes_.find(name))
      for (const Node& item : found->items)
        if (std::find(out.begin(), out.end(), item.text) == out.end()) out.push_back(item.text);
    return out;
  }
  void texts(std::string_view name,
             const std::function<void(const std::string& name, const std::string& value)>& take) const {
    if (const Node* found = attributes_.find(name))
      for (const Member& member : found->members) take(member.name, member.value.text);
  }

  void warn_of_ignored() {
    for (const Member& member : attributes_.members) {
      const TargetKey* key = find_target_key(member.name);
      const Node& value = member.value;
      if (key->use != Use::ignored || says_what_holds(*key, value)) continue;
      if (target_.is_service && key->name == "attest") {  // `provenance` and `sbom` of a service
        for (const Node& item : value.items) {
          const Node* type = item.find("type");
          warn(type != nullptr ? std::string_view(type->text) : key->name, *key, item.where);
        }
        continue;
      }
      warn(key->name, *key, value.where.known() ? value.where : target_.where);
    }
  }

  void warn(std::string_view name, const TargetKey& key, const Location& where) {
    warnings_.push_back(
        Error::make(Code::invalid, "'{}' of target '{}' has no effect: {}", name, target_.name, key.why)
            .id("E061")
            .at(where));
  }

  // Values that change nothing.
  static bool says_what_holds(const TargetKey& key, const Node& value) {
    if (key.name == "call") return value.text.empty() || value.text == "build";
    bool is_empty = value.items.empty() && value.members.empty() && value.text.empty();
    if (is_empty) return true;
    if (key.name == "entitlements")
      return std::all_of(value.items.begin(), value.items.end(),
                         [](const Node& item) { return item.text == "network.host"; });
    if (key.name == "attest")
      return std::all_of(value.items.begin(), value.items.end(), [](const Node& item) {
        const Node* off = item.find("disabled");
        return off != nullptr && off->text == "true";
      });
    return false;
  }

  // `cwd://` is the current directory whatever the file is relative to.
  std::string context(const std::string& value) const {
    if (value.starts_with("cwd://")) return compose::absolute(value.substr(6), directory_);
    bool is_path =
        value.find("://") == std::string::npos && !value.starts_with("target:") && !compose::is_remote(value);
    return is_path ? compose::absolute(value, directory_) : value;
  }

  void place_files() {
    std::string context_text = text("context");
    out_.context = context(context_text.empty() ? "." : context_text);
    if (attributes_.find("dockerfile-inline") != nullptr) out_.inline_text = text("dockerfile-inline");
    std::string file = text("dockerfile");
    if (file.starts_with("cwd://"))
      out_.dockerfile = compose::absolute(file.substr(6), directory_);
    else if (!file.empty() && !out_.inline_text)
      out_.dockerfile = compose::is_remote(out_.context) ? file : compose::absolute(file, out_.context);
  }

  Error wrong(const Node& node, std::string_view key, std::string_view what) const {
    return Error::make(Code::invalid, "'{}' of target '{}': {}: '{}'", key, target_.name, what,
                       printable(node.text))
        .at(node.where.known() ? node.where : target_.where);
  }

  Status annotations() {
    const Node* found = attributes_.find("annotations");
    if (found == nullptr) return {};
    for (const Node& item : found->items) {
      size_t equals = item.text.find('=');
      if (equals == std::string::npos) return wrong(item, "annotations", "this is not NAME=VALUE");
      std::string name = item.text.substr(0, equals);
      size_t colon = name.find(':');
      std::string level = colon == std::string::npos ? "" : name.substr(0, colon);
      bool is_level = !level.empty() && (level.starts_with("manifest") || level.starts_with("index"));
      if (is_level) name = name.substr(colon + 1);
      if (is_level && level.find("manifest") == std::string::npos)
        warnings_.push_back(Error::make(Code::invalid,
                                        "'annotations' of target '{}': '{}' goes to the image, "
                                        "not to its {}",
                                        target_.name, printable(name), level)
                                .at(item.where));
      out_.annotations[name] = item.text.substr(equals + 1);
    }
    return {};
  }

  Status platforms() {
    const Node* found = attributes_.find("platforms");
    if (found == nullptr) return {};
    for (const Node& item : found->items)
      for (std::string_view one : split(item.text, ',')) {
        if (trim(one) == "local") {
          out_.platforms.push_back(image::Platform::host());
          continue;
        }
        auto platform = image::Platform::parse(trim(one));
        if (!platform) return std::move(platform).error().at(item.where.known() ? item.where : target_.where);
        if (std::find(out_.platforms.begin(), out_.platforms.end(), *platform) == out_.platforms.end())
          out_.platforms.push_back(*platform);
      }
    return {};
  }

  Status network() {
    const Node* found = attributes_.find("network");
    if (found == nullptr || found->text.empty() || found->text == "default") return {};
    if (found->text == "none")
      out_.network = Request::Network::none;
    else if (found->text == "host")
      out_.network = Request::Network::host;
    else
      return wrong(*found, "network", "none, host and default are possible");
    return {};
  }

  // `nofile=1024:2048`, `-1` for none.
  Status limits() {
    for (const auto& [name, address] : out_.add_hosts)
      if (Status host = dockerfile::check_host(name, address); !host)
        return wrong(*attributes_.find("extra-hosts"), "extra-hosts", host.error().message());
    if (const Node* size = attributes_.find("shm-size"); size != nullptr && !size->text.empty()) {
      auto bytes = dockerfile::parse_size(size->text);
      if (!bytes) return wrong(*size, "shm-size", "this is no size");
      out_.shm_size = *bytes;
    }
    const Node* found = attributes_.find("ulimits");
    if (found == nullptr) return {};
    for (const Node& item : found->items) {
      auto limit = dockerfile::parse_ulimit(item.text);
      if (!limit) return wrong(item, "ulimits", limit.error().message());
      out_.ulimits.insert(*std::move(limit));
    }
    return {};
  }

  Status secrets() {
    const Node* found = attributes_.find("secret");
    if (found == nullptr) return {};
    for (const Node& item : found->items) {
      dockerfile::SecretRequest secret;
      std::string type;
      for (const Member& member : item.members) {
        if (member.name == "id")
          secret.id = member.value.text;
        else if (member.name == "src")
          secret.file = member.value.text;
        else if (member.name == "env")
          secret.env = member.value.text;
        else if (member.name == "type")
          type = member.value.text;
        else
          return Error::make(Code::invalid, "a secret has no key '{}'", printable(member.name))
              .at(member.where);
      }
      if (secret.id.empty()) return wrong(item, "secret", "a secret needs 'id'");
      if (type == "env" && secret.env.empty()) secret.env = std::exchange(secret.file, {});
      if (!secret.file.empty()) secret.file = compose::absolute(secret.file, directory_);
      out_.secrets.push_back(std::move(secret));
    }
    return {};
  }

  void ssh() {
    const Node* found = attributes_.find("ssh");
    if (found == nullptr) return;
    for (const Node& item : found->items) {
      dockerfile::SshRequest ssh;
      const Node *id = item.find("id"), *paths = item.find("paths");
      ssh.id = id == nullptr || id->text.empty() ? "default" : id->text;
      if (paths != nullptr) {
        if (!paths->is_list() && !paths->text.empty()) ssh.paths = {paths->text};
        for (const Node& path : paths->items) ssh.paths.push_back(path.text);
      }
      for (std::string& path : ssh.paths)
        if (!path.empty() && path[0] != '$') path = compose::absolute(path, directory_);
      out_.ssh.push_back(std::move(ssh));
    }
  }

  Status typed(std::string_view name, std::vector<dockerfile::TypedRequest>& into) const {
    const Node* found = attributes_.find(name);
    if (found == nullptr) return {};
    for (const Node& item : found->items) {
      dockerfile::TypedRequest one;
      for (const Member& member : item.members)
        if (member.name == "type")
          one.type = member.value.text;
        else
          one.fields[member.name] = member.value.text;
      if (one.type.empty()) return wrong(item, name, "'type' is missing");
      into.push_back(std::move(one));
    }
    return {};
  }

  const Target& target_;
  const Node& attributes_;
  const std::string& directory_;
  std::vector<Error>& warnings_;
  Request out_;
};

}  // namespace

Result<std::vector<Request>> requests_of(const Chosen& chosen, const std::string& directory,
                                         std::vector<Error>& warnings) {
  std::vector<Request> requests;
  for (const Target& target : chosen.targets) {
    TB_LET(Request request, RequestMaker(target, directory, warnings).make());
    requests.push_back(std::move(request));
  }
  return requests;
}

}  // namespace tierbuild::bake
