#include "archive/block_compressor.hpp"

#include "archive/io.hpp"

namespace tierbuild::archive {

BlockCompressor::BlockCompressor(int fd, Compression compression, unsigned workers)
    : fd_(fd), compression_(compression), workers_(std::max(workers, 1U)) {}

BlockCompressor::~BlockCompressor() {
  for (std::jthread& thread : threads_) thread.request_stop();
}

Block BlockCompressor::take_block() {
  Block block;
  {
    std::lock_guard lock(mutex_);
    if (!free_inputs_.empty()) {
      block = std::move(free_inputs_.back());
      free_inputs_.pop_back();
    }
  }
  if (block.capacity == 0) block = Block::of(kBlockSize);
  block.size = 0;
  return block;
}

Status BlockCompressor::push(Block block) {
  if (threads_.empty()) start();
  std::unique_lock lock(mutex_);
  space_ready_.wait(lock, [&] { return error_ || pushed_ - written_ < 2 * workers_ + 1; });
  if (error_) return *error_;
  queue_.emplace_back(pushed_++, std::move(block));
  work_ready_.notify_one();
  return {};
}

Result<BlockCompressor::Output> BlockCompressor::finish(Block last) {
  if (last.size > 0 && threads_.empty()) {
    Block out;
    TB_TRY(BlockCodec::make(compression_)->compress(last.view(), out));
    TB_TRY(emit(out));
  } else if (last.size > 0) {
    TB_TRY(push(std::move(last)));
  }
  std::unique_lock lock(mutex_);
  space_ready_.wait(lock, [&] { return error_ || pushed_ == written_; });
  if (error_) return *error_;
  return Output{hash_.finish(), size_};
}

void BlockCompressor::start() {
  for (unsigned i = 0; i < workers_; ++i)
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
}

void BlockCompressor::work(const std::stop_token& stop) {
  std::unique_ptr<BlockCodec> codec = BlockCodec::make(compression_);
  std::unique_lock lock(mutex_);
  while (work_ready_.wait(lock, stop, [&] { return !queue_.empty(); }) && !stop.stop_requested()) {
    auto [number, input] = std::move(queue_.front());
    queue_.pop_front();
    Block out;
    if (!free_outputs_.empty()) {
      out = std::move(free_outputs_.back());
      free_outputs_.pop_back();
    }
    lock.unlock();
    Status status = codec->compress(input.view(), out);
    lock.lock();
    free_inputs_.push_back(std::move(input));
    if (!status && !error_) error_ = std::move(status).error();
    ready_.emplace(number, std::move(out));
    write_ready(lock);
  }
}

void BlockCompressor::write_ready(std::unique_lock<std::mutex>& lock) {
  if (writing_) return;
  writing_ = true;
  for (auto next = ready_.find(written_); next != ready_.end() && !error_; next = ready_.find(written_)) {
    Block block = std::move(next->second);
    ready_.erase(next);
    lock.unlock();
    Status status = emit(block);
    lock.lock();
    if (!status) error_ = std::move(status).error();
    ++written_;
    free_outputs_.push_back(std::move(block));
    space_ready_.notify_all();
  }
  writing_ = false;
  if (error_) space_ready_.notify_all();
}

Status BlockCompressor::emit(const Block& block) {
  hash_.update(block.view());
  size_ += block.size;
  return write_bytes(fd_, block.view());
}

}  // namespace tierbuild::archive
