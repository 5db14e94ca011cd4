#include "archive/unpacked_names.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <functional>

#include "base/unique_fd.hpp"

namespace tierbuild::archive {
namespace {

uint64_t mix(uint64_t inode, uint64_t hash) {
  uint64_t value = (inode + 0x9e3779b97f4a7c15ULL) * 0xbf58476d1ce4e5b9ULL ^ hash;
  return (value ^ value >> 31) * 0x94d049bb133111ebULL;
}

}  // namespace

void UnpackedNames::add(uint64_t parent_inode, std::string_view name) {
  hashes_.insert(mix(parent_inode, std::hash<std::string_view>{}(name)));
}

bool UnpackedNames::has(uint64_t parent_inode, std::string_view name) const {
  return hashes_.contains(mix(parent_inode, std::hash<std::string_view>{}(name)));
}

void UnpackedNames::add_directory(int directory) {
  UniqueFd above;
  struct stat info;
  // Above the root of the tree nothing is ever asked for, so going on to the root of the host does no harm.
  for (int fd = directory; ::fstat(fd, &info) == 0 && hashes_.insert(mix(info.st_ino, 0)).second;
       fd = above.get())
    above.reset(::openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

bool UnpackedNames::has_directory(uint64_t inode) const {
  return hashes_.contains(mix(inode, 0));
}

}  // namespace tierbuild::archive
