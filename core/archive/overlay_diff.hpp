// Turns an overlay's upper directory into a layer, from that directory alone.
#pragma once

#include <filesystem>
#include <set>
#include <stop_token>
#include <string>

#include "archive/layer_writer.hpp"
#include "archive/merged_view.hpp"

namespace tierbuild::archive {

struct DiffOptions {
  LayerOptions layer = {};
  bool user_xattr = false;
  /// Paths that never enter the layer: mount points that the sandbox made and found (relative, no leading
  /// '/').
  std::set<std::string> exclude = {};
};

/// Writes what `upper` changes on top of `lower` to `fd`: new and changed entries, whiteouts in OCI form,
/// without entries whose type, mode, owner, xattrs and content equal the lower ones (a directory that is only
/// a parent of a change is kept, and so are all names of a file that the step hard-linked). Sockets are left
/// out. `upper` itself is made to show what a pull would show, so that it can serve as the layer's snapshot:
/// times are clamped as those in the tar, unchanged entries get the times that they have below, sockets and
/// empty mount points are removed. Returns nothing if the step changed nothing. Fails with `invalid` for
/// names that start with `.wh.`.
Result<std::optional<LayerBlob>> write_overlay_diff(int fd, const std::filesystem::path& upper,
                                                    const MergedView& lower, const DiffOptions& options,
                                                    std::stop_token stop = {});

/// Writes the tree below `directory` as a layer rooted at `prefix` (parents of `prefix` included, 0755
/// root:root).
Result<std::optional<LayerBlob>> write_tree(int fd, const std::filesystem::path& directory,
                                            const std::string& prefix, const DiffOptions& options,
                                            std::stop_token stop = {});

}  // namespace tierbuild::archive
