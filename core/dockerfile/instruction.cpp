#include "dockerfile/instruction.hpp"

#include <array>
#include <charconv>

#include "base/strings.hpp"
#include "dockerfile/duration.hpp"
#include "dockerfile/mount.hpp"
#include "dockerfile/runes.hpp"

namespace tierbuild::dockerfile {
namespace {

using Kind = Instruction::Kind;
using FlagKind = Flags::Kind;

bool is_stage_name(std::string_view name) {
  auto lower_case = [](char c) { return c >= 'a' && c <= 'z'; };
  if (name.empty() || !lower_case(name[0])) return false;
  return std::all_of(name.begin(), name.end(), [&](char c) {
    return lower_case(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

/// One statement on its way; a member for each instruction.
class Maker {
 public:
  Maker(const SourceText& source, const Statement& statement, std::vector<Heredoc>& heredocs,
        const File& file)
      : source_(source), statement_(statement), heredocs_(heredocs), file_(file) {}

  using Method = Result<Kind> (Maker::*)();
  struct Entry {
    std::string_view name;
    Method method;
  };
  static std::span<const Entry> entries();

 private:
  Error fail(const Range& range, std::string message) const {
    return Error(Code::invalid, std::move(message)).at(file_.at(range));
  }
  Error fail(std::string message) const { return fail(statement_.keyword.range, std::move(message)); }

  const std::string& keyword() const { return statement_.keyword.text; }
  bool empty() const { return statement_.begin >= statement_.end; }
  Word rest() const { return source_.word(statement_.begin, statement_.end); }

  Result<Flags> flags(std::initializer_list<Flags::Known> known = {}) const {
    return Flags::check(statement_, std::span(known.begin(), known.size()), file_);
  }

  /// All that follows, as one word.
  Result<Word> one_argument() const {
    TB_TRY(flags());
    if (empty()) return fail(fmt::format("{} needs an argument", keyword()));
    return rest();
  }

  /// The words of a JSON list, or those between blanks.
  Result<std::vector<Word>> words() const {
    TB_LET(auto list, json_words(rest()));
    if (!list) return plain_words(source_, statement_.begin, statement_.end);
    std::vector<Word> words;
    for (std::string& text : *list) words.push_back({std::move(text), rest().range});
    return words;
  }

  Result<std::optional<std::vector<std::string>>> json_words(const Word& text) const {
    auto list = json_list(text.text);
    if (!list) return std::move(list).error().at(file_.at(text.range));
    return list;
  }

  Result<CommandLine> command(const Word& text) const {
    CommandLine command;
    command.range = text.range;
    TB_LET(auto list, json_words(text));
    if (list) {
      command.form = CommandLine::Form::exec;
      command.words = *std::move(list);
    } else if (!text.text.empty()) {
      command.words = {text.text};
    }
    return command;
  }

  Result<Kind> from() {
    std::vector<Word> words = plain_words(source_, statement_.begin, statement_.end);
    From from;
    if (words.size() == 3 && lower(words[1].text) == "as") {
      from.as = words[1];
      from.written_name = words[2];
      from.name = lower(words[2].text);
      if (!is_stage_name(from.name))
        return fail(
            words[2].range,
            fmt::format("'{}' cannot name a stage: a name begins with a letter and has letters, digits, "
                        "'-', '_' and '.'",
                        words[2].text));
    } else if (words.size() != 1) {
      return fail(fmt::format("{} takes an image, or an image, AS and a name", keyword()));
    }
    from.image = words[0];
    TB_LET(Flags given, flags({{"platform", FlagKind::text}}));
    from.platform = given.text("platform");
    return Kind(std::move(from));
  }

  Result<Kind> arg() {
    TB_TRY(flags());
    Arg arg;
    for (Word& word : quoted_words(source_, statement_.begin, statement_.end, file_.escape)) {
      size_t equals = word.text.find('=');
      if (equals == 0) return fail(word.range, "an argument has no name");
      Arg::Item item{part_of(word, 0, equals), std::nullopt};
      if (equals != std::string::npos) item.value = part_of(word, equals + 1, std::string::npos);
      arg.items.push_back(std::move(item));
    }
    if (arg.items.empty()) return fail(fmt::format("{} needs the name of an argument", keyword()));
    return Kind(std::move(arg));
  }

  Result<std::vector<KeyValue>> pairs() const {
    TB_TRY(flags());
    TB_LET(std::vector<KeyValue> items, key_values(source_, statement_, file_));
    if (items.empty()) return fail(fmt::format("{} needs name=value", keyword()));
    for (const KeyValue& item : items)
      if (item.key.text.empty()) return fail(item.key.range, fmt::format("a {} has no name", keyword()));
    return items;
  }
  Result<Kind> env() {
    TB_LET(std::vector<KeyValue> items, pairs());
    return Kind(Env{std::move(items)});
  }
  Result<Kind> label() {
    TB_LET(std::vector<KeyValue> items, pairs());
    return Kind(Label{std::move(items)});
  }

  Result<Kind> maintainer() {
    TB_LET(Word text, one_argument());
    return Kind(Maintainer{std::move(text)});
  }
  Result<Kind> user() {
    TB_LET(Word user, one_argument());
    return Kind(User{std::move(user)});
  }
  Result<Kind> workdir() {
    TB_LET(Word path, one_argument());
    return Kind(Workdir{std::move(path)});
  }
  Result<Kind> stop_signal() {
    TB_LET(Word signal, one_argument());
    return Kind(StopSignal{std::move(signal)});
  }

  Result<Kind> run() {
    TB_LET(Flags given, flags({{"mount", FlagKind::list},
                               {"network", FlagKind::text},
                               {"security", FlagKind::text},
                               {"device", FlagKind::list}}));
    Run run;
    run.mounts = given.list("mount");
    for (const Word& mount : run.mounts) TB_TRY(check_mount(mount, file_));
    run.devices = given.list("device");
    if (auto network = given.text("network")) {
      if (network->text == "none")
        run.network = Run::Network::none;
      else if (network->text == "host")
        run.network = Run::Network::host;
      else if (network->text != "default")
        return fail(network->range,
                    fmt::format("'{}' is no network: there are default, none and host", network->text));
    }
    if (auto security = given.text("security")) {
      if (security->text == "insecure")
        run.security = Run::Security::insecure;
      else if (security->text != "sandbox")
        return fail(security->range,
                    fmt::format("'{}' is no security: there are sandbox and insecure", security->text));
    }
    TB_LET(run.command, command(rest()));
    run.command.heredocs = std::move(heredocs_);
    return Kind(std::move(run));
  }

  Result<Kind> cmd() {
    TB_TRY(flags());
    TB_LET(CommandLine line, command(rest()));
    return Kind(Cmd{std::move(line)});
  }
  Result<Kind> entrypoint() {
    TB_TRY(flags());
    TB_LET(CommandLine line, command(rest()));
    return Kind(Entrypoint{std::move(line)});
  }
  Result<Kind> shell() {
    TB_TRY(flags());
    TB_LET(CommandLine line, command(rest()));
    if (line.words.empty()) return fail(fmt::format("{} needs an argument", keyword()));
    if (line.form != CommandLine::Form::exec)
      return fail(line.range, fmt::format("{} takes a JSON list: [\"/bin/sh\", \"-c\"]", keyword()));
    return Kind(Shell{std::move(line.words)});
  }

  Result<Kind> copy_or_add() {
    Copy copy;
    bool add = statement_.name == "add";
    copy.verb = add ? Copy::Verb::add : Copy::Verb::copy;
    TB_LET(std::vector<Word> paths, words());
    if (paths.size() < 2)
      return fail(fmt::format("{} needs at least one source and a destination", keyword()));
    using Known = Flags::Known;
    const Known chown{"chown", FlagKind::text}, chmod{"chmod", FlagKind::text},
        link{"link", FlagKind::boolean}, exclude{"exclude", FlagKind::list};
    TB_LET(
        Flags given,
        add ? flags({chown,
                     chmod,
                     link,
                     exclude,
                     {"keep-git-dir", FlagKind::boolean},
                     {"checksum", FlagKind::text},
                     {"unpack", FlagKind::boolean}})
            : flags({chown, chmod, link, exclude, {"from", FlagKind::text}, {"parents", FlagKind::boolean}}));
    copy.chown = given.text("chown");
    copy.chmod = given.text("chmod");
    copy.link = given.boolean("link").value_or(false);
    copy.exclude = given.list("exclude");
    copy.from = given.text("from");
    if (copy.from && copy.from->text.empty()) copy.from.reset();
    copy.parents = given.boolean("parents").value_or(false);
    copy.keep_git_dir = given.boolean("keep-git-dir");
    copy.checksum = given.text("checksum");
    copy.unpack = given.boolean("unpack");
    copy.to = std::move(paths.back());
    paths.pop_back();
    if (heredoc_word(copy.to.text))
      return fail(copy.to.range, fmt::format("a heredoc cannot be the destination of {}", keyword()));
    for (Word& path : paths) {
      auto word = heredoc_word(path.text);
      if (!word) {
        copy.sources.push_back(std::move(path));
        continue;
      }
      if (word->name.find('/') != std::string::npos)
        return fail(
            path.range,
            fmt::format("the name of a heredoc is that of a file, but '{}' has a directory", word->name));
      for (const Heredoc& heredoc : heredocs_)  // of two with one name, the last is both
        if (heredoc.name == word->name) {
          word->content = heredoc.content;
          word->range = heredoc.range;
        }
      copy.texts.push_back(*std::move(word));
    }
    return Kind(std::move(copy));
  }

  Result<Kind> expose() {
    TB_TRY(flags());
    std::vector<Word> ports = plain_words(source_, statement_.begin, statement_.end);
    if (ports.empty()) return fail(fmt::format("{} needs a port", keyword()));
    return Kind(Expose{std::move(ports)});
  }

  Result<Kind> volume() {
    TB_TRY(flags());
    TB_LET(std::vector<Word> paths, words());
    if (paths.empty()) return fail(fmt::format("{} needs a path", keyword()));
    for (Word& path : paths) {
      path.text = trim_space(path.text);
      if (path.text.empty()) return fail(path.range, fmt::format("a path of {} is empty", keyword()));
    }
    return Kind(Volume{std::move(paths)});
  }

  Result<Kind> health_check() {
    TB_LET(Flags given, flags({{"interval", FlagKind::text},
                               {"timeout", FlagKind::text},
                               {"start-period", FlagKind::text},
                               {"start-interval", FlagKind::text},
                               {"retries", FlagKind::text}}));
    if (empty()) return fail(fmt::format("{} needs CMD and a command, or NONE", keyword()));
    size_t at = statement_.begin;
    while (at < statement_.end && !is_space(static_cast<unsigned char>(source_.text[at]))) ++at;
    Word type = source_.word(statement_.begin, at);
    while (at < statement_.end && is_space(static_cast<unsigned char>(source_.text[at]))) ++at;
    Word words = source_.word(at, statement_.end);
    HealthCheck out;
    std::string kind = lower(type.text);
    if (kind == "none") {
      if (!words.text.empty()) return fail(words.range, fmt::format("{} NONE takes no arguments", keyword()));
      out.check.test = {"NONE"};
      return Kind(std::move(out));
    }
    if (kind != "cmd")
      return fail(type.range,
                  fmt::format("'{}' is no kind of {}: there are CMD and NONE", type.text, keyword()));
    TB_LET(CommandLine line, command(words));
    if (line.words.empty()) return fail(type.range, fmt::format("{} CMD needs a command", keyword()));
    out.check.test = {line.form == CommandLine::Form::exec ? "CMD" : "CMD-SHELL"};
    out.check.test.insert(out.check.test.end(), line.words.begin(), line.words.end());
    const std::array<std::pair<const char*, int64_t*>, 4> durations{
        {{"interval", &out.check.interval_ns},
         {"timeout", &out.check.timeout_ns},
         {"start-period", &out.check.start_period_ns},
         {"start-interval", &out.check.start_interval_ns}}};
    for (auto [name, nanoseconds] : durations)
      if (auto value = given.text(name); value && !value->text.empty()) {
        constexpr int64_t kLeast = 1'000'000;
        auto duration = go_duration(value->text);
        if (!duration)
          return fail(value->range, fmt::format("'{}' is no duration such as 30s or 1m30s", value->text));
        if (*duration != 0 && *duration < kLeast)
          return fail(value->range, fmt::format("--{} cannot be less than 1ms", name));
        *nanoseconds = *duration;
      }
    if (auto retries = given.text("retries"); retries && !retries->text.empty()) {
      std::string_view text = retries->text;
      if (text.starts_with('+')) text.remove_prefix(1);
      auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out.check.retries);
      if (failure != std::errc{} || end != text.data() + text.size())
        return fail(retries->range, fmt::format("'{}' is no number of retries", retries->text));
      if (out.check.retries < 0) return fail(retries->range, "--retries cannot be negative");
    }
    return Kind(std::move(out));
  }

  Result<Kind> onbuild() {
    TB_TRY(flags());
    if (empty()) return fail(fmt::format("{} needs an instruction", keyword()));
    Statement inner = split_statement(source_, statement_.begin, statement_.end, file_.escape);
    if (inner.name == "onbuild") return fail(inner.keyword.range, "ONBUILD cannot trigger ONBUILD");
    if (inner.name == "from" || inner.name == "maintainer")
      return fail(inner.keyword.range, fmt::format("ONBUILD cannot trigger {}", inner.keyword.text));
    // The instruction itself is read when it is triggered; here only what decides how far it reaches.
    if (inner.name == "env" || inner.name == "label") TB_TRY(key_values(source_, inner, file_));
    std::string trigger = rest().text;
    for (const Heredoc& heredoc : heredocs_) trigger += "\n" + heredoc.content + heredoc.name;
    return Kind(Onbuild{std::move(trigger)});
  }

  const SourceText& source_;
  const Statement& statement_;
  std::vector<Heredoc>& heredocs_;
  const File& file_;
};

std::span<const Maker::Entry> Maker::entries() {
  static constexpr Entry kEntries[] = {
      {"add", &Maker::copy_or_add},
      {"arg", &Maker::arg},
      {"cmd", &Maker::cmd},
      {"copy", &Maker::copy_or_add},
      {"entrypoint", &Maker::entrypoint},
      {"env", &Maker::env},
      {"expose", &Maker::expose},
      {"from", &Maker::from},
      {"healthcheck", &Maker::health_check},
      {"label", &Maker::label},
      {"maintainer", &Maker::maintainer},
      {"onbuild", &Maker::onbuild},
      {"run", &Maker::run},
      {"shell", &Maker::shell},
      {"stopsignal", &Maker::stop_signal},
      {"user", &Maker::user},
      {"volume", &Maker::volume},
      {"workdir", &Maker::workdir},
  };
  return kEntries;
}

}  // namespace

Result<Instruction> make_instruction(const SourceText& source, const Statement& statement,
                                     std::vector<Heredoc> heredocs, const File& file) {
  auto entries = Maker::entries();
  auto entry = std::find_if(entries.begin(), entries.end(),
                            [&](const Maker::Entry& one) { return one.name == statement.name; });
  if (entry == entries.end()) {
    std::vector<std::string> names;
    for (const Maker::Entry& one : entries) {
      names.emplace_back(one.name);
      for (char& c : names.back()) c = static_cast<char>(c - 'a' + 'A');
    }
    return Error::make(Code::invalid, "unknown instruction '{}'{}", statement.keyword.text,
                       guess(statement.keyword.text, names))
        .at(file.at(statement.keyword.range));
  }
  Range range = source.range(0, source.text.size());
  if (!heredocs.empty()) {  // the terminator of the last one is the last line
    range.end_line = heredocs.back().range.end_line;
    range.end_column = static_cast<int>(heredocs.back().name.size()) + 1;
  }
  TB_LET(Kind kind, (Maker(source, statement, heredocs, file).*entry->method)());
  return Instruction{std::move(kind), statement.keyword, std::string(trim_space(source.text)),
                     range,           source.comments,   source.empty_lines};
}

}  // namespace tierbuild::dockerfile
