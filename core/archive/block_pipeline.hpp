// Private: blocks of a tar in, one compressed stream out, in order, whatever the number of threads.
#pragma once

#include <sys/types.h>

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

/// A part of a block that a file fills.
struct Gap {
  size_t at = 0;  // in the block
  size_t size = 0;
  std::string file;
  uint64_t offset = 0;  // in the file
  bool at_end = false;  // nothing may follow in the file
};

/// A block of the tar. The bytes of its gaps are read when its turn to be compressed has come, or come from
/// an earlier layer that has a block of the same identity.
struct TarBlock {
  Block bytes;
  std::vector<Gap> gaps;
  Digest identity;  // see BlockPart
};

/// One caller pushes blocks; `workers` threads fill and compress them. Threads start with the first push, so
/// a stream of one block needs none.
class BlockPipeline {
 public:
  BlockPipeline(int fd, const LayerOptions& options);
  BlockPipeline(const BlockPipeline&) = delete;
  BlockPipeline& operator=(const BlockPipeline&) = delete;
  /// Blocks that are not written yet are dropped.
  ~BlockPipeline();

  /// An empty block of kBlockSize, one that was used before if there is one.
  TarBlock take_block();
  /// Queues a block; waits while too many are in flight. Fails as soon as any block could not be made or
  /// written.
  Status push(TarBlock block);
  /// Writes the last block (may be empty: then it is left out) and waits for all. `entries` stays 0.
  Result<LayerBlob> finish(TarBlock last);

 private:
  /// Takes blocks in any order and hands them on by number, one thread at a time.
  struct Lane {
    std::map<uint64_t, Block> waiting;
    uint64_t next = 0;
    bool busy = false;
  };
  struct Tools {
    std::unique_ptr<BlockCodec> codec;  // none without compression
    Block spare;
  };

  Tools tools() const;
  void start();
  void work(const std::stop_token& stop);
  /// Makes block `number`, and hands on what the lanes have in order. `lock` is held before and after.
  void process(Tools& tools, uint64_t number, TarBlock block, std::unique_lock<std::mutex>& lock);
  Status write(std::string_view bytes);
  Status make(Tools& tools, TarBlock& block, Block& compressed) const;
  bool take_over(Tools& tools, TarBlock& block, Block& compressed) const;
  template <class Handle>
  void drain(Lane& lane, std::unique_lock<std::mutex>& lock, Handle handle);
  uint64_t done() const;
  LayerBlob result();

  const int fd_;
  const off_t start_;  // where it stood
  const LayerOptions options_;
  const unsigned workers_;

  Sha256 tar_hash_;  // these belong to whoever is busy in the lane
  Sha256 blob_hash_;
  off_t written_ = 0;
  off_t begun_ = 0;  // of these the disk was told
  LayerBlob blob_;

  std::mutex mutex_;
  std::condition_variable_any work_ready_;
  std::condition_variable space_ready_;
  std::deque<std::pair<uint64_t, TarBlock>> queue_;
  Lane tar_lane_, blob_lane_;
  std::vector<Block> free_;
  uint64_t pushed_ = 0;
  std::optional<Error> error_;
  std::vector<std::jthread> threads_;  // last: joined before anything else goes
};

}  // namespace tierbuild::archive
