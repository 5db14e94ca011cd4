// Findings for programs: plain JSON, and SARIF 2.1.0 for code scanning.
#pragma once

#include <string>

#include "lint/finding.hpp"
#include "lint/sources.hpp"
#include "project/project.hpp"

namespace tierbuild::lint {

/// `{ findings: […], notes: […], errors, warnings, allowed }`, with the source line of each finding.
std::string to_json(const Outcome& outcome, const project::Project& project, const ReadText& read);

/// One run of `tierbuild`, its rules with their reasons, a result for each finding, suppressed ones included.
std::string to_sarif(const Outcome& outcome, const project::Project& project, const std::string& version);

/// Why the rule matters: of the table, or the doc of a rule of the workspace.
std::string reason_of(const project::Project& project, const std::string& rule);

}  // namespace tierbuild::lint
