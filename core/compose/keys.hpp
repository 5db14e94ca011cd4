// The names that compose files may use, by the Compose Specification.
#pragma once

#include <span>
#include <string_view>

namespace tierbuild::compose {

std::span<const std::string_view> file_names();
/// Of a service. What says how it runs means nothing to a build.
std::span<const std::string_view> service_names();
std::span<const std::string_view> build_names();

}  // namespace tierbuild::compose
