// Records from rows of the database, in the order of columns that the macros and queries name.
#pragma once

#include <vector>

#include "store/records.hpp"
#include "store/sqlite.hpp"

namespace tierbuild::store {

#define TB_STEP_COLUMNS "key, target, layers, config, manifest, duration_ms, created_ms, used_ms"
#define TB_LAYER_COLUMNS "diff_id, digest, media_type, size, annotations, tar_size"
#define TB_IMAGE_COLUMNS \
  "target, os, architecture, variant, key, manifest, size, layers, tags, created_ms, used_ms, made_of"

/// Digests in one blob, one behind another.
std::string pack(const std::vector<Digest>& digests);
std::vector<Digest> unpack(std::string_view bytes);

StepRecord read_step(Query& row);
Result<LayerRecord> read_layer(Query& row);
Result<ImageRecord> read_image(Query& row);
Result<std::vector<KeyField>> read_fields(Query& row);
Result<CauseRecord> read_cause(Query& row);
Result<BuildRecord> read_build(Query& row);

/// All rows that are left.
template <class T>
Result<std::vector<T>> all(Query& query, Result<T> (*read)(Query&)) {
  std::vector<T> out;
  for (;;) {
    TB_LET(bool more, query.next());
    if (!more) return out;
    TB_LET(T record, read(query));
    out.push_back(std::move(record));
  }
}

}  // namespace tierbuild::store
