#include "import/step_text.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "dockerfile/stage_build.hpp"
#include "image/reference.hpp"
#include "import/lua_text.hpp"
#include "import/script.hpp"

namespace tierbuild::imports {
namespace {

using dockerfile::Mount;
using dockerfile::Origin;
using Words = std::vector<std::string>;

constexpr size_t kIndent = 4, kWidth = 110;

// `name { first, a = 1, b = 2 }`, with a line for each field if it is long.
std::string call(const std::string& name, const Words& items, const Fields& fields, size_t indent = kIndent) {
  Words parts = items;
  bool is_broken = false;
  for (const auto& [field, value] : fields) {
    parts.push_back(field + " = " + value);
    is_broken = is_broken || value.find('\n') != std::string::npos;
  }
  std::string line = name + " { " + join(parts, ", ") + " }";
  for (std::string_view one : split(line, '\n')) is_broken = is_broken || one.size() + indent > kWidth;
  if (!is_broken) return line;
  std::string margin = "\n" + std::string(indent + 2, ' ');
  std::string out = name + " {" + (items.empty() ? "" : margin + join(items, ", ") + ",");
  for (const auto& [field, value] : fields) out += fmt::format("{}{} = {},", margin, field, value);
  return out + "\n" + std::string(indent, ' ') + "}";
}

std::string familiar(const std::string& reference) {
  auto parsed = image::Reference::parse(reference);
  return parsed ? parsed->familiar() : reference;
}

bool is_shell(const Words& argv) {
  if (argv.size() < 3) return false;
  std::string program = argv[0].substr(argv[0].rfind('/') + 1);
  static const std::set<std::string> kShells = {"sh", "bash", "dash", "ash", "zsh", "ksh"};
  const std::string& last = argv[argv.size() - 2];
  return kShells.contains(program) && last.starts_with('-') && last.ends_with('c');
}

}  // namespace

Env env_of_step(const dockerfile::RunOperation& run, const Env& base, const Env& all_steps) {
  Env own;
  for (const auto& [name, value] : run.env) {
    auto here = all_steps.find(name), below = base.find(name);
    const std::string* known = here != all_steps.end() ? &here->second
                               : below != base.end()   ? &below->second
                                                       : nullptr;
    if (known == nullptr || *known != value) own.emplace(name, value);
  }
  return own;
}

std::string StepText::step(const Node& node, const Around& around) const {
  return std::visit([&](const auto& what) { return write(what, node, around); }, node.operation->what);
}

std::string StepText::image(const Origin& origin, const Placed& placed) const {
  if (const auto* stage = std::get_if<dockerfile::FromStage>(&origin))
    return variable_(plan_.files.at(placed.ends[stage->index]));
  if (const auto* image = std::get_if<dockerfile::FromImage>(&origin))
    return lua_quote(familiar(image->reference));
  if (std::holds_alternative<dockerfile::FromScratch>(origin)) return "image.scratch()";
  const auto* named = std::get_if<dockerfile::FromNamed>(&origin);
  if (named == nullptr) return {};
  const NamedContext& context = placed.translation.contexts.at(named->name);
  if (const auto* other = std::get_if<OtherTarget>(&context))
    return variable_(plan_.by_request.at(other->name));
  if (const auto* image = std::get_if<OtherImage>(&context)) return lua_quote(familiar(image->reference));
  return {};
}

// `context = 'dir'`, where it is not the directory of the Buildfile.
std::string StepText::directory(const Origin& origin, const Placed& placed) const {
  const Directory* directory = &placed.translation.context;
  if (const auto* named = std::get_if<dockerfile::FromNamed>(&origin))
    directory = &std::get<Directory>(placed.translation.contexts.at(named->name));
  std::string out = lua_quote(directory->path);
  if (directory->ignore) out += ", ignore = " + lua_list(*directory->ignore, 6);
  return out;
}

std::string StepText::write(const dockerfile::RunOperation& run, const Node& node,
                            const Around& around) const {
  Fields fields;
  std::string name = "run";
  Words items;
  if (is_shell(run.argv)) {
    name = "sh";
    const std::string& script = run.argv.back();
    items = {lua_text(in_lines(script, "      "))};
    Words shell(run.argv.begin(), run.argv.end() - 1);
    if (shell != Words{"/bin/sh", "-c"}) fields.emplace_back("shell", lua_list(shell, 6));
    if (!is_plain(script)) fields.emplace_back("strict", "false");
  } else {
    for (const std::string& word : run.argv) items.push_back(lua_text(word));
  }
  using Network = dockerfile::Run::Network;
  bool alone = node.of->translation.request->network == dockerfile::Request::Network::none;
  if (run.network == Network::host || (run.network == Network::standard && !alone))
    fields.emplace_back("network", "true");
  Env env = env_of_step(run, around.base, around.env);
  if (!env.empty()) fields.emplace_back("env", around.table(env));
  if (!run.user.empty()) fields.emplace_back("user", lua_quote(run.user));
  if (run.cwd != around.workdir) fields.emplace_back("cwd", lua_quote(run.cwd));
  Words mounts;
  int agents = 0;
  for (const dockerfile::ResolvedMount& resolved : run.mounts)
    mounts.push_back(mount(resolved, node, agents));
  std::string all = "{ " + join(mounts, ", ") + " }";
  if (all.size() + 20 > kWidth || all.find('\n') != std::string::npos)
    all = "{\n        " + join(mounts, ",\n        ") + ",\n      }";
  if (!mounts.empty()) fields.emplace_back("mounts", std::move(all));
  return call(name, items, fields);
}

std::string StepText::mount(const dockerfile::ResolvedMount& resolved, const Node& node, int& agents) const {
  const Mount& mount = resolved.mount;
  Fields fields;
  auto owner = [&](uint32_t mode) {
    if (mount.uid.value_or(0) != 0) fields.emplace_back("uid", std::to_string(*mount.uid));
    if (mount.gid.value_or(0) != 0) fields.emplace_back("gid", std::to_string(*mount.gid));
    if (mount.mode.value_or(mode) != mode) fields.emplace_back("mode", fmt::format("'{:04o}'", *mount.mode));
  };
  std::string target = mount.target;
  switch (mount.type) {
    case Mount::Type::cache: {
      fields.emplace_back("target", lua_quote(target));
      std::string id = mount.id;
      if (mount.uid || mount.gid || mount.mode)
        id += fmt::format(":{}:{}:{:o}", mount.uid.value_or(0), mount.gid.value_or(0),
                          mount.mode.value_or(0755));
      if (id != target) fields.emplace_back("id", lua_quote(id));
      if (mount.sharing == Mount::Sharing::locked) fields.emplace_back("sharing", "'locked'");
      if (mount.sharing == Mount::Sharing::private_) fields.emplace_back("sharing", "'private'");
      owner(0755);
      return call("cache.mount", {}, fields, 8);
    }
    case Mount::Type::secret:
      fields.emplace_back("id", lua_quote(mount.id));
      if (mount.env && !mount.env->empty()) fields.emplace_back("env", lua_quote(*mount.env));
      if (!target.empty() && target != "/run/secrets/" + mount.id)
        fields.emplace_back("target", lua_quote(target));
      if (!mount.required) fields.emplace_back("required", "false");
      owner(0400);
      return call("secret.mount", {}, fields, 8);
    case Mount::Type::ssh:
      if (target.empty()) target = fmt::format("/run/buildkit/ssh_agent.{}", agents);
      ++agents;
      if (mount.id != "default") fields.emplace_back("id", lua_quote(mount.id));
      fields.emplace_back("target", lua_quote(target));
      if (!mount.required) fields.emplace_back("required", "false");
      owner(0600);
      return call("ssh.mount", {}, fields, 8);
    case Mount::Type::tmpfs:
      fields.emplace_back("target", lua_quote(target));
      if (mount.size != 0) fields.emplace_back("size", lua_quote(std::to_string(mount.size)));
      fields.emplace_back("mode", "'0755'");
      return call("tmpfs.mount", {}, fields, 8);
    case Mount::Type::bind: {
      std::string path = dockerfile::clean_path("/", mount.source);
      std::string from = image(resolved.from, *node.of);
      if (from.empty()) {
        fields.emplace_back("context", directory(resolved.from, *node.of));
        if (path != "/") fields.emplace_back("source", lua_quote(path.substr(1)));
      } else {
        if (from.starts_with('\'')) from = "image.from(" + from + ")";
        fields.emplace_back("from", from);
        if (path != "/") fields.emplace_back("source", lua_quote(path));
      }
      fields.emplace_back("target", lua_quote(target));
      if (!mount.read_only) fields.emplace_back("writable", "true");
      return call("bind.mount", {}, fields, 8);
    }
  }
  return {};
}

std::string StepText::write(const dockerfile::CopyOperation& copy, const Node& node, const Around&) const {
  Fields fields;
  Words items;
  for (const std::string& path : copy.sources) items.push_back(lua_text(path));
  std::string from = image(copy.from, *node.of);
  if (!from.empty()) {
    fields.emplace_back("from", from);
  } else if (std::string context = directory(copy.from, *node.of); context != "'.'" && !items.empty()) {
    fields.emplace_back("context", context);
  }
  if (!copy.texts.empty()) {
    Words texts;
    for (const auto& text : copy.texts)
      texts.push_back(fmt::format("[{}] = {}", lua_quote(text.name), lua_text(text.text)));
    fields.emplace_back("texts", "{ " + join(texts, ", ") + " }");
  }
  fields.emplace_back("to", lua_quote(copy.to));
  if (!copy.owner.empty()) fields.emplace_back("owner", lua_quote(copy.owner));
  if (!copy.mode.empty()) fields.emplace_back("mode", lua_quote(copy.mode));
  if (!copy.exclude.empty()) fields.emplace_back("exclude", lua_list(copy.exclude, 6));
  if (copy.link) fields.emplace_back("link", "true");
  if (copy.parents) fields.emplace_back("parents", "true");
  bool adds = copy.verb == dockerfile::Copy::Verb::add;
  if (adds && copy.unpack.value_or(true) && !items.empty()) fields.emplace_back("unpack", "true");
  return call("place", items, fields);
}

std::string StepText::write(const dockerfile::DirectoryOperation& directory, const Node&,
                            const Around&) const {
  Fields fields;
  if (!directory.owner.empty()) fields.emplace_back("owner", lua_quote(directory.owner));
  return call("directory", {lua_quote(directory.path)}, fields);
}

}  // namespace tierbuild::imports
