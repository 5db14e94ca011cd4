#include "sandbox/overlay.hpp"

#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/strings.hpp"

namespace tierbuild::sandbox {
namespace {

// A comma ends an option and a colon a layer, unless a backslash stands before it.
std::string escaped(const std::string& path) {
  std::string out;
  for (char c : path) {
    if (c == '\\' || c == ',' || c == ':') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::string overlay_options(const Overlay& overlay, const std::vector<std::string>& tuning) {
  std::vector<std::string> lower;
  // The kernel refuses a directory that comes twice. A layer hides all of itself below, so the top one is
  // enough.
  for (auto layer = overlay.layers.rbegin(); layer != overlay.layers.rend(); ++layer) {
    std::string name = escaped(*layer);
    if (std::find(lower.begin(), lower.end(), name) == lower.end()) lower.push_back(std::move(name));
  }
  size_t least = overlay.upper.empty() ? 2 : 1;
  if (lower.size() < least) lower.push_back(escaped(overlay.empty));
  std::vector<std::string> options{"lowerdir=" + join(lower, ":")};
  if (!overlay.upper.empty()) {
    options.push_back("upperdir=" + escaped(overlay.upper));
    options.push_back("workdir=" + escaped(overlay.work));
  }
  if (overlay.user_xattr) options.emplace_back("userxattr");
  options.insert(options.end(), tuning.begin(), tuning.end());
  return join(options, ",");
}

Status mount_overlay(const Overlay& overlay, const std::string& target) {
  if (!overlay.layers_root.empty() && ::chdir(overlay.layers_root.c_str()) != 0)
    return Error::os(errno, "cannot enter '{}'", overlay.layers_root);
  // Layers must not depend on each other through hidden redirects, and need no durability before they are
  // committed.
  std::vector<std::string> tuning{"redirect_dir=nofollow", "metacopy=off", "index=off"};
  if (!overlay.upper.empty()) tuning.emplace_back("volatile");
  for (;;) {
    std::string options = overlay_options(overlay, tuning);
    if (options.size() >= static_cast<size_t>(::sysconf(_SC_PAGESIZE)))
      return Error::make(Code::invalid, "{} layers are more than one overlay can hold", overlay.layers.size())
          .hint("join some of the layers of the base image");
    unsigned long flags = overlay.devices == Devices::dead ? MS_NODEV : 0;
    if (::mount("overlay", target.c_str(), "overlay", flags, options.c_str()) == 0) return {};
    if (errno == ENODEV)
      return Error(Code::host_lacks, "this kernel has no overlayfs").hint("modprobe overlay");
    if (errno != EINVAL || tuning.empty())
      return Error::os(errno, "cannot mount an overlay of {} layers", overlay.layers.size());
    tuning.pop_back();
  }
}

}  // namespace tierbuild::sandbox
