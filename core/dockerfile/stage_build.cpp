#include "dockerfile/stage_build.hpp"

#include "base/strings.hpp"
#include "dockerfile/file_mode.hpp"
#include "dockerfile/ports.hpp"
#include "dockerfile/remote.hpp"
#include "dockerfile/statement.hpp"
#include "dockerfile/stop_signal.hpp"

namespace tierbuild::dockerfile {
namespace {

constexpr const char* kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// One instruction at work; a member for each.
class Evaluation {
 public:
  Evaluation(const Instruction& instruction, const StageContext& context, StageState& state,
             BuiltStage& stage, std::map<std::string, Range>& seen_once)
      : instruction_(instruction), context_(context), state_(state), stage_(stage), seen_once_(seen_once) {}

  Status operator()(const From&) { return {}; }

  Status operator()(const Arg& arg) {
    for (const Arg::Item& item : arg.items) {
      const std::string& name = item.name.text;
      if (sounds_secret(name)) report_secret("ARG", item.name);
      std::optional<std::string> value;
      if (auto given = context_.options.args.find(name); given != context_.options.args.end()) {
        value = given->second;
      } else if (item.value) {
        TB_LET(value, replaced(*item.value));
      } else {
        value = context_.globals.get(name);
      }
      if (value) state_.scope.set(name, *value);
      state_.args.insert(name);
    }
    return {};
  }

  Status operator()(const Env& env) {
    TB_LET(auto pairs, pairs_of(env.items));
    for (size_t i = 0; i < pairs.size(); ++i) {
      if (sounds_secret(pairs[i].first)) report_secret("ENV", env.items[i].key);
      state_.config.set_env(pairs[i].first, pairs[i].second);
      state_.scope.set(pairs[i].first, pairs[i].second);
    }
    return {};
  }

  Status operator()(const Label& label) {
    TB_LET(auto pairs, pairs_of(label.items));
    for (auto& [name, value] : pairs) state_.config.labels[name] = std::move(value);
    return {};
  }

  Status operator()(const Maintainer& maintainer) {
    state_.config.author = maintainer.text.text;
    return {};
  }

  Status operator()(const Run& run) {
    RunOperation out;
    TB_LET(out.argv, run_argv(run.command, out));
    out.env = state_.scope.values();
    out.cwd = workdir();
    out.user = state_.config.user;
    out.network = run.network;
    out.security = run.security;
    for (const Word& device : run.devices) out.devices.push_back(device.text);
    for (const Word& mount : run.mounts) {
      TB_LET(ResolvedMount resolved, resolve(mount));
      out.mounts.push_back(std::move(resolved));
    }
    add(std::move(out));
    return {};
  }

  Status operator()(const Copy& copy) {
    CopyOperation out;
    out.verb = copy.verb;
    const char* verb = copy.verb == Copy::Verb::add ? "Add" : "Copy";
    if (copy.from) {
      TB_LET(out.from, context_.find(*copy.from));
    }
    for (const Word& source : copy.sources) {
      TB_LET(std::string path, replaced(source));
      SourceKind kind = kind_of(path);
      if (kind != SourceKind::path && copy.verb == Copy::Verb::copy)
        return Error::make(Code::invalid, "COPY cannot fetch '{}'", path)
            .at(context_.file.at(source.range))
            .hint("ADD can");
      std::string inside = clean_path("/", path).substr(1);
      bool in_context = !copy.from && kind == SourceKind::path && !inside.empty();
      if (in_context && context_.options.ignored && context_.options.ignored(inside))
        context_.checks.report(
            "CopyIgnoredFile", source.range,
            fmt::format("Attempting to {} file \"{}\" that is excluded by .dockerignore", verb, path));
      out.sources.push_back(std::move(path));
    }
    for (const Heredoc& text : copy.texts) {
      std::string content = text.text();
      if (text.expands) {
        Word whole{content, text.range};
        TB_LET(Expansion expansion,
               state_.scope.expand(whole, context_.file, {.quotes = WordRules::Quotes::ordinary}));
        report_unset(expansion, text.range);
        content = std::move(expansion.text);
      }
      out.texts.push_back({text.name, std::move(content)});
    }
    TB_LET(std::string to, replaced(copy.to));
    out.to = clean_path(workdir(), to);
    bool directory = to.empty() || to == "." || to.ends_with('/') || to.ends_with("/.");
    if (directory && !out.to.ends_with('/')) out.to += '/';
    TB_LET(out.owner, replaced(copy.chown));
    TB_LET(out.mode, replaced(copy.chmod));
    TB_LET(out.checksum, replaced(copy.checksum));
    if (!out.mode.empty()) {
      Result<FileMode> mode = FileMode::parse(out.mode);
      if (!mode) return std::move(mode).error().at(context_.file.at(copy.chmod->range));
    }
    bool one_remote = out.sources.size() == 1 && kind_of(out.sources[0]) != SourceKind::path;
    if (!out.checksum.empty() && !one_remote)
      return Error(Code::invalid, "--checksum needs one source, which is a URL or a repository")
          .at(context_.file.at(copy.checksum->range));
    for (const Word& pattern : copy.exclude) out.exclude.push_back(pattern.text);
    out.link = copy.link;
    out.parents = copy.parents;
    out.keep_git_dir = copy.keep_git_dir;
    out.unpack = copy.unpack;
    add(std::move(out));
    return {};
  }

  Status operator()(const Cmd& cmd) {
    report_second("CMD");
    TB_LET(state_.config.cmd, image_argv(cmd.command));
    return {};
  }

  Status operator()(const Entrypoint& entrypoint) {
    report_second("ENTRYPOINT");
    TB_LET(state_.config.entrypoint, image_argv(entrypoint.command));
    if (!seen_once_.contains("CMD")) state_.config.cmd.clear();  // that of the base belongs to its entrypoint
    return {};
  }

  Status operator()(const Shell& shell) {
    state_.config.shell = shell.words;
    return {};
  }

  Status operator()(const Expose& expose) {
    for (const Word& word : expose.ports) {
      TB_LET(Expansion expansion, state_.scope.expand(word, context_.file));
      for (const std::string& text : expansion.words) {
        Result<ExposedPorts> ports = parse_port(text);
        if (!ports) return std::move(ports).error().at(context_.file.at(word.range));
        if (ports->upper_case)
          context_.checks.report(
              "ExposeProtoCasing", word.range,
              fmt::format("Defined protocol '{}' in EXPOSE instruction should be lowercase", text));
        if (ports->for_host)
          context_.checks.report(
              "ExposeInvalidFormat", word.range,
              fmt::format("EXPOSE instruction should not define an IP address or host-port "
                          "mapping, found '{}'",
                          text));
        state_.config.exposed.insert(ports->ports.begin(), ports->ports.end());
      }
    }
    return {};
  }

  Status operator()(const User& user) {
    TB_LET(state_.config.user, replaced(user.user));
    return {};
  }

  Status operator()(const Volume& volume) {
    for (const Word& word : volume.paths) {
      TB_LET(std::string path, replaced(word));
      if (path.empty())
        return Error(Code::invalid, "a path of VOLUME is empty").at(context_.file.at(word.range));
      state_.config.volumes.insert(std::move(path));
    }
    return {};
  }

  Status operator()(const Workdir& workdir_word) {
    TB_LET(std::string path, replaced(workdir_word.path));
    if (!state_.workdir_set && !path.starts_with('/'))
      context_.checks.report(
          "WorkdirRelativePath", workdir_word.path.range,
          fmt::format("Relative workdir \"{}\" can have unexpected results if the base image changes", path));
    state_.workdir_set = true;
    std::string directory = clean_path(workdir(), path);
    state_.config.workdir = path.starts_with('/') ? path : directory;  // BuildKit leaves it as it is written
    if (directory != "/") add(DirectoryOperation{std::move(directory), state_.config.user});
    return {};
  }

  Status operator()(const StopSignal& stop) {
    TB_LET(std::string signal, replaced(stop.signal));
    if (!is_signal(signal))
      return Error::make(Code::invalid, "'{}' is no signal", signal).at(context_.file.at(stop.signal.range));
    state_.config.stop_signal = std::move(signal);
    return {};
  }

  Status operator()(const HealthCheck& check) {
    report_second("HEALTHCHECK");
    state_.config.healthcheck = check.check;
    return {};
  }

  Status operator()(const Onbuild& onbuild) {
    state_.config.on_build.push_back(onbuild.trigger);
    state_.onbuild.push_back(onbuild.trigger);
    return {};
  }

 private:
  std::string workdir() const { return clean_path("/", state_.config.workdir); }

  template <class T>
  void add(T operation) {
    stage_.operations.push_back({std::move(operation), instruction_.text, instruction_.range});
  }

  void report_unset(const Expansion& expansion, const Range& where) {
    for (const std::string& name : expansion.unset) {
      bool special = name.starts_with("BUILDKIT_SBOM_SCAN_");
      if (special || state_.args.contains(name)) continue;
      auto near = suggest(name, state_.scope.names());
      context_.checks.report("UndefinedVar", where,
                             fmt::format("Usage of undefined variable '${}'{}", name,
                                         near ? fmt::format(" (did you mean ${}?)", *near) : ""));
    }
  }

  void report_secret(std::string_view verb, const Word& name) {
    context_.checks.report(
        "SecretsUsedInArgOrEnv", name.range,
        fmt::format("Do not use ARG or ENV instructions for sensitive data ({} \"{}\")", verb, name.text));
  }

  void report_second(const char* name) {
    auto [earlier, first] = seen_once_.try_emplace(name, instruction_.range);
    if (!first)
      context_.checks.report(
          "MultipleInstructionsDisallowed", earlier->second,
          fmt::format("Multiple {} instructions should not be used in the same stage because "
                      "only the last one will be used",
                      name));
    earlier->second = instruction_.range;
  }

  Result<std::string> replaced(const Word& word) {
    TB_LET(Expansion expansion, state_.scope.expand(word, context_.file));
    report_unset(expansion, word.range);
    return std::move(expansion.text);
  }
  Result<std::string> replaced(const std::optional<Word>& word) {
    if (!word) return std::string();
    return replaced(*word);
  }

  // All values see the variables as they were in front of the instruction.
  Result<std::vector<std::pair<std::string, std::string>>> pairs_of(const std::vector<KeyValue>& items) {
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const KeyValue& item : items) {
      const std::string& keyword = instruction_.keyword.text;
      if (item.legacy)
        context_.checks.report(
            "LegacyKeyValueFormat", item.key.range,
            fmt::format("\"{} key=value\" should be used instead of legacy \"{} key value\" "
                        "format",
                        keyword, keyword));
      TB_LET(std::string name, replaced(item.key));
      TB_LET(std::string value, replaced(item.value));
      pairs.emplace_back(std::move(name), std::move(value));
    }
    return pairs;
  }

  std::vector<std::string> with_shell(std::string line) const {
    std::vector<std::string> argv = state_.config.shell;
    if (argv.empty()) argv = {"/bin/sh", "-c"};
    argv.push_back(std::move(line));
    return argv;
  }

  Result<std::vector<std::string>> image_argv(const CommandLine& command) {
    if (command.form == CommandLine::Form::exec) return command.words;
    const std::string& keyword = instruction_.keyword.text;
    if (state_.config.shell.empty())
      context_.checks.report("JSONArgsRecommended", instruction_.range,
                             fmt::format("JSON arguments recommended for {} to prevent unintended behavior "
                                         "related to OS signals",
                                         keyword));
    return with_shell(command.words.empty() ? "" : command.words[0]);
  }

  /// A heredoc alone is a script: for the shell, or for the interpreter that its first line names. Others are
  /// left to the shell.
  Result<std::vector<std::string>> run_argv(const CommandLine& command, RunOperation& out) {
    if (command.form == CommandLine::Form::exec) return command.words;
    std::string line = command.words.empty() ? "" : command.words[0];
    if (command.heredocs.empty()) return with_shell(std::move(line));
    const Heredoc& first = command.heredocs[0];
    if (!heredoc_word(line)) {
      for (const Heredoc& heredoc : command.heredocs) line += "\n" + heredoc.content + heredoc.name;
      return with_shell(std::move(line));
    }
    std::string text = first.text();
    if (!text.starts_with("#!")) return with_shell(std::move(text));
    out.script = {"/dev/pipes/" + first.name, std::move(text)};
    return std::vector<std::string>{out.script->path};
  }

  Result<ResolvedMount> resolve(const Word& word) {
    ResolvedMount out;
    TB_LET(out.mount, parse_mount(word, context_.file, [&](const std::string& value) -> Result<std::string> {
             return replaced(Word{value, word.range});
           }));
    Mount& mount = out.mount;
    using Type = Mount::Type;
    out.from = FromContext{};
    if (mount.type == Type::cache || mount.type == Type::tmpfs) out.from = FromScratch{};
    bool files = mount.type == Type::bind || mount.type == Type::cache;
    if (!mount.from.empty() && files) {
      TB_LET(out.from, context_.find(Word{mount.from, word.range}));
    }
    if (mount.type == Type::secret) {
      if (mount.id.empty()) mount.id = mount.source;
      if (mount.id.empty()) mount.id = mount.target.substr(mount.target.rfind('/') + 1);
      if (mount.target.empty() && !mount.env)
        mount.target = "/run/secrets/" + mount.id.substr(mount.id.rfind('/') + 1);
      if (!mount.target.empty()) mount.target = clean_path(workdir(), mount.target);
      return out;
    }
    if (mount.type == Type::ssh) {
      if (mount.id.empty()) mount.id = "default";
      if (!mount.target.empty()) mount.target = clean_path(workdir(), mount.target);
      return out;
    }
    if (mount.type == Type::cache && mount.id.empty())
      mount.id = clean_path("/", mount.target).substr(mount.target.starts_with('/') ? 0 : 1);
    mount.target = clean_path(workdir(), mount.target);
    if (mount.target == "/")
      return Error(Code::invalid, "a mount cannot have the target '/'").at(context_.file.at(word.range));
    return out;
  }

  const Instruction& instruction_;
  const StageContext& context_;
  StageState& state_;
  BuiltStage& stage_;
  std::map<std::string, Range>& seen_once_;
};

}  // namespace

std::string clean_path(const std::string& directory, const std::string& path) {
  std::vector<std::string> kept;
  std::string whole = path.starts_with('/') ? path : directory + "/" + path;
  for (std::string_view part : split(whole, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..")
      kept.emplace_back(part);
    else if (!kept.empty())
      kept.pop_back();
  }
  return "/" + join(kept, "/");
}

StageState begin_stage(const image::Config& config) {
  StageState state;
  state.config = config;
  if (!state.config.env_value("PATH")) state.config.set_env("PATH", kDefaultPath);
  for (const std::string& entry : state.config.env) {
    size_t equals = entry.find('=');
    state.scope.set(entry.substr(0, equals), equals == std::string::npos ? "" : entry.substr(equals + 1));
  }
  return state;
}

Status evaluate(const Instruction& instruction, const StageContext& context, StageState& state,
                BuiltStage& stage, std::map<std::string, Range>& seen_once) {
  context.checks.at(instruction);
  return std::visit(Evaluation(instruction, context, state, stage, seen_once), instruction.kind);
}

}  // namespace tierbuild::dockerfile
