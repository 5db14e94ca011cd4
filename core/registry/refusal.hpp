// Refusals: answers of a registry that are not what was asked for, as errors with the next step.
#pragma once

#include <string>

#include "registry/transport.hpp"

namespace tierbuild::registry {

enum class Direction { pull, push };

/// The error that a status outside of 2xx stands for, with the registry's own words: `not_found`, `denied`,
/// else `network`. `host` is the name to log in to.
Error refusal(Direction direction, const std::string& host, const Response& response);

/// The error with `what` before its message: `cannot pull python:3.99 from docker.io: not found`.
Error prefixed(const std::string& what, Error error);

}  // namespace tierbuild::registry
