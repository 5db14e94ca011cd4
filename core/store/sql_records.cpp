#include "store/sql_records.hpp"

#include <mutex>
#include <unordered_map>

#include "base/clock.hpp"
#include "image/json.hpp"
#include "store/key_fields.hpp"
#include "store/lease.hpp"
#include "store/sql_rows.hpp"

namespace tierbuild::store {

Digest image_name(const std::string& target, const image::Platform& platform) {
  return KeyHasher("image record", 1).add("target", target).add("platform", platform.str()).finish().digest;
}

namespace {

class SqlRecords final : public Records {
 public:
  SqlRecords(std::unique_ptr<Database> database, Lease* lease) : db_(std::move(database)), lease_(lease) {}
  ~SqlRecords() override { write_uses(); }

  Result<std::optional<StepRecord>> step(const Digest& key) override;
  Result<std::optional<StepRecord>> last_step(const std::string& target) override;
  Result<std::optional<StepRecord>> step_inputs(const Digest& key) override;
  Result<std::vector<int64_t>> durations(const std::string& target) override;
  Status put(const StepRecord& record) override;
  Status forget_step(const Digest& key) override;
  Result<std::vector<LayerRecord>> layer(const Digest& diff_id) override;
  Status put(const LayerRecord& record) override;
  Status forget_blob(const Digest& blob) override;
  Result<std::optional<ImageRecord>> image(const std::string& target,
                                           const image::Platform& platform) override;
  Result<std::optional<ImageRecord>> last_image(const std::string& target,
                                                const image::Platform& platform) override;
  Result<std::vector<ImageRecord>> images() override;
  Status put(const ImageRecord& record) override;
  Status forget_image(const std::string& target, const image::Platform& platform) override;
  Result<std::optional<std::string>> value(const std::string& space, const std::string& name) override;
  Status put_value(const std::string& space, const std::string& name, const std::string& value) override;
  Status put(const BuildRecord& record) override;
  Result<std::vector<BuildRecord>> builds(unsigned limit) override;
  Result<std::vector<CauseRecord>> causes(int64_t build) override;
  Result<int64_t> last_cause(const std::string& name, const std::string& platform) override;
  Result<std::vector<StepRecord>> steps() override;
  Result<std::vector<LayerRecord>> layers() override;
  Status check() override;
  using Records::batch;
  Result<std::unique_ptr<Batch>> batch(Access access) override;

 private:
  friend class SqlBatch;
  void write_uses();

  std::unique_ptr<Database> db_;
  Lease* lease_;
  std::recursive_mutex mutex_;
  bool in_batch_ = false;
  std::vector<Digest> used_steps_;
  std::vector<std::pair<std::string, image::Platform>> used_images_;
};

class SqlBatch final : public Records::Batch {
 public:
  Lease::HeldGate gate;  // of a batch that reads; given back last

  SqlBatch(SqlRecords& records, std::unique_lock<std::recursive_mutex> lock)
      : records_(records), lock_(std::move(lock)) {
    records_.in_batch_ = true;
  }
  ~SqlBatch() override {
    if (!done_) std::ignore = records_.db_->exec("ROLLBACK");
    records_.in_batch_ = false;
  }
  Status commit() override {
    TB_TRY(records_.db_->exec("COMMIT"));
    done_ = true;
    return {};
  }

 private:
  SqlRecords& records_;
  std::unique_lock<std::recursive_mutex> lock_;
  bool done_ = false;
};

Result<std::unique_ptr<Records::Batch>> SqlRecords::batch(Access access) {
  std::unique_lock lock(mutex_);
  if (in_batch_) return Error(Code::internal, "a batch of records is open already");
  TB_TRY(db_->exec(access == Access::write ? "BEGIN IMMEDIATE" : "BEGIN"));
  auto batch = std::make_unique<SqlBatch>(*this, std::move(lock));
  // A prune takes its transaction before the gate. This one never waits for a writer, so that the gate may be
  // held in it.
  if (access == Access::read && lease_ != nullptr) {
    TB_LET(batch->gate, lease_->hold_gate());
  }
  return batch;
}

Result<std::optional<StepRecord>> SqlRecords::step(const Digest& key) {
  TB_TRY(announce(lease_, key));
  std::lock_guard lock(mutex_);
  Query query(*db_, "SELECT " TB_STEP_COLUMNS " FROM steps WHERE key = ?");
  TB_LET(bool found, query.bind(key).next());
  if (!found) return std::optional<StepRecord>();
  StepRecord record = read_step(query);
  if (record.used_ms + kUseGranularity < Clock::system().now()) used_steps_.push_back(key);
  return std::optional(std::move(record));
}

Result<std::optional<StepRecord>> SqlRecords::last_step(const std::string& target) {
  std::lock_guard lock(mutex_);
  Query query(*db_,
              "SELECT " TB_STEP_COLUMNS ", inputs FROM steps WHERE target = ? ORDER BY id DESC LIMIT 1");
  TB_LET(bool found, query.bind(target).next());
  if (!found) return std::optional<StepRecord>();
  StepRecord record = read_step(query);
  TB_LET(record.inputs, decode_fields(query.blob()));
  return std::optional(std::move(record));
}

Result<std::optional<StepRecord>> SqlRecords::step_inputs(const Digest& key) {
  std::lock_guard lock(mutex_);
  Query query(*db_, "SELECT " TB_STEP_COLUMNS ", inputs FROM steps WHERE key = ?");
  TB_LET(bool found, query.bind(key).next());
  if (!found) return std::optional<StepRecord>();
  StepRecord record = read_step(query);
  TB_LET(record.inputs, decode_fields(query.blob()));
  return std::optional(std::move(record));
}

Result<std::vector<int64_t>> SqlRecords::durations(const std::string& target) {
  std::lock_guard lock(mutex_);
  Query query(*db_, "SELECT duration_ms FROM steps WHERE target = ? ORDER BY id DESC LIMIT 5");
  return all<int64_t>(query.bind(target), [](Query& row) -> Result<int64_t> { return row.integer(); });
}

Status SqlRecords::put(const StepRecord& record) {
  TB_TRY(announce(lease_, record.key));
  std::string inputs = encode_fields(record.inputs);
  std::lock_guard lock(mutex_);
  return Query(*db_, "INSERT OR REPLACE INTO steps(" TB_STEP_COLUMNS ", inputs) VALUES(?,?,?,?,?,?,?,?,?)")
      .bind(record.key)
      .bind(record.target)
      .bind_blob(pack(record.layers))
      .bind(record.config)
      .bind(record.manifest)
      .bind(record.duration_ms)
      .bind(record.created_ms)
      .bind(record.used_ms != 0 ? record.used_ms : Clock::system().now())
      .bind_blob(inputs)
      .run();
}

Status SqlRecords::forget_step(const Digest& key) {
  std::lock_guard lock(mutex_);
  return Query(*db_, "DELETE FROM steps WHERE key = ?").bind(key).run();
}

Result<std::vector<StepRecord>> SqlRecords::steps() {
  std::lock_guard lock(mutex_);
  Query query(*db_, "SELECT " TB_STEP_COLUMNS " FROM steps ORDER BY id");
  return all<StepRecord>(query, [](Query& row) -> Result<StepRecord> { return read_step(row); });
}

Result<std::vector<LayerRecord>> SqlRecords::layer(const Digest& diff_id) {
  TB_TRY(announce(lease_, diff_id));
  std::lock_guard lock(mutex_);
  Query query(*db_, "SELECT " TB_LAYER_COLUMNS " FROM layers WHERE diff_id = ? ORDER BY digest");
  return all<LayerRecord>(query.bind(diff_id), read_layer);
}

Result<std::vector<LayerRecord>> SqlRecords::layers() {
  std::lock_guard lock(mutex_);
  Query query(*db_, "SELECT " TB_LAYER_COLUMNS " FROM layers ORDER BY diff_id, digest");
  return all<LayerRecord>(query, read_layer);
}

Status SqlRecords::put(const LayerRecord& record) {
  TB_TRY(announce(lease_, record.diff_id));
  TB_TRY(announce(lease_, record.blob.digest));
  std::string annotations =
      record.blob.annotations.empty() ? "" : image::dump(image::OrderedJson(record.blob.annotations));
  std::lock_guard lock(mutex_);
  return Query(*db_, "INSERT OR REPLACE INTO layers(" TB_LAYER_COLUMNS ") VALUES(?,?,?,?,?,?)")
      .bind(record.diff_id)
      .bind(record.blob.digest)
      .bind(record.blob.media_type)
      .bind(static_cast<int64_t>(record.blob.size))
      .bind(annotations)
      .bind(static_cast<int64_t>(record.tar_size))
      .run();
}

Status SqlRecords::forget_blob(const Digest& blob) {
  std::lock_guard lock(mutex_);
  return Query(*db_, "DELETE FROM layers WHERE digest = ?").bind(blob).run();
}

Result<std::optional<ImageRecord>> SqlRecords::image(const std::string& target,
                                                     const image::Platform& platform) {
  TB_TRY(announce(lease_, image_name(target, platform)));
  std::lock_guard lock(mutex_);
  Query query(*db_, "SELECT " TB_IMAGE_COLUMNS
                    " FROM images WHERE target = ? AND os = ? AND architecture = ? AND variant = ?");
  query.bind(target).bind(platform.os).bind(platform.architecture).bind(platform.variant);
  TB_LET(bool found, query.next());
  if (!found) return std::optional<ImageRecord>();
  TB_LET(ImageRecord record, read_image(query));
  if (record.used_ms + kUseGranularity < Clock::system().now()) used_images_.emplace_back(target, platform);
  return std::optional(std::move(record));
}

Result<std::optional<ImageRecord>> SqlRecords::last_image(const std::string& target,
                                                          const image::Platform& platform) {
  std::lock_guard lock(mutex_);
  Query query(*db_,
              "SELECT " TB_IMAGE_COLUMNS
              ", inputs, steps FROM images WHERE target = ? AND os = ? AND architecture = ? AND variant = ?");
  query.bind(target).bind(platform.os).bind(platform.architecture).bind(platform.variant);
  TB_LET(bool found, query.next());
  if (!found) return std::optional<ImageRecord>();
  TB_LET(ImageRecord record, read_image(query));
  TB_LET(record.inputs, read_fields(query));
  TB_LET(record.steps, read_fields(query));
  return std::optional(std::move(record));
}

Result<std::vector<ImageRecord>> SqlRecords::images() {
  std::lock_guard lock(mutex_);
  Query query(*db_, "SELECT " TB_IMAGE_COLUMNS " FROM images ORDER BY target, os, architecture, variant");
  return all<ImageRecord>(query, read_image);
}

Status SqlRecords::put(const ImageRecord& record) {
  TB_TRY(announce(lease_, image_name(record.target, record.platform)));
  std::lock_guard lock(mutex_);
  return Query(*db_, "INSERT OR REPLACE INTO images(" TB_IMAGE_COLUMNS
                     ", inputs, steps) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)")
      .bind(record.target)
      .bind(record.platform.os)
      .bind(record.platform.architecture)
      .bind(record.platform.variant)
      .bind(record.key)
      .bind(record.manifest.json())
      .bind(static_cast<int64_t>(record.size))
      .bind(static_cast<int64_t>(record.layers))
      .bind(image::dump(image::OrderedJson(record.tags)))
      .bind(record.created_ms)
      .bind(record.used_ms != 0 ? record.used_ms : Clock::system().now())
      .bind(record.made_of)
      .bind_blob(encode_fields(record.inputs))
      .bind_blob(encode_fields(record.steps))
      .run();
}

Status SqlRecords::forget_image(const std::string& target, const image::Platform& platform) {
  std::lock_guard lock(mutex_);
  return Query(*db_, "DELETE FROM images WHERE target = ? AND os = ? AND architecture = ? AND variant = ?")
      .bind(target)
      .bind(platform.os)
      .bind(platform.architecture)
      .bind(platform.variant)
      .run();
}

Result<std::optional<std::string>> SqlRecords::value(const std::string& space, const std::string& name) {
  std::lock_guard lock(mutex_);
  Query query(*db_, "SELECT value FROM facts WHERE space = ? AND name = ?");
  TB_LET(bool found, query.bind(space).bind(name).next());
  return found ? std::optional(query.text()) : std::nullopt;
}

Status SqlRecords::put_value(const std::string& space, const std::string& name, const std::string& value) {
  std::lock_guard lock(mutex_);
  return Query(*db_, "INSERT OR REPLACE INTO facts(space, name, value) VALUES(?,?,?)")
      .bind(space)
      .bind(name)
      .bind(value)
      .run();
}

Status SqlRecords::put(const BuildRecord& record) {
  constexpr int64_t kBuildsWithCauses = 500;
  TB_LET(std::unique_ptr<Batch> batch, this->batch());
  TB_TRY(Query(*db_,
               "INSERT OR REPLACE INTO builds(id, started_ms, duration_ms, command, outcome, ran, reused, "
               "failed)"
               " VALUES(nullif(?,0),?,?,?,?,?,?,?)")
             .bind(record.id)
             .bind(record.started_ms)
             .bind(record.duration_ms)
             .bind(record.command)
             .bind(record.outcome)
             .bind(static_cast<int64_t>(record.ran))
             .bind(static_cast<int64_t>(record.reused))
             .bind(static_cast<int64_t>(record.failed))
             .run());
  int64_t id = record.id;
  if (id == 0) {
    Query last(*db_, "SELECT last_insert_rowid()");
    TB_LET(bool found, last.next());
    if (found) id = last.integer();
  }
  for (const CauseRecord& cause : record.causes)
    TB_TRY(
        Query(*db_,
              "INSERT INTO causes(build, name, platform, outcome, duration_ms, changes) VALUES(?,?,?,?,?,?)")
            .bind(id)
            .bind(cause.name)
            .bind(cause.platform)
            .bind(cause.outcome)
            .bind(cause.duration_ms)
            .bind(cause.changes)
            .run());
  TB_TRY(Query(*db_, "DELETE FROM causes WHERE build <= ?").bind(id - kBuildsWithCauses).run());
  return batch->commit();
}

Result<std::vector<CauseRecord>> SqlRecords::causes(int64_t build) {
  std::lock_guard lock(mutex_);
  Query query(*db_,
              "SELECT build, name, platform, outcome, duration_ms, changes FROM causes WHERE build = ?"
              " ORDER BY rowid");
  return all<CauseRecord>(query.bind(build), read_cause);
}

Result<int64_t> SqlRecords::last_cause(const std::string& name, const std::string& platform) {
  std::lock_guard lock(mutex_);
  Query query(*db_, "SELECT max(build) FROM causes WHERE name = ? AND platform = ?");
  TB_LET(bool found, query.bind(name).bind(platform).next());
  return found ? query.integer() : 0;
}

Result<std::vector<BuildRecord>> SqlRecords::builds(unsigned limit) {
  std::lock_guard lock(mutex_);
  Query query(*db_,
              "SELECT id, started_ms, duration_ms, command, outcome, ran, reused, failed FROM builds"
              " ORDER BY id DESC LIMIT ?");
  query.bind(static_cast<int64_t>(limit));
  return all<BuildRecord>(query, read_build);
}

Status SqlRecords::check() {
  std::lock_guard lock(mutex_);
  return db_->check();
}

// Uses only order what a prune removes first: if they cannot be written at once, they are forgotten.
void SqlRecords::write_uses() {
  if (used_steps_.empty() && used_images_.empty()) return;
  db_->be_impatient();
  auto batch = this->batch();
  if (!batch) return;
  const int64_t now = Clock::system().now();
  for (const Digest& key : used_steps_)
    if (!Query(*db_, "UPDATE steps SET used_ms = ? WHERE key = ?").bind(now).bind(key).run()) return;
  for (const auto& [target, platform] : used_images_)
    if (!Query(
             *db_,
             "UPDATE images SET used_ms = ? WHERE target = ? AND os = ? AND architecture = ? AND variant = ?")
             .bind(now)
             .bind(target)
             .bind(platform.os)
             .bind(platform.architecture)
             .bind(platform.variant)
             .run())
      return;
  std::ignore = batch.value()->commit();
}

}  // namespace

std::unique_ptr<Records> sql_records(std::unique_ptr<Database> database, Lease* lease) {
  return std::make_unique<SqlRecords>(std::move(database), lease);
}

}  // namespace tierbuild::store
