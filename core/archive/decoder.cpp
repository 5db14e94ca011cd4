#include "archive/decoder.hpp"

#include <isa-l/igzip_lib.h>
#include <zstd.h>

#include <cstring>
#include <string_view>
#include <vector>

#include "archive/io.hpp"

namespace tierbuild::archive {
namespace {

constexpr size_t kInputSize = 256 << 10;

/// The compressed bytes: `bytes()` is what has been read and not been used.
class Input {
 public:
  Input(int fd, std::stop_token stop) : fd_(fd), stop_(std::move(stop)) {}

  /// Reads until at least `wanted` bytes are there or the end has come.
  Status fill(size_t wanted = 1) {
    if (size_ > 0 && begin_ > 0) std::memmove(buffer_.data(), buffer_.data() + begin_, size_);
    begin_ = 0;
    while (size_ < wanted) {
      TB_LET(size_t got, read_bytes(fd_, buffer_.data() + size_, buffer_.size() - size_, stop_));
      if (got == 0) break;
      size_ += got;
    }
    return {};
  }
  std::string_view bytes() const { return {buffer_.data() + begin_, size_}; }
  void use(size_t count) {
    begin_ += count;
    size_ -= count;
  }

 private:
  int fd_;
  std::stop_token stop_;
  std::vector<char> buffer_ = std::vector<char>(kInputSize);
  size_t begin_ = 0;
  size_t size_ = 0;
};

class PlainDecoder final : public Decoder {
 public:
  explicit PlainDecoder(Input input) : input_(std::move(input)) {}

  Result<size_t> read(char* out, size_t size) override {
    if (input_.bytes().empty()) TB_TRY(input_.fill());
    size_t count = std::min(size, input_.bytes().size());
    std::memcpy(out, input_.bytes().data(), count);
    input_.use(count);
    return count;
  }

 private:
  Input input_;
};

class GzipDecoder final : public Decoder {
 public:
  explicit GzipDecoder(Input input) : input_(std::move(input)) { isal_inflate_init(&state_); }

  Result<size_t> read(char* out, size_t size) override {
    state_.next_out = reinterpret_cast<uint8_t*>(out);
    state_.avail_out = static_cast<uint32_t>(size);
    while (state_.avail_out > 0) {
      if (input_.bytes().empty()) TB_TRY(input_.fill());
      bool at_end = input_.bytes().empty();
      if (between_members_) {
        if (at_end) break;
        isal_inflate_reset(&state_);
        state_.crc_flag = ISAL_GZIP;
        between_members_ = false;
      }
      TB_TRY(step(at_end));
    }
    return size - state_.avail_out;
  }

 private:
  Status step(bool at_end) {
    std::string_view bytes = input_.bytes();
    uint32_t room = state_.avail_out;
    state_.next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(bytes.data()));
    state_.avail_in = static_cast<uint32_t>(bytes.size());
    int status = isal_inflate(&state_);
    input_.use(bytes.size() - state_.avail_in);
    if (status < 0) return Error::make(Code::corrupt, "the gzip stream is damaged ({})", status);
    if (state_.block_state == ISAL_BLOCK_FINISH)
      between_members_ = true;
    else if (at_end && state_.avail_out == room)
      return Error(Code::corrupt, "the gzip stream is truncated");
    return {};
  }

  Input input_;
  inflate_state state_;
  bool between_members_ = true;
};

class ZstdDecoder final : public Decoder {
 public:
  explicit ZstdDecoder(Input input) : input_(std::move(input)) {}

  Result<size_t> read(char* out, size_t size) override {
    ZSTD_outBuffer to{out, size, 0};
    while (to.pos < to.size) {
      if (input_.bytes().empty()) TB_TRY(input_.fill());
      std::string_view bytes = input_.bytes();
      if (bytes.empty() && between_frames_) break;
      ZSTD_inBuffer from{bytes.data(), bytes.size(), 0};
      size_t before = to.pos;
      size_t hint = ZSTD_decompressStream(context_.get(), &to, &from);
      input_.use(from.pos);
      if (ZSTD_isError(hint))
        return Error::make(Code::corrupt, "the zstd stream is damaged: {}", ZSTD_getErrorName(hint));
      between_frames_ = hint == 0;
      if (bytes.empty() && to.pos == before && !between_frames_)
        return Error(Code::corrupt, "the zstd stream is truncated");
    }
    return to.pos;
  }

 private:
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  Input input_;
  std::unique_ptr<ZSTD_DCtx, Free> context_{ZSTD_createDCtx()};
  bool between_frames_ = true;
};

bool is_zstd(std::string_view bytes) {
  constexpr std::string_view kFrame("\x28\xb5\x2f\xfd", 4);
  constexpr std::string_view kSkippable("\x2a\x4d\x18", 3);  // after one byte from 0x50 to 0x5f
  return bytes.starts_with(kFrame) ||
         (bytes.size() >= 4 && (static_cast<unsigned char>(bytes[0]) & 0xf0) == 0x50 &&
          bytes.substr(1).starts_with(kSkippable));
}

}  // namespace

Result<std::unique_ptr<Decoder>> Decoder::open(int fd, std::stop_token stop) {
  constexpr size_t kMagicSize = 4;
  Input input(fd, std::move(stop));
  TB_TRY(input.fill(kMagicSize));
  std::string_view bytes = input.bytes();
  std::unique_ptr<Decoder> decoder;
  if (bytes.starts_with("\x1f\x8b"))
    decoder = std::make_unique<GzipDecoder>(std::move(input));
  else if (is_zstd(bytes))
    decoder = std::make_unique<ZstdDecoder>(std::move(input));
  else
    decoder = std::make_unique<PlainDecoder>(std::move(input));
  return decoder;
}

}  // namespace tierbuild::archive
