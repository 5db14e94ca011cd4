// Differences between two keys, field by field: what was added, is gone or changed, in the words of their
// author.
#pragma once

#include <vector>

#include "graph/change.hpp"
#include "graph/graph.hpp"
#include "hash/key_hasher.hpp"

namespace tierbuild::graph {

/// Fields that stand with a key and are no part of it: the texts that a step's own fields hold by digest,
/// with the places that their lines come from. They let `differences` name a line.
std::vector<KeyField> asides_of(const Operation& op);

/// All differences, what the author wrote first and what follows from other steps last. Lists are compared by
/// element, maps by name, files by path (one with the same content under another path was renamed), scripts
/// and texts by line. A difference in what the step stands on or reads has the subject `image` and the key
/// field as its name ("stands on", "reads image[1]", "source[0]" of a fetch); see build::History. No
/// differences: the keys are equal.
std::vector<Change> differences(const std::vector<KeyField>& before, const std::vector<KeyField>& now);

}  // namespace tierbuild::graph
