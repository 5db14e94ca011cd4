#include "archive/block_codec.hpp"

#include <isa-l/igzip_lib.h>
#include <zstd.h>

#include <vector>

namespace tierbuild::archive {
namespace {

void reserve(Block& out, size_t bytes) {
  if (out.capacity < bytes) out = Block::of(bytes);
  out.size = 0;
}

/// ISA-L level 1: levels 0 to 2 give the same bytes on every x86 model, level 3 does not. The header that
/// ISA-L writes is fixed: no time, no name, "unknown" as operating system.
class GzipCodec final : public BlockCodec {
 public:
  Status compress(std::string_view input, Block& out) override {
    reserve(out, input.size() + input.size() / 8 + 4096);
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
  isal_zstream stream_;
  std::vector<uint8_t> scratch_ = std::vector<uint8_t>(ISAL_DEF_LVL1_DEFAULT);
};

class ZstdCodec final : public BlockCodec {
 public:
  Status compress(std::string_view input, Block& out) override {
    constexpr int kLevel = 3;
    reserve(out, ZSTD_compressBound(input.size()));
    size_t size =
        ZSTD_compressCCtx(context_.get(), out.data.get(), out.capacity, input.data(), input.size(), kLevel);
    if (ZSTD_isError(size))
      return Error::make(Code::internal, "zstd cannot compress a block: {}", ZSTD_getErrorName(size));
    out.size = size;
    return {};
  }

 private:
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> context_{ZSTD_createCCtx()};
};

}  // namespace

std::unique_ptr<BlockCodec> BlockCodec::make(Compression compression) {
  TB_CHECK(compression != Compression::none);
  if (compression == Compression::gzip) return std::make_unique<GzipCodec>();
  return std::make_unique<ZstdCodec>();
}

}  // namespace tierbuild::archive
