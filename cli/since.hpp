// `--since REF`: which targets differ from those of a commit.
#pragma once

#include <string>
#include <vector>

#include "changes/compare.hpp"
#include "cli/session.hpp"

namespace tierbuild::cli {

struct Since {
  std::string base;                            // the commit compared with: the merge base of REF and HEAD
  std::vector<changes::TargetChange> changes;  // see changes::compare
  std::string note;                            // why all targets count as changed; empty if they do not
};

/// Evaluates the Buildfile as the merge base of `rev` and HEAD has it, straight from git, and compares. The
/// session must be loaded.
Result<Since> compare_since(Session& session, const std::string& rev);

}  // namespace tierbuild::cli
