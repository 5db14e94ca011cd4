#include "archive/recompress.hpp"

#include <charconv>

#include "archive/decoder.hpp"
#include "archive/io.hpp"
#include "archive/tar_blocks.hpp"
#include "archive/tar_header.hpp"

namespace tierbuild::archive {
namespace {

/// Walks the members of a tar only as far as to know where headers are. What is no tar is carried over too.
class Members {
 public:
  Members(Decoder& decoder, TarBlocks& out, const std::stop_token& stop)
      : decoder_(decoder), out_(out), stop_(stop) {}

  Status copy() {
    while (true) {
      TB_LET(std::string records, take(kTarBlock));
      if (records.size() < kTarBlock) return out_.write(records);
      uint64_t size = announced_size(records);
      if (is_pax_header(records) && size <= kMaxPax) {
        TB_LET(std::string pax, take(padded(size)));
        size_ = size_in(pax);
        records += pax;
        size = 0;
      } else if (size_) {
        size = *std::exchange(size_, std::nullopt);
      }
      TB_TRY(out_.header(records));
      TB_LET(uint64_t got, out_.write(padded(size), [&](char* to, size_t room) { return read(to, room); }));
      if (got < padded(size)) return {};
    }
  }

 private:
  static constexpr uint64_t kMaxPax = 1 << 20;

  static uint64_t padded(uint64_t size) { return (size + kTarBlock - 1) / kTarBlock * kTarBlock; }

  Result<size_t> read(char* to, size_t room) {
    TB_TRY(check_stop(stop_));
    return decoder_.read(to, room);
  }

  /// `size` bytes, fewer at the end.
  Result<std::string> take(uint64_t size) {
    std::string bytes(size, '\0');
    size_t have = 0;
    while (have < bytes.size()) {
      TB_LET(size_t got, read(bytes.data() + have, bytes.size() - have));
      if (got == 0) break;
      have += got;
    }
    bytes.resize(have);
    return bytes;
  }

  /// The size that a pax header gives the member after it, for what is too large for its own.
  static std::optional<uint64_t> size_in(std::string_view pax) {
    constexpr std::string_view kKey = " size=";
    size_t at = pax.find(kKey);
    if (at == std::string_view::npos) return std::nullopt;
    uint64_t size = 0;
    pax.remove_prefix(at + kKey.size());
    std::from_chars(pax.data(), pax.data() + pax.size(), size);
    return size;
  }

  Decoder& decoder_;
  TarBlocks& out_;
  const std::stop_token& stop_;
  std::optional<uint64_t> size_;
};

}  // namespace

Result<LayerBlob> recompress(int in, int out, const LayerOptions& options) {
  TB_LET(std::unique_ptr<Decoder> decoder, Decoder::open(in, options.stop));
  TarBlocks blocks(out, options);
  TB_TRY(Members(*decoder, blocks, options.stop).copy());
  return blocks.finish();
}

}  // namespace tierbuild::archive
