// Fixes: edits of single lines that leave every other byte of a file as it is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lint/finding.hpp"

namespace tierbuild::lint {

struct Fixed {
  std::string text;
  size_t edits = 0;  // that were made
};

/// Applies the edits of one file. One that does not find what it expects is left out, and so is a second one
/// for the same line, unless it changes another part of it; a line that goes takes all other edits with it.
Fixed apply_edits(std::string_view text, std::vector<Edit> edits);

}  // namespace tierbuild::lint
