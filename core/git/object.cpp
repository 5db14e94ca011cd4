#include "git/object.hpp"

#include <sys/stat.h>

#include "git/blob_hash.hpp"

namespace tierbuild::git {

ObjectId ObjectId::from(const void* raw) {
  ObjectId id;
  std::memcpy(id.bytes.data(), raw, kSize);
  return id;
}

std::string ObjectId::hex() const {
  std::string text;
  for (uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

Mode canonical(uint32_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return Mode::directory;
    case S_IFLNK:
      return Mode::symlink;
    case S_IFREG:
      return (mode & S_IXUSR) != 0 ? Mode::executable : Mode::file;
    case static_cast<uint32_t>(Mode::submodule):
      return Mode::submodule;
    default:
      return Mode::none;
  }
}

ObjectId blob_id(std::string_view bytes) {
  BlobHash hash(bytes.size());
  hash.update(bytes);
  return hash.finish();
}

}  // namespace tierbuild::git
