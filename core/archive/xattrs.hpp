// Private: extended attributes on disk.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tierbuild::archive {

using Xattrs = std::map<std::string, std::string>;

/// overlayfs's own: `trusted.overlay.` and `user.overlay.`.
bool is_overlay_xattr(std::string_view name);
/// What marks an opaque directory, with the value "y".
const char* opaque_xattr(bool user_xattr);

/// The attributes that belong into a layer: without overlayfs's and without labels that the host gives
/// (`security.*`, but `security.capability`). `path` is not followed if it is a symlink.
Result<Xattrs> read_xattrs(const std::string& path);
/// True if the directory at `path` hides what lies below it.
Result<bool> is_opaque(const std::string& path, bool user_xattr);

/// Makes the layer attributes of `path` these; with `path` not followed. Fails if the file system cannot keep
/// one, but for `security.selinux`.
Status write_xattrs(const std::string& path, const Xattrs& xattrs);
Status set_opaque(int directory, bool user_xattr);

}  // namespace tierbuild::archive
