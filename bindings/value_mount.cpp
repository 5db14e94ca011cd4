// cache.mount, secret.mount, bind.mount, tmpfs.mount, ssh.mount.
#include "base/strings.hpp"
#include "bindings/make_values.hpp"

namespace tierbuild::bindings {
namespace {

using graph::Mount;

uint32_t mode_or(const Value& value, uint32_t fallback) {
  return value.string() == nullptr ? fallback
                                   : static_cast<uint32_t>(std::stoul(*value.string(), nullptr, 8));
}

Value mount_value(project::MountValue mount) {
  return Value(Object{std::move(mount)});
}

std::vector<Field> with_owner(std::vector<Field> fields) {
  fields.push_back({"uid", types::id(), "owner", "0"});
  fields.push_back({"gid", types::id(), "group", "0"});
  fields.push_back({"mode", types::of(Type::Kind::mode), "file mode"});
  return fields;
}

void read_owner(const Call& call, Mount& mount, uint32_t mode) {
  mount.uid = static_cast<uint32_t>(whole_of(call["uid"]));
  mount.gid = static_cast<uint32_t>(whole_of(call["gid"]));
  mount.mode = mode_or(call["mode"], mode);
}

Result<Value> cache_mount(Call& call) {
  project::MountValue value;
  value.mount.kind = Mount::Kind::cache;
  value.mount.target = text_of(call["target"]);
  value.mount.id = text_of(call["id"], value.mount.target);
  std::string sharing = text_of(call["sharing"], "shared");
  value.mount.sharing = sharing == "locked"    ? graph::Sharing::locked
                        : sharing == "private" ? graph::Sharing::private_
                                               : graph::Sharing::shared;
  read_owner(call, value.mount, 0755);
  return mount_value(std::move(value));
}

Result<Value> secret_mount(Call& call) {
  project::MountValue value;
  value.mount.kind = Mount::Kind::secret;
  value.mount.id = text_of(call["id"]);
  value.mount.env = text_of(call["env"]);
  value.mount.target =
      text_of(call["target"], value.mount.env.empty() ? "/run/secrets/" + value.mount.id : "");
  value.mount.version = text_of(call["version"]);
  value.mount.required = flag_of(call["required"], true);
  read_owner(call, value.mount, 0400);
  if (call.table->has("env") && call.table->has("target"))
    return call.session.at(fault(Fault::bad_value, "a secret is either a file (target) or a variable (env)"),
                           call.table->place.at("env"));
  return mount_value(std::move(value));
}

Result<Value> bind_mount(Call& call) {
  project::MountValue value;
  value.mount.kind = Mount::Kind::bind;
  value.mount.target = text_of(call["target"]);
  const Value& from = call["from"];
  bool context = call.table->has("context");
  if (context == call.table->has("from"))
    return call.session.at(fault(Fault::missing_field, "bind.mount needs either 'from' or 'context'"),
                           call.table->place);
  bool image = from.as<project::ImagePtr>() != nullptr || from.as<Handle>() != nullptr;
  if (context) {
    TB_LET(project::ContextDirectory directory, context_of(call));
    value.from = project::ContextPath{std::move(directory), text_of(call["source"])};
  } else if (image) {
    value.from = project::ImagePath{image_of(call.session, from, call.origin), text_of(call["source"], "/")};
  } else if (call.table->has("source")) {
    return call.session.at(
        fault(Fault::bad_value, "'source' names a path in the image of 'from', which is no image"),
        call.table->place.at("source"));
  } else {
    TB_LET(value.from,
           source_of(call.session, from, {}, call.origin->directory, call.table->place.at("from")));
  }
  value.mount.writable = flag_of(call["writable"], false);
  return mount_value(std::move(value));
}

Result<Value> tmpfs_mount(Call& call) {
  project::MountValue value;
  value.mount.kind = Mount::Kind::tmpfs;
  value.mount.target = text_of(call["target"]);
  value.mount.size = parse_bytes(text_of(call["size"], "0")).value_or(0);
  value.mount.mode = mode_or(call["mode"], 01777);
  return mount_value(std::move(value));
}

Result<Value> ssh_mount(Call& call) {
  project::MountValue value;
  value.mount.kind = Mount::Kind::ssh;
  value.mount.id = text_of(call["id"], "default");
  value.mount.target = text_of(call["target"]);
  value.mount.required = flag_of(call["required"], true);
  read_owner(call, value.mount, 0600);
  return mount_value(std::move(value));
}

}  // namespace

void define_mounts(Session& session) {
  Field target{
      "target", types::string(), "where it appears, absolute or relative to the workdir", {}, Required::yes};
  Field required{"required", types::boolean(), "whether its absence is an error", "true"};
  session.define(
      {{.name = "cache.mount",
        .doc = "A directory that outlives the step and is never part of a layer.",
        .fields = with_owner({target,
                              {"id", types::string(), "caches of the same id are one", "the target"},
                              {"sharing", types::enumeration({"shared", "locked", "private"}),
                               "what steps do that use it at the same time", "shared"}}),
        .returns = "mount"},
       cache_mount});
  session.define(
      {{.name = "secret.mount",
        .doc =
            "A secret for one step: a file in memory, or a variable. It is never stored and never in a key.",
        .fields = with_owner({{"id", types::string(), "its name in --secret", {}, Required::yes},
                              {"target", types::string(), "its file", "/run/secrets/ID"},
                              {"env", types::string(), "the variable that holds it, instead of a file"},
                              {"version", types::string(), "enters the key: change it to run the step again"},
                              required}),
        .returns = "mount"},
       secret_mount});
  auto from = types::either({types::of(Type::Kind::source), types::of(Type::Kind::image)},
                            "a path, files {…}, fetch {…} or an image");
  std::vector<Field> fields{
      {"from", from, "what is mounted"},
      target,
      {"source", types::string(), "the path in the image of from, or in the context", "all of it"},
      {"writable", types::boolean(), "writes go nowhere", "false"}};
  for (Field& field : context_fields()) fields.push_back(std::move(field));
  session.define({{.name = "bind.mount",
                   .doc = "Files of the workspace, of the network or of an image, for one step.",
                   .fields = std::move(fields),
                   .returns = "mount"},
                  bind_mount});
  session.define({{.name = "tmpfs.mount",
                   .doc = "An empty directory in memory, for one step.",
                   .fields = {target,
                              {"size", types::bytes(), "most bytes"},
                              {"mode", types::of(Type::Kind::mode), "file mode", "1777"}},
                   .returns = "mount"},
                  tmpfs_mount});
  session.define({{.name = "ssh.mount",
                   .doc = "The socket of an ssh agent, for one step.",
                   .fields = with_owner({{"id", types::string(), "its name in --ssh", "default"},
                                         {"target", types::string(), "its path"},
                                         required}),
                   .returns = "mount"},
                  ssh_mount});
}

}  // namespace tierbuild::bindings
