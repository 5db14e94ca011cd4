// Private: whole reads and writes on descriptors.
#pragma once

#include <sys/types.h>

#include <stop_token>
#include <string_view>

#include "base/result.hpp"

namespace tierbuild::archive {

/// Writes all bytes at the current position.
Status write_bytes(int fd, std::string_view bytes);
/// Writes all bytes at `offset`.
Status write_bytes_at(int fd, std::string_view bytes, uint64_t offset);
/// Up to `size` bytes; 0 at the end. Waits for a pipe in short steps, so that `stop` ends it (`cancelled`).
Result<size_t> read_bytes(int fd, char* out, size_t size, const std::stop_token& stop = {});

/// `cancelled` once somebody asked to stop.
Status check_stop(const std::stop_token& stop);

}  // namespace tierbuild::archive
