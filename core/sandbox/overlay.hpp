// Mounts an overlay of layer directories.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace tierbuild::sandbox {

/// Whether device files in an overlay work.
enum class Devices : uint8_t { dead, alive };

struct Overlay {
  std::vector<std::string> layers;  // bottom first, relative to `layers_root`
  std::string layers_root;
  std::string empty;        // an empty directory, absolute, that stands in where there are too few layers
  std::string upper, work;  // absolute; both empty: the overlay is read-only
  bool user_xattr = false;
  Devices devices = Devices::dead;
};

/// Mounts it at `target`. Changes the current directory to `layers_root`, for short names.
/// Fails with `invalid` if there are more layers than one mount can name, `host_lacks` without overlayfs.
Status mount_overlay(const Overlay& overlay, const std::string& target);

/// The options in the form that mount(2) takes; `tuning` are those that an old kernel may refuse.
std::string overlay_options(const Overlay& overlay, const std::vector<std::string>& tuning);

}  // namespace tierbuild::sandbox
