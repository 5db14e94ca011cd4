// Private: libarchive's tar reader over TarBytes, with the caps applied and every member checked.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>

#include "archive/entry.hpp"
#include "archive/layer_reader.hpp"
#include "archive/tar_bytes.hpp"
#include "base/result.hpp"

struct archive;
struct archive_entry;

namespace tierbuild::archive {

class TarStream {
 public:
  /// A piece of a member's content; what lies between pieces is zeros.
  struct Piece {
    std::string_view bytes;
    uint64_t offset = 0;
  };

  static Result<std::unique_ptr<TarStream>> open(int fd, const UnpackLimits& limits, std::stop_token stop);
  TarStream(const TarStream&) = delete;
  TarStream& operator=(const TarStream&) = delete;
  ~TarStream();

  /// The next member with a normal path, or nothing at the end.
  Result<std::optional<Entry>> next();
  /// The next piece of the current member's content, valid until the next call; nothing at its end.
  Result<std::optional<Piece>> read();
  /// Reads the rest; the digest of the uncompressed stream.
  Result<Digest> finish();

  uint64_t entries() const { return entries_; }
  /// The sum of the sizes of the files so far.
  uint64_t content_bytes() const { return content_bytes_; }

 private:
  TarStream(int fd, const UnpackLimits& limits, std::stop_token stop);
  static ssize_t feed(::archive* handle, void* self, const void** out);
  Error damaged();
  Result<Entry> to_entry(::archive_entry* member);
  Status count(const Entry& entry);

  struct Free {
    void operator()(::archive* handle) const;
  };

  const UnpackLimits limits_;
  const std::stop_token stop_;
  TarBytes bytes_;
  std::optional<Error> feed_error_;
  bool fed_ = false;  // at least one byte
  uint64_t entries_ = 0;
  uint64_t content_bytes_ = 0;
  std::unique_ptr<::archive, Free> handle_;  // none after the last member
};

}  // namespace tierbuild::archive
