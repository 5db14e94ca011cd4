// Private: the uncompressed bytes of a layer, hashed on the way; decompression runs ahead in a thread of its
// own.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "archive/block_codec.hpp"
#include "archive/decoder.hpp"
#include "hash/digest.hpp"

namespace tierbuild::archive {

class TarBytes {
 public:
  /// `limit` caps the uncompressed bytes. `fd` is not owned and must outlive the object.
  TarBytes(int fd, uint64_t limit, std::stop_token stop);
  TarBytes(const TarBytes&) = delete;
  TarBytes& operator=(const TarBytes&) = delete;
  ~TarBytes();

  /// The next bytes, valid until the next call; empty at the end. An error is repeated by later calls.
  Result<std::string_view> next();
  /// Reads what is left; the digest of all bytes.
  Result<Digest> finish();

 private:
  struct Item {
    Block block;
    std::optional<Error> error;
  };

  Status open();
  /// Fills and hashes one block; an empty one at the end.
  Item produce();
  Item take();
  void run_ahead(const std::stop_token& ended);

  const int fd_;
  const uint64_t limit_;
  const std::stop_token stop_;
  std::stop_source stop_reading_;  // of this object: the caller's token or its destructor
  std::stop_callback<std::function<void()>> forward_;

  // Used by the caller alone until the thread starts, by the thread alone afterwards.
  std::unique_ptr<Decoder> decoder_;
  Sha256 hash_;
  uint64_t total_ = 0;
  Digest digest_;

  Block current_;
  bool at_end_ = false;
  std::optional<Error> error_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Item> ready_;
  std::deque<Block> free_;
  std::jthread thread_;  // last: joined before anything else goes
};

}  // namespace tierbuild::archive
