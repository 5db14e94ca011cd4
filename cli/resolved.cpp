// `build --print`: the graph as JSON.
#include <nlohmann/json.hpp>

#include "cli/plan_report.hpp"
#include "graph/plan.hpp"

namespace tierbuild::cli {
namespace {

using Json = nlohmann::ordered_json;

Json place(const Location& where) {
  return where.known() ? Json(where.str()) : Json(nullptr);
}

struct SourceJson {
  Json operator()(const graph::FileSource& s) const {
    Json json{{"root", s.root}, {"include", s.include}, {"exclude", s.exclude}, {"strip", s.strip}};
    if (s.is_context) json["ignore"] = s.ignore;
    return json;
  }
  Json operator()(const graph::StackSource& s) const {
    return {{"stack", s.stack.index()}, {"path", s.path}};
  }
  Json operator()(const graph::FetchSource& s) const { return {{"step", s.node.index()}}; }
  Json operator()(const graph::TextSource& s) const { return {{"text", s.text}}; }
};

const char* kind_name(graph::Mount::Kind kind) {
  static constexpr std::array<const char*, 5> kNames{"cache", "secret", "bind", "tmpfs", "ssh"};
  return kNames[static_cast<size_t>(kind)];
}

struct OperationJson {
  Json operator()(const graph::Base& op) const {
    static constexpr std::array<const char*, 4> kKinds{"scratch", "registry", "layout", "debian"};
    Json json{{"operation", "base"}, {"kind", kKinds[static_cast<size_t>(op.kind)]}};
    if (!op.reference.empty()) json["reference"] = op.reference;
    if (!op.suite.empty()) json["suite"] = op.suite;
    if (!op.packages.empty()) json["packages"] = op.packages;
    return json;
  }
  Json operator()(const graph::Run& op) const {
    Json json{{"operation", "run"}, {"argv", op.argv}};
    if (!op.env.empty()) json["env"] = op.env;
    if (!op.cwd.empty()) json["cwd"] = op.cwd;
    if (!op.user.empty()) json["user"] = op.user;
    if (op.network) json["network"] = true;
    if (!op.out.empty()) json["out"] = op.out;
    for (const graph::Mount& mount : op.mounts)
      json["mounts"].push_back({{"type", kind_name(mount.kind)}, {"target", mount.target}, {"id", mount.id}});
    if (op.script) json["script"] = {{"path", op.script->path}, {"text", op.script->text}};
    return json;
  }
  Json operator()(const graph::Copy& op) const {
    Json items = Json::array();
    for (const graph::CopyItem& item : op.items) {
      Json json = std::visit(SourceJson{}, item.source);
      json["to"] = item.to;
      if (item.mode) json["mode"] = fmt::format("{:04o}", *item.mode);
      const graph::Owner& owner = item.owner;
      json["owner"] = fmt::format("{}:{}", owner.user.empty() ? std::to_string(owner.uid) : owner.user,
                                  owner.group.empty() ? std::to_string(owner.gid) : owner.group);
      items.push_back(std::move(json));
    }
    return {{"operation", "copy"}, {"items", items}};
  }
  Json operator()(const graph::Place& op) const {
    Json items = Json::array();
    for (const graph::PlaceItem& item : op.items) {
      Json json = std::visit(SourceJson{}, item.source);
      if (!item.name.empty()) json["name"] = item.name;
      if (item.unpack) json["unpack"] = true;
      items.push_back(std::move(json));
    }
    Json json{{"operation", "place"}, {"items", items}, {"to", op.to}};
    if (!op.owner.empty()) json["owner"] = op.owner;
    if (!op.mode.empty()) json["mode"] = op.mode;
    if (!op.exclude.empty()) json["exclude"] = op.exclude;
    if (op.parents) json["parents"] = true;
    if (op.link) json["link"] = true;
    return json;
  }
  Json operator()(const graph::MakeDirectory& op) const {
    Json json{{"operation", "directory"}, {"path", op.path}};
    if (!op.owner.empty()) json["owner"] = op.owner;
    return json;
  }
  Json operator()(const graph::AddUser& op) const {
    Json json{{"operation", "user"}, {"name", op.name}};
    if (op.uid) json["uid"] = *op.uid;
    if (op.gid) json["gid"] = *op.gid;
    return json;
  }
  Json operator()(const graph::Subtree& op) const {
    return {{"operation", "tree"}, {"stack", op.of.index()}, {"path", op.path}, {"to", op.to}};
  }
  Json operator()(const graph::Difference& op) const {
    return {{"operation", "diff"}, {"stack", op.of.index()}, {"base", op.base.index()}};
  }
  Json operator()(const graph::Fetch& op) const {
    return {{"operation", "fetch"}, {"url", op.url}, {"sha256", op.sha256}, {"unpack", op.unpack}};
  }
};

Json config_json(const graph::ConfigPatch& config) {
  Json json = Json::object();
  auto put = [&](const char* name, const auto& value) {
    if (!value.empty()) json[name] = value;
  };
  put("env", config.env);
  put("path_prepend", config.path_prepend);
  put("labels", config.labels);
  put("annotations", config.annotations);
  put("expose", config.exposed);
  put("volumes", config.volumes);
  if (config.user) json["user"] = *config.user;
  if (config.workdir) json["workdir"] = *config.workdir;
  if (config.stop_signal) json["stop_signal"] = *config.stop_signal;
  if (config.author) json["author"] = *config.author;
  if (config.entrypoint) json["entrypoint"] = *config.entrypoint;
  if (config.cmd) json["cmd"] = *config.cmd;
  if (config.shell) json["shell"] = *config.shell;
  if (config.on_build) json["on_build"] = *config.on_build;
  if (config.healthcheck) json["healthcheck"] = config.healthcheck->test;
  put("probers", config.probers);
  put("hooks", config.hooks);
  return json;
}

// Stamps are values of later: in the output they stand as `{git.sha}`.
std::string with_visible_stamps(std::string text) {
  bool open = false;
  std::string out;
  for (char c : text) {
    if (c != '\x1f') {
      out += c;
      continue;
    }
    open = !open;
    out += open ? '{' : '}';
  }
  return out;
}

void show_stamps(Json& json) {
  if (json.is_string()) json = with_visible_stamps(json.get<std::string>());
  if (json.is_structured())
    for (Json& part : json) show_stamps(part);
}

}  // namespace

std::string resolved_json(const graph::Graph& graph, const std::vector<graph::TargetId>& targets) {
  Json named = Json::array();
  for (graph::TargetId id : targets) {
    const graph::Target& target = graph[id];
    Json layers = Json::array(), needs = Json::array();
    for (graph::NodeId node : graph.layers_of(target.root)) layers.push_back(node.index());
    for (graph::TargetId need : target.needs) needs.push_back(graph[need].id());
    named.push_back({{"name", target.id()},
                     {"platform", target.platform.str()},
                     {"tags", target.tags},
                     {"needs", needs},
                     {"steps", layers},
                     {"config", config_json(target.config)},
                     {"push", target.push},
                     {"where", place(target.where)}});
  }
  Json steps = Json::array();
  graph::Plan plan = graph::make_plan(graph, targets, [](graph::NodeId) { return int64_t{1}; });
  for (graph::NodeId id : plan.order) {
    const graph::Node& node = graph[id];
    Json json{{"id", id.index()}, {"step", graph.title(id)}};
    json.update(std::visit(OperationJson{}, node.op));
    Json inputs = Json::array();
    for (graph::NodeId input : graph.inputs_of(id)) inputs.push_back(input.index());
    json["inputs"] = inputs;
    json["where"] = place(node.where);
    steps.push_back(std::move(json));
  }
  Json out{{"platform", graph.platform().str()}, {"targets", named}, {"steps", steps}};
  show_stamps(out);
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tierbuild::cli
