// MergedView: what a stack of unpacked layers looks like from above, without mounting it.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "archive/entry.hpp"
#include "base/result.hpp"

namespace tierbuild::archive {

/// A visible file with the place of its bytes.
struct ViewEntry {
  Entry entry;                   // path relative to the root of the view; hard links appear as separate files
  std::filesystem::path source;  // where the file really lies
};

/// Layer directories in overlay form (see Whiteouts::overlay), bottom first. Lower directories are never
/// written.
class MergedView {
 public:
  explicit MergedView(std::vector<std::filesystem::path> layers_bottom_first, bool user_xattr = false);

  /// The entry at `path`, symlinks not followed in the last component; in the others they are followed inside
  /// the root (at most 40). Nothing if it does not exist or is whited out.
  Result<std::optional<ViewEntry>> lookup(const std::string& path) const;
  /// As lookup, following a symlink at the end too: `entry.path` is the resolved one.
  Result<std::optional<ViewEntry>> resolve(const std::string& path) const;
  /// Visits `path` (as lookup finds it) and all below it, sorted by the bytes of their paths, which is the
  /// order that LayerWriter wants. Fails with `not_found`, or the first error of `visit`.
  Status walk(const std::string& path, const std::function<Status(const ViewEntry&)>& visit) const;
  /// The bytes of the regular file that `path` resolves to; nothing if there is none; `corrupt` above
  /// `limit`.
  Result<std::optional<std::string>> read(const std::string& path, uint64_t limit = 1 << 24) const;

  const std::vector<std::filesystem::path>& layers_bottom_first() const { return layers_; }
  bool user_xattr() const { return user_xattr_; }

 private:
  std::vector<std::filesystem::path> layers_;
  bool user_xattr_;
};

}  // namespace tierbuild::archive
