// swallowed_failure: shell text that goes on after a failure.
#include <algorithm>

#include "base/strings.hpp"
#include "lint/commands.hpp"
#include "lint/rules.hpp"
#include "lint/step_places.hpp"

namespace tierbuild::lint {
namespace {

bool succeeds_always(const ShellCommand& command) {
  std::string_view name = command.word(0);
  if (name == "exit" || name == "return") return command.word(1) == "0";
  return name == "true" || name == ":" || name == "/bin/true" || name == "echo" || name == "printf";
}

// `set -e`, `set -eu`, `set -o errexit`: the shell stops at the first failure.
bool stops_at_failures(const std::vector<ShellCommand>& commands) {
  return std::any_of(commands.begin(), commands.end(), [](const ShellCommand& command) {
    if (command.word(0) != "set") return false;
    for (size_t i = 1; i < command.words.size(); ++i) {
      std::string_view option = command.word(i);
      if (option == "errexit" || (option.starts_with('-') && !option.starts_with("--") && option != "-o" &&
                                  option.find('e') != std::string_view::npos))
        return true;
    }
    return false;
  });
}

class ShellCheck {
 public:
  ShellCheck(const Subject& subject, const project::Step& step, const StepCommands& found, Report& report)
      : subject_(subject), step_(step), script_(found.script), commands_(found.commands), report_(report) {}

  void run() {
    for (size_t i = 0; i < commands_.size(); ++i) {
      const ShellCommand& command = commands_[i];
      if (command.next == "||" && i + 1 < commands_.size()) alternative(command, commands_[i + 1]);
      if (command.word(0) == "set" && command.word(1).starts_with("+") &&
          command.word(1).find('e') != std::string_view::npos)
        at(command.offset, command, "after `set +e` no failure ends the step",
           "leave it out, and allow single failures with an if");
      redirects(command);
    }
    if (!stops_at_failures(commands_)) sequence();
  }

 private:
  void alternative(const ShellCommand& command, const ShellCommand& other) {
    if (other.opens || !succeeds_always(other)) return;
    at(command.next_offset, command,
       fmt::format("a failure of '{}' is hidden by '|| {}'", command.word(0), join_words(other)),
       "let it fail, or test for the case that is allowed with an if");
  }

  // `pip install django>=5.2.7` writes what pip says into a file named `=5.2.7`.
  void redirects(const ShellCommand& command) {
    if (!install_of(command)) return;
    for (const ShellCommand::Redirect& redirect : command.redirects) {
      bool attached =
          redirect.offset > 0 && script_[redirect.offset - 1] != ' ' && script_[redirect.offset - 1] != '\t';
      const std::string& target = redirect.target.text;
      bool version = target.starts_with('=') ||
                     (redirect.op == "<" && !target.empty() && target[0] >= '0' && target[0] <= '9');
      if (!attached || !version) continue;
      at(redirect.offset, command,
         fmt::format("'{}{}' without quotes is a redirect: the version is lost", redirect.op, target),
         "quote the requirement, or list it in `pip = {…}`");
    }
  }

  // Without `set -e` only the last command of a sequence decides.
  void sequence() {
    for (size_t i = 0; i + 1 < commands_.size(); ++i) {
      const ShellCommand& command = commands_[i];
      if (command.next != ";" && command.next != "\n") continue;
      return at(command.next_offset, command,
                fmt::format("the script goes on if '{}' fails", command.word(0)),
                "begin it with set -e, or use sh { [[ … ]] }");
    }
  }

  static std::string join_words(const ShellCommand& command) {
    std::vector<std::string> words;
    for (const ShellWord& word : command.words) words.push_back(word.text);
    return printable(join(words, " "));
  }

  void at(size_t offset, const ShellCommand& command, std::string message, std::string help) {
    size_t end = command.next_offset + command.next.size();
    auto where = place_in_script(subject_, step_, script_, offset, command.offset, end);
    if (where) report_.find(*where, std::move(message), std::move(help));
  }

  const Subject& subject_;
  const project::Step& step_;
  const std::string& script_;
  const std::vector<ShellCommand>& commands_;
  Report& report_;
};

}  // namespace

void check_swallowed_failure(const Subject& subject, const std::string&, Report& report) {
  for (const auto& steps : subject.step_lists())
    for (const project::Step* step : steps) {
      auto found = commands_of(*step);
      if (found && !found->script.empty()) ShellCheck(subject, *step, *found, report).run();
    }
}

}  // namespace tierbuild::lint
