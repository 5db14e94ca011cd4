// A project as bytes, so that the next run need not evaluate it again.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "project/project.hpp"

namespace tierbuild::project {

/// Only the program that wrote the bytes can read them.
std::string serialise(const Project& project);
/// Shared images and steps are shared again. Nothing for bytes that do not make sense.
std::optional<Project> deserialise(std::string_view bytes);

}  // namespace tierbuild::project
