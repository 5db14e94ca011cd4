// Private: blocks in, one compressed stream out, in order, whatever the number of threads.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "archive/block_codec.hpp"
#include "hash/digest.hpp"

namespace tierbuild::archive {

/// One caller pushes blocks; `workers` threads compress them. The thread that completes the oldest block
/// writes and hashes it. Threads start with the first push, so a stream of one block needs none.
class BlockCompressor {
 public:
  struct Output {
    Digest digest;
    uint64_t size = 0;
  };

  BlockCompressor(int fd, Compression compression, unsigned workers);
  BlockCompressor(const BlockCompressor&) = delete;
  BlockCompressor& operator=(const BlockCompressor&) = delete;
  /// Blocks that are not written yet are dropped.
  ~BlockCompressor();

  /// An empty block of kBlockSize, one that was used before if there is one.
  Block take_block();
  /// Queues a block; waits while too many are in flight. Fails as soon as any block could not be written.
  Status push(Block block);
  /// Compresses the last block (may be empty: then it is left out) and waits for all.
  Result<Output> finish(Block last);

 private:
  void start();
  void work(const std::stop_token& stop);
  void write_ready(std::unique_lock<std::mutex>& lock);
  Status emit(const Block& block);

  const int fd_;
  const Compression compression_;
  const unsigned workers_;

  Sha256 hash_;  // these two belong to whoever holds `writing_`
  uint64_t size_ = 0;

  std::mutex mutex_;
  std::condition_variable_any work_ready_;
  std::condition_variable space_ready_;
  std::deque<std::pair<uint64_t, Block>> queue_;
  std::map<uint64_t, Block> ready_;
  std::vector<Block> free_inputs_;
  std::vector<Block> free_outputs_;
  uint64_t pushed_ = 0;
  uint64_t written_ = 0;
  bool writing_ = false;
  std::optional<Error> error_;
  std::vector<std::jthread> threads_;  // last: joined before anything else goes
};

}  // namespace tierbuild::archive
