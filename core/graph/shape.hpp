// The own fields of an operation, in the fixed order in which they enter its key.
#pragma once

#include <string>

#include "graph/graph.hpp"
#include "hash/key_hasher.hpp"

namespace tierbuild::graph {

/// Starts the key of an operation with its own fields; what it reads is added by key_of.
KeyHasher own_fields(const Operation& op);

/// A short text that is equal for operations that may be equal: the index by which a graph finds them.
std::string shape_of(const Operation& op);

}  // namespace tierbuild::graph
