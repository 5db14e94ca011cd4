#include "cli/help.hpp"

#include "base/strings.hpp"
#include "cli/exit_status.hpp"

namespace tierbuild::cli {
namespace {

constexpr std::array<std::pair<Group, const char*>, 4> kGroups{{{Group::images, "Images"},
                                                                {Group::registry, "Registries"},
                                                                {Group::project, "The project"},
                                                                {Group::host, "The store and the host"}}};

std::string examples(const char* text) {
  std::string out;
  size_t widest = 0;
  for (std::string_view line : split(text, '\n')) widest = std::max(widest, line.find("  "));
  for (std::string_view line : split(text, '\n')) {
    size_t gap = line.find("  ");
    out += fmt::format("  {:{}}  {}\n", line.substr(0, gap), widest, trim(line.substr(gap)));
  }
  return out;
}

}  // namespace

std::string version_line() {
  return "tierbuild " TIERBUILD_VERSION;
}

std::string overview(const Terminal& terminal) {
  std::string out =
      "tierbuild: tiered container images from a Buildfile.lua\n\n"
      "  tierbuild VERB [ARGS]            tierbuild VERB --help tells more\n"
      "  tierbuild TASK [ARGS] [-- ARGS]  a task of the Buildfile; `tierbuild --list` names them\n";
  for (const auto& [group, title] : kGroups) {
    out += fmt::format("\n{}\n", terminal.paint(Colour::bold, title));
    for (const VerbEntry& entry : verbs())
      if (entry.group == group) out += fmt::format("  {:12} {}\n", entry.name, entry.summary);
  }
  out += fmt::format(
      "\n{}\n"
      "  -C DIR       work in DIR            -f FILE      the Buildfile\n"
      "  --version    print the version      --list       the tasks\n",
      terminal.paint(Colour::bold, "Flags"));
  return out;
}

std::string flag_table(const FlagSet& flags) {
  std::vector<std::pair<std::string, std::string>> rows;
  size_t widest = 0;
  auto add = [&](std::string left, std::string right) {
    widest = std::max(widest, display_width(left));
    rows.emplace_back(std::move(left), std::move(right));
  };
  for (const Flag& flag : flags.flags()) {
    std::vector<std::string> names = flag.spellings();
    std::string left = names[0].starts_with("--") ? "    " + names[0] : join(names, ", ");
    if (!flag.placeholder.empty()) left += " " + flag.placeholder;
    add(std::move(left), flag.env.empty() ? flag.help : fmt::format("{} [{}]", flag.help, flag.env));
  }
  add("-h, --help", "this text");
  std::string out;
  for (const auto& [left, right] : rows)
    out += fmt::format("  {}{:{}}  {}\n", left, "", widest - display_width(left), right);
  return out;
}

std::string usage_of(const VerbEntry& entry, const FlagSet& flags) {
  std::string usage = fmt::format("tierbuild {}", entry.name);
  if (!flags.flags().empty()) usage += " [FLAGS]";
  const Words& words = flags.word_spec();
  if (!words.placeholder.empty())
    usage += words.least > 0 ? " " + words.placeholder : " [" + words.placeholder + "]";
  if (flags.rest_spec().into != nullptr) usage += " [-- " + flags.rest_spec().placeholder + "]";
  return usage;
}

std::string help_of(const VerbEntry& entry, const Terminal& terminal) {
  std::unique_ptr<Verb> verb = entry.make();
  FlagSet flags;
  verb->declare(flags);
  std::string out = fmt::format("{}\n\n{} {}\n", entry.summary, terminal.paint(Colour::bold, "Usage:"),
                                usage_of(entry, flags));
  if (*entry.details != '\0') out += fmt::format("\n{}\n", entry.details);
  out += fmt::format("\n{}\n{}", terminal.paint(Colour::bold, "Flags"), flag_table(flags));
  if (*entry.examples != '\0')
    out += fmt::format("\n{}\n{}", terminal.paint(Colour::bold, "Examples"), examples(entry.examples));
  out += fmt::format("\n{}\n", terminal.paint(Colour::bold, "Exit status"));
  for (const auto& [status, meaning] : kExitStatuses) out += fmt::format("  {:>3}  {}\n", status, meaning);
  return out;
}

}  // namespace tierbuild::cli
