// One run of all lint rules on a loaded session.
#pragma once

#include "cli/session.hpp"
#include "lint/finding.hpp"

namespace tierbuild::cli {

/// Checks these targets with the rules of tierbuild and of the workspace. What the store knows of their
/// images is looked at; nothing is built or asked of the network.
Result<lint::Outcome> run_lint(Session& session, const std::vector<graph::TargetId>& targets);

/// Carries out the fixes of all findings that no comment allows, in the files of the workspace. Returns how
/// many.
Result<size_t> apply_fixes(const Session& session, const lint::Outcome& outcome);

/// The findings as people read them, with their source lines, then what was not checked, then a summary.
std::string lint_text(Session& session, const lint::Outcome& outcome, const Terminal& terminal);

}  // namespace tierbuild::cli
