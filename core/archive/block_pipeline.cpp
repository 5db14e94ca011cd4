#include "archive/block_pipeline.hpp"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

#include "archive/io.hpp"
#include "base/strings.hpp"

namespace tierbuild::archive {
namespace {

constexpr off_t kWriteBehind = 8 << 20;

Error changed(const Gap& gap) {
  return Error::make(Code::failed, "{} changed while it was read", printable(gap.file));
}

Status fill(const Gap& gap, char* to) {
  UniqueFd file(::open(gap.file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file) return Error::os(errno, "cannot read {}", printable(gap.file));
  char beyond;
  size_t got = 0;
  const size_t wanted = gap.size + (gap.at_end ? 1 : 0);
  while (got < wanted) {
    size_t left = gap.size - std::min(got, gap.size);
    iovec parts[] = {{to + got, left}, {&beyond, 1}};
    ssize_t n = ::preadv(file.get(), parts, gap.at_end ? 2 : 1, static_cast<off_t>(gap.offset + got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error::os(errno, "cannot read {}", printable(gap.file));
    if (n == 0) break;
    got += static_cast<size_t>(n);
  }
  if (got != gap.size) return changed(gap);
  return {};
}

}  // namespace

BlockPipeline::BlockPipeline(int fd, const LayerOptions& options)
    : fd_(fd), start_(::lseek(fd, 0, SEEK_CUR)), options_(options), workers_(std::max(options.workers, 1U)) {
  blob_.compression = options.compression;
}

BlockPipeline::~BlockPipeline() {
  for (std::jthread& thread : threads_) thread.request_stop();
}

TarBlock BlockPipeline::take_block() {
  TarBlock block;
  {
    std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      block.bytes = std::move(free_.back());
      free_.pop_back();
    }
  }
  block.bytes.reserve(kBlockSize);
  return block;
}

Status BlockPipeline::push(TarBlock block) {
  TB_TRY(check_stop(options_.stop));
  if (threads_.empty()) start();
  std::unique_lock lock(mutex_);
  space_ready_.wait(lock, [&] { return error_ || pushed_ - done() < 2 * workers_ + 1; });
  if (error_) return *error_;
  blob_.blocks.push_back({block.identity, 0, 0});
  queue_.emplace_back(pushed_++, std::move(block));
  work_ready_.notify_one();
  return {};
}

Result<LayerBlob> BlockPipeline::finish(TarBlock last) {
  if (last.bytes.size > 0 && threads_.empty()) {
    Tools own = tools();
    std::unique_lock lock(mutex_);
    blob_.blocks.push_back({last.identity, 0, 0});
    process(own, pushed_++, std::move(last), lock);
  } else if (last.bytes.size > 0) {
    TB_TRY(push(std::move(last)));
  }
  std::unique_lock lock(mutex_);
  space_ready_.wait(lock, [&] { return error_ || pushed_ == done(); });
  if (error_) return *error_;
  return result();
}

LayerBlob BlockPipeline::result() {
  blob_.diff_id = tar_hash_.finish();
  blob_.digest = options_.compression == Compression::none ? blob_.diff_id : blob_hash_.finish();
  for (const BlockPart& part : blob_.blocks) {
    blob_.size += part.size;
    blob_.tar_size += part.tar_size;
  }
  return std::move(blob_);
}

BlockPipeline::Tools BlockPipeline::tools() const {
  if (options_.compression == Compression::none) return {};
  return {BlockCodec::make(options_.compression), {}};
}

void BlockPipeline::start() {
  for (unsigned i = 0; i < workers_; ++i)
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
}

void BlockPipeline::work(const std::stop_token& stop) {
  Tools own = tools();
  std::unique_lock lock(mutex_);
  while (work_ready_.wait(lock, stop, [&] { return !queue_.empty(); }) && !stop.stop_requested()) {
    auto [number, block] = std::move(queue_.front());
    queue_.pop_front();
    process(own, number, std::move(block), lock);
  }
}

void BlockPipeline::process(Tools& tools, uint64_t number, TarBlock block,
                            std::unique_lock<std::mutex>& lock) {
  Block compressed;
  if (!free_.empty()) {
    compressed = std::move(free_.back());
    free_.pop_back();
  }
  lock.unlock();
  Status status = make(tools, block, compressed);
  lock.lock();
  if (!status && !error_) error_ = std::move(status).error();
  BlockPart& part = blob_.blocks[number];
  part.tar_size = static_cast<uint32_t>(block.bytes.size);
  part.size = tools.codec ? static_cast<uint32_t>(compressed.size) : part.tar_size;
  tar_lane_.waiting.emplace(number, std::move(block.bytes));
  drain(tar_lane_, lock, [&](std::string_view bytes) {
    tar_hash_.update(bytes);
    return tools.codec ? Status() : write(bytes);
  });
  if (tools.codec) {
    blob_lane_.waiting.emplace(number, std::move(compressed));
    drain(blob_lane_, lock, [&](std::string_view bytes) {
      blob_hash_.update(bytes);
      return write(bytes);
    });
  }
  if (error_) space_ready_.notify_all();
}

/// Lets the disk begin with what is written, so that a flush at the end has little left to wait for. What it
/// has leaves the page cache: a large layer takes its memory again and again instead of everybody else's.
Status BlockPipeline::write(std::string_view bytes) {
  TB_TRY(write_bytes(fd_, bytes));
  written_ += static_cast<off_t>(bytes.size());
  if (written_ - begun_ < kWriteBehind) return {};
  // Where these fail, nothing is lost but time.
  if (begun_ > 0) ::posix_fadvise(fd_, start_, begun_, POSIX_FADV_DONTNEED);
  ::sync_file_range(fd_, start_ + begun_, written_ - begun_, SYNC_FILE_RANGE_WRITE);
  begun_ = written_;
  return {};
}

Status BlockPipeline::make(Tools& tools, TarBlock& block, Block& compressed) const {
  if (take_over(tools, block, compressed)) return {};
  for (const Gap& gap : block.gaps) {
    TB_TRY(check_stop(options_.stop));
    TB_TRY(fill(gap, block.bytes.data.get() + gap.at));
  }
  if (tools.codec) TB_TRY(tools.codec->compress(block.bytes.view(), compressed));
  return {};
}

/// Takes both forms of a block from an earlier layer. What cannot be read or is damaged there changes nothing
/// in the block, which is then made anew.
bool BlockPipeline::take_over(Tools& tools, TarBlock& block, Block& compressed) const {
  if (options_.earlier == nullptr || block.identity.empty() || !tools.codec) return false;
  const EarlierLayer::Place* place = options_.earlier->find(block.identity);
  if (place == nullptr || place->tar_size != block.bytes.size) return false;
  compressed.reserve(place->size);
  while (compressed.size < place->size) {
    ssize_t n = ::pread(options_.earlier->fd(), compressed.data.get() + compressed.size,
                        place->size - compressed.size, static_cast<off_t>(place->offset + compressed.size));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    compressed.size += static_cast<size_t>(n);
  }
  tools.spare.reserve(kBlockSize);
  if (!tools.codec->decompress(compressed.view(), block.bytes.size, tools.spare)) return false;
  std::swap(block.bytes, tools.spare);
  return true;
}

template <class Handle>
void BlockPipeline::drain(Lane& lane, std::unique_lock<std::mutex>& lock, Handle handle) {
  if (lane.busy) return;
  lane.busy = true;
  for (auto next = lane.waiting.find(lane.next); next != lane.waiting.end() && !error_;
       next = lane.waiting.find(lane.next)) {
    Block block = std::move(next->second);
    lane.waiting.erase(next);
    lock.unlock();
    Status status = handle(block.view());
    lock.lock();
    if (!status && !error_) error_ = std::move(status).error();
    ++lane.next;
    free_.push_back(std::move(block));
    space_ready_.notify_all();
  }
  lane.busy = false;
}

uint64_t BlockPipeline::done() const {
  return options_.compression == Compression::none ? tar_lane_.next
                                                   : std::min(tar_lane_.next, blob_lane_.next);
}

}  // namespace tierbuild::archive
