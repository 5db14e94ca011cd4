#include <filesystem>
#include <set>

#include "base/strings.hpp"
#include "compose/keys.hpp"
#include "compose/model.hpp"

namespace tierbuild::compose {
namespace {

using document::Member;
using document::Node;

Error wants(const Node& node, std::string_view what, std::string_view shape) {
  return Error::make(Code::invalid, "'{}' takes {}, not {}", what, shape, name_of(node.kind)).at(node.where);
}

Status check_names(const Node& map, std::string_view what, std::span<const std::string_view> known) {
  for (const Member& member : map.members) {
    if (member.name.starts_with("x-")) continue;
    if (std::find(known.begin(), known.end(), member.name) != known.end()) continue;
    std::vector<std::string> names(known.begin(), known.end());
    Error error =
        Error::make(Code::invalid, "{} has no key '{}'", what, printable(member.name)).at(member.where);
    if (auto near = suggest(member.name, names))
      return std::move(error).hint(fmt::format("did you mean '{}'?", *near));
    return error;
  }
  return {};
}

// `[A=1, B]` → `{ A: 1, B: }`; `separators` part a name from its value.
Status to_map(Node* node, std::string_view what, std::string_view separators) {
  if (node == nullptr || node->is_map()) return {};
  if (node->is_null()) {
    *node = Node::map(node->where);
    return {};
  }
  if (!node->is_list()) return wants(*node, what, "a map or a list");
  Node map = Node::map(node->where);
  map.tag = node->tag;
  for (Node& item : node->items) {
    if (!item.is_scalar()) return wants(item, what, "texts in its list");
    size_t end = item.text.find_first_of(separators);
    std::string name = item.text.substr(0, end);
    Node value;
    if (end != std::string::npos) value = Node::of(item.text.substr(end + 1), item.where);
    value.where = item.where;
    map.set(name, std::move(value));
  }
  *node = std::move(map);
  return {};
}

Status to_list(Node* node) {
  if (node == nullptr || node->is_list() || node->is_null()) return {};
  Node list = Node::list(node->where);
  list.tag = std::exchange(node->tag, {});
  list.items.push_back(std::move(*node));
  *node = std::move(list);
  return {};
}

void make_absolute(Node* node, const std::string& directory) {
  if (node != nullptr && node->is_scalar()) node->text = absolute(node->text, directory);
}

Status canonical_build(Node& build, const std::string& directory, const std::string& service) {
  if (build.is_scalar()) {
    Node map = Node::map(build.where);
    Node context = std::move(build);
    map.tag = std::exchange(context.tag, {});
    map.set("context", std::move(context));
    build = std::move(map);
  }
  if (!build.is_map()) return wants(build, "build", "a directory or a map");
  TB_TRY(check_names(build, fmt::format("'build' of service '{}'", service), build_names()));
  for (const char* name : {"args", "additional_contexts", "labels", "ssh"})
    TB_TRY(to_map(build.find(name), name, "="));
  TB_TRY(to_map(build.find("extra_hosts"), "extra_hosts", "=:"));
  if (Node* context = build.find("context"); context != nullptr && !is_remote(context->text))
    make_absolute(context, directory);
  if (Node* contexts = build.find("additional_contexts"))
    for (Member& member : contexts->members)
      if (member.value.text.find(':') == std::string::npos && !is_remote(member.value.text))
        make_absolute(&member.value, directory);
  if (Node* ssh = build.find("ssh"))
    for (Member& member : ssh->members)
      if (!member.value.text.empty() && member.value.text[0] != '$') make_absolute(&member.value, directory);
  return {};
}

Status canonical_service(Node& service, const std::string& name, const std::string& directory) {
  if (service.is_null()) service = Node::map(service.where);
  if (!service.is_map()) return wants(service, "services." + name, "a map");
  TB_TRY(check_names(service, fmt::format("service '{}'", name), service_names()));
  if (Node* build = service.find("build"); build != nullptr && !build->is_null() && build->tag != "!reset")
    TB_TRY(canonical_build(*build, directory, name));
  TB_TRY(to_map(service.find("environment"), "environment", "="));
  TB_TRY(to_map(service.find("labels"), "labels", "="));
  TB_TRY(to_map(service.find("extra_hosts"), "extra_hosts", "=:"));
  for (const char* list : {"env_file", "profiles"}) TB_TRY(to_list(service.find(list)));
  if (Node* files = service.find("env_file"))
    for (Node& file : files->items) make_absolute(file.is_map() ? file.find("path") : &file, directory);
  if (Node* extends = service.find("extends"); extends != nullptr && extends->is_map())
    make_absolute(extends->find("file"), directory);
  if (Node* develop = service.find("develop"); develop != nullptr && develop->is_map())
    if (Node* watch = develop->find("watch"))
      for (Node& rule : watch->items) make_absolute(rule.find("path"), directory);
  return {};
}

}  // namespace

std::string absolute(const std::string& path, const std::string& directory) {
  std::filesystem::path whole = path;
  if (path == "~" || path.starts_with("~/")) return path;  // whose home it is, is not known here
  std::string out = (std::filesystem::path(directory) / whole).lexically_normal().string();
  while (out.size() > 1 && out.back() == '/') out.pop_back();
  return out;
}

bool is_remote(std::string_view context) {
  for (std::string_view prefix : {"https://", "http://", "git://", "ssh://", "github.com/", "git@"})
    if (context.starts_with(prefix)) return true;
  return false;
}

std::string directory_of(const std::string& path) {
  return std::filesystem::path(path).parent_path().string();
}

Result<std::string> text_of(const Node& node, std::string_view what) {
  if (!node.is_scalar()) return wants(node, what, "a text");
  return node.text;
}

Result<std::vector<std::string>> texts_of(const Node& node, std::string_view what) {
  std::vector<std::string> texts;
  if (node.is_null()) return texts;
  if (!node.is_list()) {
    TB_LET(std::string text, text_of(node, what));
    texts.push_back(std::move(text));
  }
  for (const Node& item : node.items) {
    TB_LET(std::string text, text_of(item, what));
    texts.push_back(std::move(text));
  }
  return texts;
}

Status make_canonical(Node& file, const std::string& directory, std::vector<Error>& warnings) {
  if (!file.is_map())
    return Error::make(Code::invalid, "a compose file is a map with 'services', not {}", name_of(file.kind))
        .at(file.where);
  TB_TRY(check_names(file, "a compose file", file_names()));
  if (const Node* version = file.find("version"))
    warnings.push_back(
        Error(Code::invalid, "'version' of a compose file says nothing any more").at(version->where));
  for (const char* name : {"services", "secrets"})
    if (Node* section = file.find(name); section != nullptr && !section->is_map()) {
      if (!section->is_null()) return wants(*section, name, "a map");
      *section = Node::map(section->where);
    }
  if (Node* services = file.find("services"))
    for (Member& service : services->members)
      if (service.value.tag != "!reset") TB_TRY(canonical_service(service.value, service.name, directory));
  if (Node* secrets = file.find("secrets"))
    for (Member& secret : secrets->members)
      if (secret.value.is_map()) make_absolute(secret.value.find("file"), directory);
  return to_list(file.find("include"));
}

}  // namespace tierbuild::compose
