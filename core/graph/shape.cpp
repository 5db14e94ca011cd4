#include "graph/shape.hpp"

#include "base/strings.hpp"

namespace tierbuild::graph {
namespace {

std::string_view name_of(Sharing sharing) {
  switch (sharing) {
    case Sharing::shared:
      return "shared";
    case Sharing::locked:
      return "locked";
    case Sharing::private_:
      return "private";
  }
  return "shared";
}

std::string_view name_of(Base::Kind kind) {
  switch (kind) {
    case Base::Kind::scratch:
      return "scratch";
    case Base::Kind::registry:
      return "registry";
    case Base::Kind::layout:
      return "layout";
    case Base::Kind::debian:
      return "debian";
  }
  return "scratch";
}

// How a source is placed; its content is added by key_of.
std::string placement(const Source& source) {
  if (const auto* text = std::get_if<TextSource>(&source)) return "text " + Digest::of(text->text).str();
  if (const auto* stack = std::get_if<StackSource>(&source)) return "image " + stack->path;
  if (std::holds_alternative<FetchSource>(source)) return "fetch";
  const auto& files = std::get<FileSource>(source);
  return files.is_context ? "context " + join(files.include, " ") : "files";
}

void add_mount(KeyHasher& key, const Mount& mount, const std::string& name) {
  switch (mount.kind) {
    case Mount::Kind::cache:
      key.add(name, fmt::format("cache {} {} uid={} gid={} mode={:o}{}", mount.target, name_of(mount.sharing),
                                mount.uid, mount.gid, mount.mode,
                                mount.seeded ? " seed=" + placement(mount.from) : ""));
      return;
    case Mount::Kind::secret:
      key.add(name,
              fmt::format("secret {} env={} version={} uid={} gid={} mode={:o} required={}", mount.target,
                          mount.env, mount.version, mount.uid, mount.gid, mount.mode, mount.required));
      return;
    case Mount::Kind::bind:
      key.add(name,
              fmt::format("bind {} writable={} {}", mount.target, mount.writable, placement(mount.from)));
      return;
    case Mount::Kind::tmpfs:
      key.add(name, fmt::format("tmpfs {} size={}", mount.target, mount.size));
      return;
    case Mount::Kind::ssh:
      key.add(name, fmt::format("ssh {}", mount.target));
      return;
  }
}

KeyHasher fields(const Base& base) {
  KeyHasher key("base", 1);
  key.add("from", name_of(base.kind));
  if (!base.reference.empty()) key.add("reference", base.reference);
  if (!base.name.empty()) key.add("name", base.name);
  if (base.kind == Base::Kind::debian) {
    key.add("suite", base.suite).add("mirror", base.mirror).add("packages", base.packages);
  }
  return key;
}

KeyHasher fields(const Run& run) {
  KeyHasher key("run", 1);
  key.add("argv", run.argv);
  for (const auto& [name, value] : run.env) key.add("env." + name, value);
  key.add("cwd", run.cwd).add("user", run.user).add("out", run.out);
  key.add("network", run.network ? "host" : "none");
  const Limits& limits = run.limits;
  key.add("limits", fmt::format("memory={} cpus={} pids={} timeout={}", limits.memory, limits.cpus,
                                limits.pids, limits.timeout_ms));
  for (size_t i = 0; i < run.mounts.size(); ++i) add_mount(key, run.mounts[i], fmt::format("mounts[{}]", i));
  for (const auto& [name, address] : run.hosts) key.add("hosts." + name, address);
  if (run.script)
    key.add("script", fmt::format("{} {}", run.script->path, Digest::of(run.script->text).str()));
  return key;
}

KeyHasher fields(const Copy& copy) {
  KeyHasher key("copy", 1);
  for (size_t i = 0; i < copy.items.size(); ++i) {
    const CopyItem& item = copy.items[i];
    std::string mode = item.mode ? fmt::format("{:o}", *item.mode) : "";
    key.add(fmt::format("items[{}]", i),
            fmt::format("{} to={} owner={}:{} {}:{} mode={}", placement(item.source), item.to, item.owner.uid,
                        item.owner.gid, item.owner.user, item.owner.group, mode));
  }
  return key;
}

KeyHasher fields(const Place& place) {
  KeyHasher key("place", 1);
  for (size_t i = 0; i < place.items.size(); ++i) {
    const PlaceItem& item = place.items[i];
    key.add(fmt::format("items[{}]", i), fmt::format("{} to={} name={} unpack={}", placement(item.source),
                                                     place.to, item.name, item.unpack));
  }
  key.add("owner", place.owner).add("mode", place.mode).add("exclude", place.exclude);
  key.add("parents", place.parents ? "yes" : "no").add("link", place.link ? "yes" : "no");
  return key;
}

KeyHasher fields(const MakeDirectory& directory) {
  KeyHasher key("directory", 1);
  key.add("path", directory.path).add("owner", directory.owner);
  return key;
}

KeyHasher fields(const AddUser& user) {
  auto number = [](std::optional<uint32_t> id) { return id ? std::to_string(*id) : std::string(); };
  KeyHasher key("user", 1);
  key.add("name", user.name).add("uid", number(user.uid)).add("gid", number(user.gid));
  key.add("group", user.group).add("home", user.home).add("shell", user.shell);
  return key;
}

KeyHasher fields(const Subtree& tree) {
  KeyHasher key("tree", 1);
  key.add("path", tree.path).add("to", tree.to);
  return key;
}

KeyHasher fields(const Difference&) {
  return {"diff", 1};
}

KeyHasher fields(const Fetch& fetch) {
  KeyHasher key("fetch", 1);
  // The content is known by its digest: a new address for it is no new input.
  key.add("sha256", fetch.sha256)
      .add("unpack", fetch.unpack ? "yes" : "no")
      .add("strip", int64_t{fetch.strip});
  return key;
}

}  // namespace

KeyHasher own_fields(const Operation& op) {
  return std::visit([](const auto& operation) { return fields(operation); }, op);
}

std::string shape_of(const Operation& op) {
  return own_fields(op).finish().digest.hex();
}

}  // namespace tierbuild::graph
