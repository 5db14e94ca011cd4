#include "cli/command_line.hpp"

#include <CLI/CLI.hpp>

#include "base/strings.hpp"

namespace tierbuild::cli {
namespace {

Status apply(const Flag& flag, const std::string& value, const std::string& shown) {
  if (!flag.choices.empty() &&
      std::find(flag.choices.begin(), flag.choices.end(), value) == flag.choices.end()) {
    auto near = suggest(value, flag.choices);
    return Error::make(Code::invalid, "'{}' is not a value of {}{}", value, shown,
                       near ? fmt::format(" (did you mean '{}'?)", *near) : "")
        .hint("use one of: " + join(flag.choices, ", "));
  }
  TB_TRY(flag.set(value), "in {}", shown);
  return {};
}

bool truthy(const std::string& value) {
  std::string word = lower(value);
  return !(word.empty() || word == "0" || word == "false" || word == "no" || word == "off");
}

Status apply_environment(const FlagSet& flags, const Environment& environment) {
  for (const Flag& flag : flags.flags()) {
    if (flag.env.empty()) continue;
    auto value = environment.get(flag.env);
    if (!value || value->empty()) continue;
    TB_TRY(apply(flag, flag.placeholder.empty() ? (truthy(*value) ? "true" : "false") : *value, flag.env));
  }
  return {};
}

// Whether an argument with one dash can be read as short flags, perhaps with a value at the end.
bool reads_as_flags(const FlagSet& flags, const std::string& argument) {
  if (argument.starts_with("-tier:") || argument.starts_with("-service:") || argument.starts_with("-//"))
    return false;
  for (size_t i = 1; i < argument.size(); ++i) {
    if (argument[i] == 'h') continue;
    const Flag* flag = flags.find(std::string("-") + argument[i]);
    if (flag == nullptr) return i == 1 && argument.size() == 2;  // `-x` is a mistyped flag, not a word
    if (!flag->placeholder.empty()) return true;
  }
  return true;
}

Error unknown_flag(const FlagSet& flags, const std::string& verb, const std::string& argument) {
  std::vector<std::string> known{"--help"};
  for (const Flag& flag : flags.flags())
    for (std::string& name : flag.spellings()) known.push_back(std::move(name));
  std::string name = argument.substr(0, argument.find('='));
  auto near = name.starts_with("--") ? suggest(name, known) : std::nullopt;
  return Error::make(Code::invalid, "`tierbuild {}` has no flag '{}'{}", verb, name,
                     near ? fmt::format(" (did you mean '{}'?)", *near) : "")
      .hint(fmt::format("`tierbuild {} --help` lists its flags", verb));
}

Status check_count(const Words& spec, const std::string& verb, size_t count) {
  if (count < spec.least)
    return Error::make(Code::invalid, "`tierbuild {}` needs {}", verb, spec.placeholder)
        .hint(fmt::format("see `tierbuild {} --help`", verb));
  if (count > spec.most) {
    std::string what =
        spec.most == 0 ? std::string("no words") : fmt::format("at most {} word(s)", spec.most);
    return Error::make(Code::invalid, "`tierbuild {}` takes {}, but {} were given", verb, what, count)
        .hint(fmt::format("see `tierbuild {} --help`", verb));
  }
  return {};
}

}  // namespace

Result<Parsed> parse_command_line(const FlagSet& flags, const std::string& verb,
                                  const std::vector<std::string>& arguments, const Environment& environment) {
  const Words& spec = flags.word_spec();
  auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  bool takes_dashed = spec.kind == WordKind::selectors;

  std::vector<std::string> given, words;
  bool is_value = false;  // of the flag before it
  for (auto at = arguments.begin(); at != dashes; ++at) {
    bool dashed = at->size() > 2 && (*at)[0] == '-' && (*at)[1] != '-';
    if (takes_dashed && dashed && !is_value && !reads_as_flags(flags, *at)) {
      words.push_back(*at);
      is_value = false;
      continue;
    }
    const Flag* flag = is_value ? nullptr : flags.find(*at);
    is_value = flag != nullptr && !flag->placeholder.empty();
    given.push_back(*at);
  }

  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  std::vector<std::pair<const Flag*, CLI::Option*>> options;
  for (const Flag& flag : flags.flags()) {
    CLI::Option* option = flag.placeholder.empty() ? app.add_flag(flag.names) : app.add_option(flag.names);
    if (!flag.placeholder.empty())
      option->expected(1)->allow_extra_args(false)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    options.emplace_back(&flag, option);
  }
  CLI::Option* help = app.add_flag(flags.find("--help") != nullptr ? "-h" : "-h,--help");
  try {
    std::vector<std::string> reversed(given.rbegin(), given.rend());
    app.parse(reversed);
  } catch (const CLI::Error& error) {
    return Error::make(Code::invalid, "{}", error.what()).with("in the arguments of `tierbuild {}`", verb);
  }
  if (help->count() > 0) return Parsed{true};

  std::vector<std::string> plain;
  for (std::string& word : app.remaining()) {
    if (word.size() > 1 && word[0] == '-') return unknown_flag(flags, verb, word);
    plain.push_back(std::move(word));
  }
  words.insert(words.begin(), plain.begin(), plain.end());
  if (dashes != arguments.end()) {
    std::vector<std::string>& after = flags.rest_spec().into != nullptr ? *flags.rest_spec().into : words;
    after.insert(after.end(), dashes + 1, arguments.end());
  }
  TB_TRY(check_count(spec, verb, words.size()));

  TB_TRY(apply_environment(flags, environment));
  for (auto& [flag, option] : options) {
    std::string name = flag->spellings().back();
    if (flag->placeholder.empty()) {
      if (option->count() > 0)
        TB_TRY(apply(*flag, truthy(option->results().back()) ? "true" : "false", name));
      continue;
    }
    for (const std::string& value : option->results()) TB_TRY(apply(*flag, value, name));
  }
  if (spec.into != nullptr) *spec.into = std::move(words);
  return Parsed{};
}

}  // namespace tierbuild::cli
