// What a build would do, as text and as JSON.
#pragma once

#include <string>
#include <vector>

#include "build/builder.hpp"
#include "cli/session.hpp"

namespace tierbuild::cli {

enum class Format { text, json };

/// Looks everything up, prints the plan to standard output and returns the exit status.
int print_plan(Session& session, const std::vector<std::string>& selectors, bool push, Format format);

/// `build --print`: the selected targets and every step they need, fully resolved.
std::string resolved_json(const graph::Graph& graph, const std::vector<graph::TargetId>& targets);

}  // namespace tierbuild::cli
