// Completion candidates, from the table of verbs and from what the Buildfile declares.
#pragma once

#include <string>
#include <vector>

#include "project/project.hpp"

namespace tierbuild::cli {

struct Candidate {
  std::string word, help;
  bool operator==(const Candidate&) const = default;
};

/// Candidates for the last of `words` (all that stands after the program's name). `project` is null if there
/// is none.
std::vector<Candidate> candidates(const std::vector<std::string>& words, const project::Project* project);

}  // namespace tierbuild::cli
