// The file of a fingerprint cache: a header and records of a fixed size, sorted by device and inode.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <utility>
#include <vector>

#include "fs/mapped_file.hpp"
#include "fs/scan.hpp"
#include "hash/digest.hpp"

namespace tierbuild::fs {

/// As it stands in the file: no padding, the byte order of the machine.
struct FingerprintRecord {
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t size = 0;
  int64_t mtime_ns = 0;
  int64_t ctime_ns = 0;
  uint32_t mode = 0;
  uint32_t last_used = 0;  // days since 1970
  Digest::Bytes content{};
  uint64_t check = 0;  // of all the rest

  std::pair<uint64_t, uint64_t> id() const { return {device, inode}; }
  bool is_of(const FileStat& stat) const {
    return FileStat{device, inode, size, mtime_ns, ctime_ns, mode} == stat;
  }
  /// False for a record that was damaged: it says nothing.
  bool is_whole() const { return check == sum(); }
  uint64_t sum() const;
};

/// The records of a file, where they stand: a run that needs few of them reads few.
class FingerprintFile {
 public:
  FingerprintFile() = default;
  /// Without records if the file is missing, foreign, or of another version or byte order.
  explicit FingerprintFile(const std::filesystem::path& file);
  std::span<const FingerprintRecord> records() const { return records_; }

 private:
  MappedFile file_;
  std::span<const FingerprintRecord> records_;
};

/// Replaces the file. The records are sorted and there is one for each device and inode.
Status store_fingerprints(const std::filesystem::path& file, std::vector<FingerprintRecord> records);

}  // namespace tierbuild::fs
