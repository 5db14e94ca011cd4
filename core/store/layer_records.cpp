#include "store/layer_records.hpp"

#include <unistd.h>

#include <cerrno>

#include "archive/decoder.hpp"
#include "store/unproven.hpp"

namespace tierbuild::store {

Result<Plain> plain_of(int fd) {
  if (::lseek(fd, 0, SEEK_SET) != 0) return Error::os(errno, "cannot read a blob again");
  TB_LET(auto decoder, archive::Decoder::open(fd, {}));
  Plain plain;
  Sha256 hash;
  std::vector<char> buffer(1 << 18);
  while (true) {
    TB_LET(size_t got, decoder->read(buffer.data(), buffer.size()));
    if (got == 0) break;
    hash.update({buffer.data(), got});
    plain.size += got;
  }
  plain.digest = hash.finish();
  return plain;
}

namespace {

Status look_into(Store& store, LayerRecord& record) {
  if (record.tar_size != 0) return {};
  TB_LET(UniqueFd fd, store.blobs().open(record.blob.digest));
  TB_LET(Plain plain, plain_of(fd.get()), "while reading blob {}", record.blob.digest.str());
  record.tar_size = plain.size;
  if (plain.digest == record.diff_id) return {};
  return Error::make(Code::corrupt, "blob {} holds the layer {}, not {} as the image says",
                     record.blob.digest.str(), plain.digest.str(), record.diff_id.str());
}

}  // namespace

Status record_layer(Store& store, LayerRecord record) {
  TB_LET(std::vector<LayerRecord> known, store.records().layer(record.diff_id));
  for (const LayerRecord& other : known)
    if (other.blob.digest == record.blob.digest && !is_unproven(other) && record.tar_size == 0) return {};
  std::erase_if(known, [&](const LayerRecord& other) {
    return other.blob.digest == record.blob.digest || is_unproven(other) ||
           !store.blobs().has(other.blob.digest);
  });
  if (!known.empty()) TB_TRY(look_into(store, record));
  for (LayerRecord& other : known) {
    if (other.tar_size != 0) continue;
    if (look_into(store, other)) {
      TB_TRY(store.records().put(other));
    } else {
      TB_TRY(store.records().forget_blob(other.blob.digest));
    }
  }
  return store.records().put(record);
}

}  // namespace tierbuild::store
