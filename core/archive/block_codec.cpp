#include "archive/block_codec.hpp"

#include <isa-l/igzip_lib.h>
#include <zstd.h>

#include <vector>

namespace tierbuild::archive {
namespace {

Error damaged() {
  return {Code::corrupt, "a compressed block is damaged"};
}

/// ISA-L level 1: levels 0 to 2 give the same bytes on every x86 model, level 3 does not. The header that
/// ISA-L writes is fixed: no time, no name, "unknown" as operating system.
class Deflater {
 public:
  Status run(std::string_view input, Block& out) {
    out.reserve(input.size() + input.size() / 8 + 4096);
    isal_deflate_init(&stream_);
    stream_.level = 1;
    stream_.level_buf = scratch_.data();
    stream_.level_buf_size = static_cast<uint32_t>(scratch_.size());
    stream_.gzip_flag = IGZIP_GZIP;
    stream_.end_of_stream = 1;
    stream_.flush = NO_FLUSH;
    stream_.next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(input.data()));
    stream_.avail_in = static_cast<uint32_t>(input.size());
    stream_.next_out = reinterpret_cast<uint8_t*>(out.data.get());
    stream_.avail_out = static_cast<uint32_t>(out.capacity);
    int status = isal_deflate(&stream_);
    if (status != COMP_OK || stream_.internal_state.state != ZSTATE_END)
      return Error::make(Code::internal, "ISA-L cannot compress a block: status {}", status);
    out.size = stream_.total_out;
    return {};
  }

 private:
  isal_zstream stream_{};
  std::vector<uint8_t> scratch_ = std::vector<uint8_t>(ISAL_DEF_LVL1_DEFAULT);
};

class GzipCodec final : public BlockCodec {
 public:
  /// About one new stream of ISA-L 2.30 in some thousand packs a small input otherwise, as validly; why is
  /// not known. So small blocks are made until two streams agree. Large ones, where it was not seen, are made
  /// once.
  Status compress(std::string_view input, Block& out) override {
    constexpr size_t kSmall = 64 * 1024;
    TB_TRY(deflater_.run(input, out));
    for (bool agreed = input.size() > kSmall; !agreed;) {
      Deflater other;
      TB_TRY(other.run(input, again_));
      agreed = again_.view() == out.view();
      std::swap(again_, out);
    }
    return {};
  }

  Status decompress(std::string_view input, size_t size, Block& out) override {
    out.reserve(size);
    isal_inflate_init(&inflate_);
    inflate_.crc_flag = ISAL_GZIP;
    inflate_.next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(input.data()));
    inflate_.avail_in = static_cast<uint32_t>(input.size());
    inflate_.next_out = reinterpret_cast<uint8_t*>(out.data.get());
    inflate_.avail_out = static_cast<uint32_t>(size);
    int status = isal_inflate(&inflate_);
    if (status != ISAL_DECOMP_OK || inflate_.block_state != ISAL_BLOCK_FINISH || inflate_.avail_in != 0 ||
        inflate_.avail_out != 0)
      return damaged();
    out.size = size;
    return {};
  }

 private:
  Deflater deflater_;
  Block again_;
  inflate_state inflate_;
};

class ZstdCodec final : public BlockCodec {
 public:
  ZstdCodec() {
    constexpr int kLevel = 3;
    ZSTD_CCtx_setParameter(compress_.get(), ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(compress_.get(), ZSTD_c_checksumFlag, 1);
  }

  Status compress(std::string_view input, Block& out) override {
    out.reserve(ZSTD_compressBound(input.size()));
    size_t size = ZSTD_compress2(compress_.get(), out.data.get(), out.capacity, input.data(), input.size());
    if (ZSTD_isError(size))
      return Error::make(Code::internal, "zstd cannot compress a block: {}", ZSTD_getErrorName(size));
    out.size = size;
    return {};
  }

  Status decompress(std::string_view input, size_t size, Block& out) override {
    out.reserve(size);
    size_t got = ZSTD_decompressDCtx(decompress_.get(), out.data.get(), size, input.data(), input.size());
    if (ZSTD_isError(got) || got != size) return damaged();
    out.size = size;
    return {};
  }

 private:
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> compress_{ZSTD_createCCtx()};
  std::unique_ptr<ZSTD_DCtx, Free> decompress_{ZSTD_createDCtx()};
};

}  // namespace

std::unique_ptr<BlockCodec> BlockCodec::make(Compression compression) {
  TB_CHECK(compression != Compression::none);
  if (compression == Compression::gzip) return std::make_unique<GzipCodec>();
  return std::make_unique<ZstdCodec>();
}

}  // namespace tierbuild::archive
