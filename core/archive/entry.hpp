// Entry: one member of a layer, on its way into a tar or out of one.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace tierbuild::archive {

enum class EntryType : uint8_t { file, directory, symlink, hardlink, char_device, block_device, fifo };

struct Entry {
  std::string path;  // relative, no leading './' or '/', no trailing '/'; "" is the root directory itself
  EntryType type = EntryType::file;
  uint32_t mode = 0644;  // permission bits with setuid, setgid and sticky
  uint32_t uid = 0;
  uint32_t gid = 0;
  uint64_t size = 0;  // of a file's content
  std::string link;   // target of a symlink, path of the first member for a hardlink
  uint32_t dev_major = 0;
  uint32_t dev_minor = 0;
  int64_t mtime = 0;  // seconds since 1970
  std::map<std::string, std::string> xattrs;
  bool operator==(const Entry&) const = default;
};

/// Names of the OCI layer format: `.wh.NAME` hides NAME below, `.wh..wh..opq` hides all that is below its
/// directory.
inline constexpr const char* kWhiteoutPrefix = ".wh.";
inline constexpr const char* kOpaqueMarker = ".wh..wh..opq";

}  // namespace tierbuild::archive
