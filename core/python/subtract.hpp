// Subtraction: what is left to install on top of an image that has packages already.
#pragma once

#include <span>
#include <vector>

#include "python/marker.hpp"
#include "python/requirement.hpp"

namespace tierbuild::python {

/// Two entries of one package that no version can fulfil, or pins that differ.
struct Conflict {
  Requirement mine, theirs;
};

struct Subtraction {
  std::vector<Requirement> remaining;
  std::vector<Requirement> covered;  // what was taken away
  std::vector<Conflict> conflicts;   // of the first entry of `base` for each
};

/// Takes away the entries that `base` covers: any version that it may have installed fulfils them, with all
/// their extras. An entry that asks for more than the base promises remains. Markers are evaluated for
/// `environment`; without one, an entry whose marker may not hold neither covers nor conflicts.
Subtraction subtract(std::vector<Requirement> entries, std::span<const Requirement> base,
                     const MarkerEnvironment* environment);

}  // namespace tierbuild::python
