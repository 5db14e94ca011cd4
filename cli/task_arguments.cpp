#include "cli/task_arguments.hpp"

#include <charconv>

#include "base/strings.hpp"

namespace tierbuild::cli {
namespace {

std::optional<int64_t> as_integer(const std::string& value) {
  int64_t number = 0;
  auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (failure != std::errc{} || end != value.data() + value.size()) return std::nullopt;
  return number;
}

Status check_value(const project::TaskDecl& task, const project::TaskArg& arg, const std::string& value) {
  auto wrong = [&](const std::string& expected) {
    return Error::make(Code::invalid, "argument '{}' of task '{}' must be {}, not '{}'", arg.name, task.name,
                       expected, value);
  };
  if (!arg.choices.empty() && std::find(arg.choices.begin(), arg.choices.end(), value) == arg.choices.end()) {
    auto near = suggest(value, arg.choices);
    return wrong("one of " + join(arg.choices, ", "))
        .hint(near ? fmt::format("did you mean '{}'?", *near) : "");
  }
  if (arg.type == "int" && !as_integer(value)) return wrong("a whole number");
  if (arg.type == "bool" && value != "true" && value != "false") return wrong("true or false");
  if (arg.type == "port") {
    auto number = as_integer(value);
    if (!number || *number < 1 || *number > 65535) return wrong("a port (1 to 65535)");
  }
  return {};
}

std::string flag_name(const project::TaskArg& arg) {
  std::string name = arg.name;
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

// What stands for the value in usage and help; nothing for a switch.
std::string placeholder_of(const project::TaskArg& arg) {
  if (arg.type == "bool") return "";
  if (!arg.choices.empty()) return join(arg.choices, "|");
  std::string name = arg.type.empty() ? "value" : arg.type;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return name;
}

// `{name}` inside of a word is the argument of that name; other braces are text.
std::string with_arguments(const std::string& text, const std::map<std::string, std::string>& args) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    size_t end = text[at] == '{' ? text.find('}', at) : std::string::npos;
    auto found = end == std::string::npos ? args.end() : args.find(text.substr(at + 1, end - at - 1));
    if (found == args.end()) {
      out += text[at++];
      continue;
    }
    out += found->second;
    at = end + 1;
  }
  return out;
}

// The argument that a word without a flag is for: the only required one, else the only one. Arguments have no
// order of their own.
const project::TaskArg* bare_argument(const project::TaskDecl& task) {
  std::vector<const project::TaskArg*> required, all;
  for (const project::TaskArg& arg : task.args) {
    if (arg.type == "bool") continue;
    all.push_back(&arg);
    if (!arg.fallback) required.push_back(&arg);
  }
  if (required.size() == 1) return required.front();
  return all.size() == 1 ? all.front() : nullptr;
}

}  // namespace

void declare_task_arguments(FlagSet& flags, const project::TaskDecl& task, TaskValues& values) {
  for (const project::TaskArg& arg : task.args) {
    std::string dashed = flag_name(arg);
    std::string names = "--" + dashed + (dashed == arg.name ? "" : ",--" + arg.name);
    std::string help = arg.doc;
    if (!arg.fallback)
      help += help.empty() ? "(required)" : " (required)";
    else if (!arg.fallback->empty() && arg.type != "bool")
      help += fmt::format("{}(default {})", help.empty() ? "" : " ", *arg.fallback);
    flags
        .call(names, placeholder_of(arg), help,
              [&values, name = arg.name](const std::string& value) -> Status {
                values.args[name] = value;
                return {};
              })
        .one_of(arg.type == "bool" ? std::vector<std::string>{} : arg.choices);
  }
}

Status complete_task_values(const project::TaskDecl& task, const std::vector<std::string>& words,
                            TaskValues& values) {
  size_t next = 0;
  if (const project::TaskArg* bare = bare_argument(task);
      bare != nullptr && !words.empty() && values.args.count(bare->name) == 0)
    values.args[bare->name] = words[next++];
  for (const project::TaskArg& arg : task.args) {
    if (values.args.count(arg.name) == 0) {
      if (arg.fallback)
        values.args[arg.name] = *arg.fallback;
      else if (arg.type == "bool")
        values.args[arg.name] = "false";
      else
        return Error::make(Code::invalid, "task '{}' needs --{}", task.name, flag_name(arg))
            .at(task.where)
            .hint("usage: tierbuild " + task_usage(task));
    }
    const std::string& value = values.args[arg.name];
    if (!(value.empty() && arg.fallback)) TB_TRY(check_value(task, arg, value));
  }
  if (next < words.size())
    return Error::make(Code::invalid, "task '{}' does not take '{}'", task.name, words[next])
        .at(task.where)
        .hint(uses(task, project::TaskWord::Kind::argv) ? "arguments of its command stand after `--`"
                                                        : "usage: tierbuild " + task_usage(task));
  return {};
}

std::string task_usage(const project::TaskDecl& task) {
  std::string out = task.name;
  for (const project::TaskArg& arg : task.args) {
    std::string text = "--" + flag_name(arg);
    if (arg.type != "bool") text += " " + placeholder_of(arg);
    out += !arg.fallback && arg.type != "bool" ? " " + text : " [" + text + "]";
  }
  if (uses(task, project::TaskWord::Kind::argv)) out += " [-- …]";
  return out;
}

std::vector<std::string> expand_words(const std::vector<project::TaskWord>& words,
                                      const WordContext& context) {
  std::vector<std::string> argv;
  for (const project::TaskWord& word : words) {
    switch (word.kind) {
      case project::TaskWord::Kind::text:
        argv.push_back(with_arguments(word.text, context.values->args));
        break;
      case project::TaskWord::Kind::each:
        argv.push_back(context.each);
        break;
      case project::TaskWord::Kind::each_oci:
        argv.push_back(context.each_oci);
        break;
      case project::TaskWord::Kind::argv:
        argv.insert(argv.end(), context.values->argv.begin(), context.values->argv.end());
        break;
      case project::TaskWord::Kind::arg: {
        auto found = context.values->args.find(word.text);
        argv.push_back(found == context.values->args.end() ? "" : found->second);
        break;
      }
    }
  }
  return argv;
}

bool uses(const project::TaskDecl& task, project::TaskWord::Kind kind) {
  for (const auto& command : task.run)
    for (const project::TaskWord& word : command)
      if (word.kind == kind) return true;
  return false;
}

}  // namespace tierbuild::cli
