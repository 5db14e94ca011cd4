#include "import/sayable.hpp"

#include "base/strings.hpp"
#include "dockerfile/remote.hpp"

namespace tierbuild::imports {
namespace {

using dockerfile::CopyOperation;
using dockerfile::DirectoryOperation;
using dockerfile::Mount;
using dockerfile::Origin;
using dockerfile::RunOperation;

bool has_odd_characters(const std::string& text) {
  return text.find('\0') != std::string::npos || text.find('\x1f') != std::string::npos;
}

bool is_user(const std::string& text) {
  std::vector<std::string_view> parts = split(text, ':');
  if (parts.size() > 2) return false;
  for (std::string_view part : parts) {
    if (part.empty() || part.find_first_of(" /\t\n\r") != std::string_view::npos) return false;
    if (part.find_first_not_of("0123456789") == std::string_view::npos && part.size() > 9) return false;
  }
  return true;
}

std::optional<std::string> unsayable(const dockerfile::ResolvedMount& resolved) {
  const Mount& mount = resolved.mount;
  if (mount.type == Mount::Type::cache && !mount.from.empty()) return "a cache mount with 'from'";
  if (mount.type == Mount::Type::cache && mount.read_only) return "a cache mount that is read-only";
  if (mount.type == Mount::Type::secret && mount.env && !mount.target.empty())
    return "a secret that is a file and a variable";
  return std::nullopt;
}

std::optional<std::string> unsayable(const RunOperation& run) {
  if (run.argv.empty() || run.argv[0].empty()) return "a command without words";
  if (run.script) return "a heredoc with an interpreter of its own";
  if (run.security == dockerfile::Run::Security::insecure) return "RUN --security=insecure";
  if (!run.devices.empty()) return "RUN --device";
  if (!run.user.empty() && !is_user(run.user)) return fmt::format("the user '{}'", run.user);
  for (const std::string& word : run.argv)
    if (has_odd_characters(word)) return "a command with control characters";
  for (const auto& [name, value] : run.env)
    if (name.empty() || name.find('=') != std::string::npos || has_odd_characters(value))
      return fmt::format("the variable '{}'", name);
  for (const dockerfile::ResolvedMount& mount : run.mounts)
    if (auto what = unsayable(mount)) return what;
  return std::nullopt;
}

std::optional<std::string> unsayable(const CopyOperation& copy) {
  for (const std::string& path : copy.sources)
    if (dockerfile::kind_of(path) != dockerfile::SourceKind::path) return "ADD of an address";
  if (copy.keep_git_dir || !copy.checksum.empty()) return "ADD with --keep-git-dir or --checksum";
  std::set<std::string> names;
  for (const CopyOperation::Text& text : copy.texts)
    if (!names.insert(text.name).second || text.name.empty()) return "heredocs of the same name";
  if (std::holds_alternative<dockerfile::FromScratch>(copy.from)) return "COPY --from=scratch";
  return std::nullopt;
}

std::optional<std::string> unsayable(const DirectoryOperation& directory) {
  if (has_odd_characters(directory.path)) return "a directory with control characters";
  return std::nullopt;
}

// Length and text: no two lists of texts look alike.
void add(std::string& out, std::string_view text) {
  out += fmt::format("{}:{};", text.size(), text);
}

struct WriteOperation {
  const OriginText& origin;
  std::string out = {};

  void operator()(const RunOperation& run) {
    out += "run ";
    for (const std::string& word : run.argv) add(out, word);
    out += "env ";
    for (const auto& [name, value] : run.env) add(out, name + "=" + value);
    add(out, run.cwd);
    add(out, run.user);
    out += fmt::format("{} ", static_cast<int>(run.network));
    for (const dockerfile::ResolvedMount& resolved : run.mounts) {
      const Mount& mount = resolved.mount;
      out += fmt::format("mount {} {} {} {} {} {} {} {} ", static_cast<int>(mount.type), mount.read_only,
                         mount.required, mount.sharing ? static_cast<int>(*mount.sharing) : -1, mount.size,
                         mount.mode.value_or(UINT32_MAX), mount.uid.value_or(UINT32_MAX),
                         mount.gid.value_or(UINT32_MAX));
      for (const std::string* text : {&mount.source, &mount.target, &mount.id}) add(out, *text);
      add(out, mount.env.value_or(""));
      add(out, origin(resolved.from));
    }
  }
  void operator()(const CopyOperation& copy) {
    out += fmt::format("copy {} {} {} {} ", static_cast<int>(copy.verb), copy.link, copy.parents,
                       copy.unpack ? static_cast<int>(*copy.unpack) : -1);
    add(out, origin(copy.from));
    for (const std::string& path : copy.sources) add(out, path);
    out += "texts ";
    for (const CopyOperation::Text& text : copy.texts) add(out, text.name + "=" + text.text);
    for (const std::string* text : {&copy.to, &copy.owner, &copy.mode}) add(out, *text);
    for (const std::string& pattern : copy.exclude) add(out, pattern);
  }
  void operator()(const DirectoryOperation& directory) {
    out += "directory ";
    add(out, directory.path);
    add(out, directory.owner);
  }
};

}  // namespace

Status check_sayable(const dockerfile::BuiltStage& stage, const dockerfile::File& file,
                     const Translation& translation) {
  auto fail = [&](const std::string& what, const dockerfile::Range& where) {
    return Error(Code::invalid, what).at(file.at(where));
  };
  if (!stage.config.on_build.empty()) return fail("ONBUILD", stage.where);
  if (stage.platform != translation.platform) return fail("FROM --platform", stage.where);
  for (const dockerfile::Operation& operation : stage.operations)
    if (auto what = std::visit([](const auto& op) { return unsayable(op); }, operation.what))
      return fail(*what, operation.where);
  return {};
}

Status check_config(const image::Config& config, const Location& where) {
  auto fail = [&](const std::string& what) { return Error(Code::invalid, what).at(where); };
  if (!config.user.empty() && !is_user(config.user)) return fail(fmt::format("the user '{}'", config.user));
  if (!config.workdir.empty() && !config.workdir.starts_with('/'))
    return fail(fmt::format("the directory '{}'", config.workdir));
  if (config.healthcheck) {
    const image::Healthcheck& check = *config.healthcheck;
    constexpr int64_t kMillisecond = 1'000'000;
    bool fine = check.interval_ns % kMillisecond != 0 || check.timeout_ns % kMillisecond != 0 ||
                check.start_period_ns % kMillisecond != 0;
    bool none = !check.test.empty() && check.test[0] == "NONE";
    bool timed = check.interval_ns + check.timeout_ns + check.start_period_ns + check.retries > 0;
    if (check.start_interval_ns != 0) return fail("HEALTHCHECK --start-interval");
    if (fine || check.retries > 1000 || check.test.empty() || (none && timed)) return fail("its HEALTHCHECK");
    if (!none && check.test[0] != "CMD" && check.test[0] != "CMD-SHELL") return fail("its HEALTHCHECK");
    if (check.test[0] == "CMD-SHELL" && check.test.size() != 2) return fail("its HEALTHCHECK");
  }
  for (const auto& [name, value] : config.labels)
    if (name.empty() || has_odd_characters(value) || value.empty() || value == "{name}" || value == "{doc}" ||
        value == "{version}")
      return fail(fmt::format("the label '{}'", name));
  for (const std::string& entry : config.env) {
    size_t equals = entry.find('=');
    if (equals == 0 || equals == std::string::npos || has_odd_characters(entry))
      return fail(fmt::format("the variable '{}'", entry));
  }
  for (const std::string& port : config.exposed) {
    size_t slash = port.find('/');
    std::string number = port.substr(0, slash),
                protocol = slash == std::string::npos ? "" : port.substr(slash + 1);
    bool good = !number.empty() && number.size() < 6 &&
                number.find_first_not_of("0123456789") == std::string::npos && number[0] != '0' &&
                std::stoi(number) < 65536 && (protocol == "tcp" || protocol == "udp" || protocol == "sctp");
    if (!good) return fail(fmt::format("the port '{}'", port));
  }
  return {};
}

Status check_above(const image::Config& base, const image::Config& config, const Location& where) {
  auto fail = [&](const char* what) {
    return Error::make(Code::invalid, "it takes away the {} of its base image", what).at(where);
  };
  if (config.entrypoint.empty() && !base.entrypoint.empty()) return fail("entrypoint");
  if (config.cmd.empty() && !base.cmd.empty() && config.entrypoint == base.entrypoint) return fail("command");
  if (config.user.empty() && !base.user.empty()) return fail("user");
  if (config.workdir.empty() && !base.workdir.empty()) return fail("directory");
  if (config.shell.empty() && !base.shell.empty()) return fail("shell");
  if (config.author.empty() && !base.author.empty()) return fail("author");
  if (!config.healthcheck && base.healthcheck) return fail("health check");
  return {};
}

std::string operation_text(const dockerfile::Operation& operation, const OriginText& origin) {
  WriteOperation write{origin};
  std::visit(write, operation.what);
  return std::move(write.out);
}

std::string origin_text(const Origin& origin) {
  if (const auto* stage = std::get_if<dockerfile::FromStage>(&origin))
    return fmt::format("stage {}", stage->index);
  if (const auto* image = std::get_if<dockerfile::FromImage>(&origin)) return "image " + image->reference;
  if (const auto* named = std::get_if<dockerfile::FromNamed>(&origin)) return "named " + named->name;
  return std::holds_alternative<dockerfile::FromScratch>(origin) ? "scratch" : "context";
}

}  // namespace tierbuild::imports
