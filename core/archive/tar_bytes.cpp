#include "archive/tar_bytes.hpp"

#include "archive/io.hpp"

namespace tierbuild::archive {
namespace {

constexpr size_t kAhead = 4;  // blocks

}  // namespace

TarBytes::TarBytes(int fd, uint64_t limit, std::stop_token stop)
    : fd_(fd),
      limit_(limit),
      stop_(std::move(stop)),
      forward_(stop_, [this] { stop_reading_.request_stop(); }) {}

TarBytes::~TarBytes() {
  stop_reading_.request_stop();
  thread_.request_stop();
}

Status TarBytes::open() {
  TB_LET(decoder_, Decoder::open(fd_, stop_reading_.get_token()));
  return {};
}

TarBytes::Item TarBytes::produce() {
  Item item;
  {
    std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      item.block = std::move(free_.front());
      free_.pop_front();
    }
  }
  if (item.block.capacity == 0) item.block = Block::of(kBlockSize);
  item.block.size = 0;
  while (item.block.size < item.block.capacity) {
    Result<size_t> got =
        decoder_->read(item.block.data.get() + item.block.size, item.block.capacity - item.block.size);
    if (!got) {
      item.error = std::move(got).error();
      return item;
    }
    if (*got == 0) break;
    item.block.size += *got;
  }
  total_ += item.block.size;
  if (total_ > limit_)
    item.error = Error::make(Code::corrupt, "the archive exceeds the limit `bytes` ({})", limit_);
  hash_.update(item.block.view());
  return item;
}

void TarBytes::run_ahead(const std::stop_token& ended) {
  while (!ended.stop_requested()) {
    Item item = produce();
    bool last = item.error || item.block.size < item.block.capacity;
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, ended, [&] { return ready_.size() < kAhead; })) return;
    ready_.push_back(std::move(item));
    changed_.notify_all();
    if (last) return;
  }
}

TarBytes::Item TarBytes::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !ready_.empty(); });
  Item item = std::move(ready_.front());
  ready_.pop_front();
  if (current_.capacity > 0) free_.push_back(std::move(current_));
  current_ = {};
  changed_.notify_all();
  return item;
}

Result<std::string_view> TarBytes::next() {
  if (error_) return *error_;
  if (at_end_) return std::string_view();
  Item item;
  if (!decoder_) {
    if (Status status = open(); !status) {
      error_ = std::move(status).error();
      return *error_;
    }
    item = produce();
    bool more = !item.error && item.block.size == item.block.capacity;
    if (more) thread_ = std::jthread([this](const std::stop_token& ended) { run_ahead(ended); });
  } else {
    item = take();
  }
  if (item.error) {
    error_ = std::move(item.error);
    return *error_;
  }
  current_ = std::move(item.block);
  // A block that is not full is the last one, and the thread that fills blocks has ended with it.
  if (current_.size < current_.capacity) {
    at_end_ = true;
    digest_ = hash_.finish();
  }
  return current_.view();
}

Result<Digest> TarBytes::finish() {
  while (!at_end_) TB_TRY(next());
  return digest_;
}

}  // namespace tierbuild::archive
