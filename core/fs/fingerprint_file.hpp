// The file of a fingerprint cache: a header and records of a fixed size, sorted by device and inode.
#pragma once

#include <cstdint>
#include <filesystem>
#include <utility>
#include <vector>

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

  std::pair<uint64_t, uint64_t> id() const { return {device, inode}; }
  bool is_of(const FileStat& stat) const {
    return FileStat{device, inode, size, mtime_ns, ctime_ns, mode} == stat;
  }
};

/// The records of the file; none if it is missing, of another version or another byte order, or damaged.
std::vector<FingerprintRecord> load_fingerprints(const std::filesystem::path& file);

/// Replaces the file. The records are sorted and there is one for each device and inode.
Status store_fingerprints(const std::filesystem::path& file, const std::vector<FingerprintRecord>& records);

}  // namespace tierbuild::fs
