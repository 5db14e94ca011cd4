#include "store/sql_rows.hpp"

#include "image/json.hpp"
#include "store/key_fields.hpp"

namespace tierbuild::store {

std::string pack(const std::vector<Digest>& digests) {
  std::string out;
  for (const Digest& digest : digests)
    out.append(reinterpret_cast<const char*>(digest.bytes().data()), Digest::kSize);
  return out;
}

std::vector<Digest> unpack(std::string_view bytes) {
  std::vector<Digest> out(bytes.size() / Digest::kSize);
  for (size_t i = 0; i < out.size(); ++i) {
    Digest::Bytes raw;
    std::memcpy(raw.data(), bytes.data() + i * Digest::kSize, raw.size());
    out[i] = Digest(raw);
  }
  return out;
}

StepRecord read_step(Query& row) {
  StepRecord record;
  record.key = row.digest();
  record.target = row.text();
  record.layers = unpack(row.blob());
  record.config = row.digest();
  record.manifest = row.digest();
  record.duration_ms = row.integer();
  record.created_ms = row.integer();
  record.used_ms = row.integer();
  return record;
}

Result<LayerRecord> read_layer(Query& row) {
  LayerRecord record;
  record.diff_id = row.digest();
  record.blob.digest = row.digest();
  record.blob.media_type = row.text();
  record.blob.size = static_cast<uint64_t>(row.integer());
  if (std::string annotations = row.text(); !annotations.empty()) {
    TB_LET(image::Json json, image::parse_json(annotations, "a layer record"));
    image::Json outer{{"annotations", std::move(json)}};
    record.blob.annotations = image::Fields(outer, "a layer record").map("annotations");
  }
  record.tar_size = static_cast<uint64_t>(row.integer());
  return record;
}

Result<ImageRecord> read_image(Query& row) {
  ImageRecord record;
  record.target = row.text();
  record.platform.os = row.text();
  record.platform.architecture = row.text();
  record.platform.variant = row.text();
  record.key = row.digest();
  TB_LET(record.manifest, image::Descriptor::parse(row.text()));
  record.size = static_cast<uint64_t>(row.integer());
  record.layers = static_cast<uint32_t>(row.integer());
  TB_LET(image::Json tags, image::parse_json(row.text(), "an image record"));
  image::Json outer{{"tags", std::move(tags)}};
  record.tags = image::Fields(outer, "an image record").texts("tags");
  record.created_ms = row.integer();
  record.used_ms = row.integer();
  record.made_of = row.digest();
  return record;
}

Result<std::vector<KeyField>> read_fields(Query& row) {
  std::string bytes = row.blob();
  if (bytes.empty()) return std::vector<KeyField>();
  return decode_fields(bytes);
}

Result<CauseRecord> read_cause(Query& row) {
  CauseRecord record;
  record.build = row.integer();
  record.name = row.text();
  record.platform = row.text();
  record.outcome = row.text();
  record.duration_ms = row.integer();
  record.changes = row.text();
  return record;
}

Result<BuildRecord> read_build(Query& row) {
  BuildRecord record;
  record.id = row.integer();
  record.started_ms = row.integer();
  record.duration_ms = row.integer();
  record.command = row.text();
  record.outcome = row.text();
  record.ran = static_cast<uint32_t>(row.integer());
  record.reused = static_cast<uint32_t>(row.integer());
  record.failed = static_cast<uint32_t>(row.integer());
  return record;
}

}  // namespace tierbuild::store
