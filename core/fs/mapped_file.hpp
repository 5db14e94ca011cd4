// MappedFile: the bytes of a file without a copy.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.hpp"

namespace tierbuild::fs {

/// For files of our own, which are replaced as a whole: one that is shortened in place would end the process.
class MappedFile {
 public:
  /// Fails with `not_found`, `denied`, `io`, or `invalid` if it is no regular file.
  static Result<MappedFile> open(const std::filesystem::path& path);
  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MappedFile();

  std::string_view bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::string_view bytes) : bytes_(bytes) {}
  std::string_view bytes_;
};

}  // namespace tierbuild::fs
