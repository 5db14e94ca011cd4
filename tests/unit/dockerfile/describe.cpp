#include "describe.hpp"

#include <nlohmann/json.hpp>

#include "base/strings.hpp"

namespace tierbuild::dockerfile {
namespace {

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump();
}
std::string quoted(const std::vector<std::string>& texts) {
  return nlohmann::json(texts).dump();
}

std::string named(const Build& build, size_t index) {
  const std::string& name = build.stages[index].name;
  return fmt::format("stage {}{}", index, name.empty() ? "" : " " + name);
}

std::string describe(const Build& build, const Origin& origin) {
  if (std::holds_alternative<FromScratch>(origin)) return "scratch";
  if (std::holds_alternative<FromContext>(origin)) return "context";
  if (const auto* stage = std::get_if<FromStage>(&origin)) return named(build, stage->index);
  if (const auto* named = std::get_if<FromNamed>(&origin)) return "context " + named->name;
  const auto& image = std::get<FromImage>(origin);
  return fmt::format("image {} {}", image.reference, image.platform.str());
}

std::string describe(const Build& build, const ResolvedMount& resolved) {
  constexpr const char* kTypes[] = {"bind", "cache", "tmpfs", "secret", "ssh"};
  constexpr const char* kSharings[] = {"shared", "private", "locked"};
  const Mount& mount = resolved.mount;
  std::string out = fmt::format("    {}{} {} from {}", kTypes[static_cast<size_t>(mount.type)],
                                mount.read_only ? " ro" : "", mount.target, describe(build, resolved.from));
  auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) out += fmt::format(" {}={}", name, value);
  };
  add("source", mount.source);
  add("id", mount.id);
  if (mount.sharing) add("sharing", kSharings[static_cast<size_t>(*mount.sharing)]);
  if (mount.size != 0) add("size", std::to_string(mount.size));
  if (mount.env) add("env", *mount.env);
  if (mount.mode) add("mode", fmt::format("{:o}", *mount.mode));
  if (mount.uid) add("uid", std::to_string(*mount.uid));
  if (mount.gid) add("gid", std::to_string(*mount.gid));
  if (mount.required) out += " required";
  return out + "\n";
}

std::string describe(const Build& build, const RunOperation& run) {
  std::string out = "run " + quoted(run.argv);
  if (run.cwd != "/") out += " in " + run.cwd;
  if (!run.user.empty()) out += " as " + run.user;
  if (run.network == Run::Network::none) out += " network=none";
  if (run.network == Run::Network::host) out += " network=host";
  if (run.security == Run::Security::insecure) out += " insecure";
  for (const std::string& device : run.devices) out += " device=" + device;
  out += "\n";
  for (const auto& [name, value] : run.env)
    if (name != "PATH") out += fmt::format("    {}={}\n", name, quoted(value));
  if (run.script) out += fmt::format("    script {} {}\n", run.script->path, quoted(run.script->text));
  for (const ResolvedMount& mount : run.mounts) out += describe(build, mount);
  return out;
}

std::string describe(const Build& build, const CopyOperation& copy) {
  std::string out = copy.verb == Copy::Verb::add ? "add" : "copy";
  if (!copy.sources.empty()) out += " " + quoted(copy.sources) + " from " + describe(build, copy.from);
  out += " to " + copy.to;
  if (!copy.owner.empty()) out += " owner=" + copy.owner;
  if (!copy.mode.empty()) out += " mode=" + copy.mode;
  if (copy.link) out += " link";
  if (copy.parents) out += " parents";
  if (copy.keep_git_dir) out += fmt::format(" keep-git-dir={}", *copy.keep_git_dir);
  if (copy.unpack) out += fmt::format(" unpack={}", *copy.unpack);
  if (!copy.checksum.empty()) out += " checksum=" + copy.checksum;
  if (!copy.exclude.empty()) out += " exclude=" + quoted(copy.exclude);
  out += "\n";
  for (const auto& text : copy.texts) out += fmt::format("    {} {}\n", text.name, quoted(text.text));
  return out;
}

std::string describe(const Build&, const DirectoryOperation& directory) {
  return fmt::format("mkdir {}{}\n", directory.path,
                     directory.owner.empty() ? "" : " owner=" + directory.owner);
}

std::string describe(const image::Config& config) {
  std::string out;
  auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) out += fmt::format("  {} {}\n", name, value);
  };
  auto list = [&](const char* name, const std::vector<std::string>& values) {
    if (!values.empty()) add(name, quoted(values));
  };
  for (const std::string& entry : config.env)
    if (!entry.starts_with("PATH=/usr/local/sbin")) add("env", quoted(entry));
  for (const auto& [name, value] : config.labels) add("label", quoted(name + "=" + value));
  add("user", config.user);
  add("workdir", config.workdir == "/" ? "" : config.workdir);
  list("entrypoint", config.entrypoint);
  list("cmd", config.cmd);
  list("shell", config.shell);
  list("onbuild", config.on_build);
  list("expose", {config.exposed.begin(), config.exposed.end()});
  list("volume", {config.volumes.begin(), config.volumes.end()});
  add("stopsignal", config.stop_signal);
  add("author", config.author);
  if (config.healthcheck) {
    const image::Healthcheck& check = *config.healthcheck;
    add("healthcheck",
        fmt::format("{} {} {} {} {} {}", quoted(check.test), check.interval_ns, check.timeout_ns,
                    check.start_period_ns, check.start_interval_ns, check.retries));
  }
  return out;
}

}  // namespace

std::string describe(const CheckFinding& finding) {
  return fmt::format("{}:{} {}: {}", finding.where.line, finding.where.column, finding.rule, finding.message);
}

std::string describe(const Build& build) {
  std::string out;
  for (size_t i = 0; i < build.stages.size(); ++i) {
    const BuiltStage& stage = build.stages[i];
    out += fmt::format("{}: {}", named(build, i), describe(build, stage.base));
    bool image = std::holds_alternative<FromImage>(stage.base);  // which has its platform
    out += image ? "\n" : fmt::format(" {}\n", stage.platform.str());
    for (const Operation& operation : stage.operations)
      out += "  " + std::visit([&](const auto& what) { return describe(build, what); }, operation.what);
    if (i + 1 == build.stages.size()) out += describe(stage.config);
  }
  for (const CheckFinding& finding : build.findings) out += "! " + describe(finding) + "\n";
  return out;
}

}  // namespace tierbuild::dockerfile
