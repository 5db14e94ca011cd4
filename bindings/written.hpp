// Values as a Buildfile would write them.
#pragma once

#include <string>

#include "bindings/value.hpp"

namespace tierbuild::bindings {

/// `'x'`, `8000`, `{ 'a', port = 1 }`; steps and images in short: `run { 'make' }`, `image 'python:3.12'`.
/// Strings of several lines become one.
std::string written(const Value& value);

}  // namespace tierbuild::bindings
