// Private: one directory of a stack of layers, as the directories on disk that it is made of.
#pragma once

#include <sys/stat.h>

#include <string>
#include <vector>

#include "archive/disk_entry.hpp"
#include "archive/merged_view.hpp"
#include "base/result.hpp"

namespace tierbuild::archive {

/// The rules of overlayfs: the uppermost name wins, directories merge down to an opaque one or to a name that
/// is not a directory, whiteouts hide. Nothing is followed: each part was found to be a real directory.
class MergedDir {
 public:
  struct Child {
    struct stat info {};
    std::string source;
    std::vector<std::string> parts;  // of a directory
    bool is_directory() const { return S_ISDIR(info.st_mode); }
  };

  static Result<MergedDir> root(const MergedView& view);
  MergedDir(std::vector<std::string> parts_top_first, bool user_xattr)
      : parts_(std::move(parts_top_first)), user_xattr_(user_xattr) {}

  /// What is visible under `name`, or nothing.
  Result<std::optional<Child>> child(const std::string& name) const;
  /// All visible names, unsorted.
  Result<std::vector<DiskName>> names() const;
  /// The directory on disk that gives mode, owner and times; empty if there is no layer at all.
  const std::string* top() const { return parts_.empty() ? nullptr : &parts_.front(); }
  const std::vector<std::string>& parts() const { return parts_; }

 private:
  std::vector<std::string> parts_;
  bool user_xattr_;
};

}  // namespace tierbuild::archive
