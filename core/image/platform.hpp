// Platform: the system an image runs on, `linux/arm64/v8`.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tierbuild::image {

struct Platform {
  std::string os = "linux";
  std::string architecture = "amd64";  // GOARCH names
  std::string variant;

  /// Parses `linux/arm64`, `arm64`, `linux/arm/v7`; aliases (`x86_64`, `aarch64`) become GOARCH names and
  /// arm64's variant `v8` is dropped. Fails with `invalid`.
  static Result<Platform> parse(std::string_view text);
  /// The platform of this machine.
  static Platform host();
  /// The same platform in the one spelling that `parse` gives.
  Platform normalised() const;
  /// Equal os and architecture, and equal variants if both name one.
  bool matches(const Platform& other) const;
  std::string str() const;
  auto operator<=>(const Platform&) const = default;
};

}  // namespace tierbuild::image
