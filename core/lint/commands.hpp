// What the commands of a step do: which packages they install, from what.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lint/shell_text.hpp"
#include "project/values.hpp"

namespace tierbuild::lint {

/// A step's script, or its one command.
struct StepCommands {
  std::string script;  // empty if the step is plain argv
  std::vector<ShellCommand> commands;
};
/// Nothing for steps that run no command.
std::optional<StepCommands> commands_of(const project::Step& step);

enum class Manager : uint8_t { apt, apk, pip, node, other };

struct Install {
  Manager manager = Manager::other;
  std::vector<std::string> packages;  // words after the options, as they stand
  bool no_cache = false;              // it was told to use no cache
};
/// The installation that a command is, if it is one: `apt-get install`, `pip install`, `npm ci`, …
std::optional<Install> install_of(const ShellCommand& command);

/// True for `apt-get update` and `apt update`.
bool updates_lists(const ShellCommand& command);

}  // namespace tierbuild::lint
