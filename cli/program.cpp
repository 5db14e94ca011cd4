#include "cli/program.hpp"

#include <time.h>

#include "base/strings.hpp"
#include "cli/command_line.hpp"
#include "cli/exit_status.hpp"
#include "cli/help.hpp"
#include "cli/options.hpp"
#include "cli/task_verb.hpp"
#include "cli/verb.hpp"

namespace tierbuild::cli {
namespace {

// Flags that may stand before the verb; they are moved behind it.
Result<size_t> leading_flags(const std::vector<std::string>& arguments) {
  Options options;
  FlagSet flags;
  options.declare_project(flags);
  options.declare_store(flags);
  options.declare_display(flags);
  size_t at = 0;
  while (at < arguments.size() && arguments[at].size() > 1 && arguments[at][0] == '-') {
    const std::string& word = arguments[at];
    const Flag* flag = flags.find(word.substr(0, word.find('=')));
    bool attached = word.find('=') != std::string::npos;
    if (flag == nullptr && word.size() > 2 && word[1] != '-') {
      flag = flags.find(word.substr(0, 2));
      attached = true;
    }
    if (flag == nullptr)
      return Error::make(Code::invalid, "unknown flag '{}' before a verb", word)
          .hint("flags of a verb stand after it; `tierbuild --help` lists the verbs");
    at += flag->placeholder.empty() || attached ? 1 : 2;
  }
  return std::min(at, arguments.size());
}

}  // namespace

Program::Program(std::vector<std::string> arguments, const Environment& environment)
    : arguments_(std::move(arguments)),
      environment_(environment),
      out_(Terminal::of(1, environment)),
      err_(Terminal::of(2, environment)),
      started_(std::chrono::steady_clock::now()) {
  // What the process has used so far is the time that loading took.
  timespec used{};
  if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0)
    started_ -= std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

Program::~Program() = default;

double Program::milliseconds() const {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started_).count();
}

Interrupt& Program::interrupt() {
  if (!interrupt_) interrupt_ = std::make_unique<Interrupt>();
  return *interrupt_;
}

std::string Program::current_directory() const {
  std::error_code failure;
  return std::filesystem::current_path(failure).string();
}

int Program::fail(const Error& error) const {
  return fail(std::vector{error});
}

int Program::fail(const std::vector<Error>& errors) const {
  std::string text;
  int status = kDone;
  for (const Error& error : errors) {
    if (json_errors_)
      text += error_json(error, Severity::error);
    else
      text += text_of(error, Severity::error);
    if (status == kDone) status = exit_status(error.code());
  }
  err_.write(text);
  return status == kDone ? kFailed : status;
}

std::string Program::text_of(const Error& error, Severity severity) const {
  return format_error(error, severity, err_, current_directory(), [this](const std::string& file) {
    if (auto known = known_sources_.find(file); known != known_sources_.end())
      return std::optional(known->second);
    return read_source((std::filesystem::path(source_root_) / file).string());
  });
}

void Program::warn(const Error& warning) const {
  err_.write(json_errors_ ? error_json(warning, Severity::warning) : text_of(warning, Severity::warning));
}

void Program::warn(const std::string& text) const {
  warn(Error(Code::invalid, text));
}

int Program::run() {
  std::vector<std::string> words = arguments_;
  if (words.empty() || words[0] == "--help" || words[0] == "-h") words = {"help"};
  if (words[0] == "--version" || words[0] == "-V") {
    out_.write(version_line() + "\n");
    return kDone;
  }
  if (auto list = std::find(words.begin(), words.end(), "--list");
      list != words.end() &&
      std::all_of(words.begin(), list, [](const std::string& w) { return w.starts_with('-'); }))
    *list = "tasks";

  auto leading = leading_flags(words);
  if (!leading) return fail(leading.error());
  if (*leading == words.size())
    return fail(Error::make(Code::invalid, "a verb or a task is missing")
                    .hint("`tierbuild --help` lists the verbs, `tierbuild tasks` the tasks"));
  std::vector<std::string> flags_before(words.begin(), words.begin() + static_cast<ptrdiff_t>(*leading));
  std::string name = words[*leading];
  std::vector<std::string> after(words.begin() + static_cast<ptrdiff_t>(*leading) + 1, words.end());

  const VerbEntry* entry = find_verb(name);
  if (entry == nullptr) return run_task_by_name(*this, name, flags_before, after);

  std::vector<std::string> arguments = flags_before;
  arguments.insert(arguments.end(), after.begin(), after.end());
  std::unique_ptr<Verb> verb = entry->make();
  FlagSet flags;
  verb->declare(flags);
  if (entry->group == Group::hidden) arguments.insert(arguments.begin(), "--");
  auto parsed = parse_command_line(flags, name, arguments, environment_);
  if (!parsed) return fail(parsed.error());
  if (parsed->help) {
    out_.write(help_of(*entry, out_));
    return kDone;
  }
  return verb->run(*this);
}

}  // namespace tierbuild::cli
