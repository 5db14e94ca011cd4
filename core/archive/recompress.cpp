#include "archive/recompress.hpp"

#include "archive/block_compressor.hpp"
#include "archive/decoder.hpp"
#include "archive/io.hpp"

namespace tierbuild::archive {

Result<LayerBlob> recompress(int in, int out, const LayerOptions& options) {
  TB_LET(std::unique_ptr<Decoder> decoder, Decoder::open(in, options.stop));
  BlockCompressor compressor(out, options.compression, options.workers);
  Sha256 tar_hash;
  LayerBlob blob;
  blob.compression = options.compression;
  Block block = compressor.take_block();
  for (;;) {
    TB_TRY(check_stop(options.stop));
    TB_LET(size_t got, decoder->read(block.data.get() + block.size, block.capacity - block.size));
    block.size += got;
    const bool last = got == 0;
    if (!last && block.size < block.capacity) continue;
    tar_hash.update(block.view());
    blob.tar_size += block.size;
    if (options.compression == Compression::none) {
      TB_TRY(write_bytes(out, block.view()));
      block.size = 0;
    } else if (!last) {
      TB_TRY(compressor.push(std::move(block)));
      block = compressor.take_block();
    }
    if (last) break;
  }
  blob.diff_id = tar_hash.finish();
  if (options.compression == Compression::none) {
    blob.digest = blob.diff_id;
    blob.size = blob.tar_size;
    return blob;
  }
  TB_LET(BlockCompressor::Output output, compressor.finish(std::move(block)));
  blob.digest = output.digest;
  blob.size = output.size;
  return blob;
}

}  // namespace tierbuild::archive
