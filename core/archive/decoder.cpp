#include "archive/decoder.hpp"

#include <isa-l/igzip_lib.h>
#include <zstd.h>

#include <cstring>
#include <string_view>
#include <vector>

#include "archive/io.hpp"
#include "archive/libarchive.hpp"
#include "base/strings.hpp"

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

/// bzip2 and xz, which archives have and layers do not.
class FilterDecoder final : public Decoder {
 public:
  explicit FilterDecoder(Input input) : input_(std::move(input)) {}

  Status open() {
    TB_TRY(open_libarchive());
    handle_.reset(archive_read_new());
    ::archive* handle = handle_.get();
    archive_read_support_filter_bzip2(handle);
    archive_read_support_filter_xz(handle);
    archive_read_support_format_raw(handle);
    ::archive_entry* all = nullptr;
    if (archive_read_open(handle, this, nullptr, feed, nullptr) != ARCHIVE_OK ||
        archive_read_next_header(handle, &all) != ARCHIVE_OK)
      return damaged();
    return {};
  }

  Result<size_t> read(char* out, size_t size) override {
    la_ssize_t got = archive_read_data(handle_.get(), out, size);
    if (got < 0) return damaged();
    return static_cast<size_t>(got);
  }

 private:
  static la_ssize_t feed(::archive* handle, void* self, const void** out) {
    auto& decoder = *static_cast<FilterDecoder*>(self);
    decoder.input_.use(decoder.lent_);
    Status status = decoder.input_.bytes().empty() ? decoder.input_.fill() : Status();
    if (!status) {
      decoder.error_ = std::move(status).error();
      archive_set_error(handle, EIO, "no bytes");
      return ARCHIVE_FATAL;
    }
    std::string_view bytes = decoder.input_.bytes();
    decoder.lent_ = bytes.size();
    *out = bytes.data();
    return static_cast<la_ssize_t>(bytes.size());
  }

  Error damaged() const {
    if (error_) return *error_;
    const char* text = archive_error_string(handle_.get());
    return Error::make(Code::corrupt, "the compressed stream is damaged: {}",
                       printable(text == nullptr ? "unknown" : text));
  }

  Input input_;
  size_t lent_ = 0;  // bytes of the input that libarchive has
  std::optional<Error> error_;
  std::unique_ptr<::archive, FreeReader> handle_;
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
  constexpr size_t kMagicSize = 6;
  constexpr std::string_view kXz(
      "\xfd"
      "7zXZ\0",
      6);
  Input input(fd, std::move(stop));
  TB_TRY(input.fill(kMagicSize));
  std::string_view bytes = input.bytes();
  std::unique_ptr<Decoder> decoder;
  if (bytes.starts_with("\x1f\x8b"))
    decoder = std::make_unique<GzipDecoder>(std::move(input));
  else if (is_zstd(bytes))
    decoder = std::make_unique<ZstdDecoder>(std::move(input));
  else if (bytes.starts_with("BZh") || bytes.starts_with(kXz)) {
    auto filtered = std::make_unique<FilterDecoder>(std::move(input));
    TB_TRY(filtered->open());
    decoder = std::move(filtered);
  } else
    decoder = std::make_unique<PlainDecoder>(std::move(input));
  return decoder;
}

}  // namespace tierbuild::archive
