// Records: what each key led to, kept in SQLite. Records and blobs are the truth; all else can be rebuilt.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "hash/digest.hpp"
#include "hash/key_hasher.hpp"
#include "image/manifest.hpp"

namespace tierbuild::store {

class Lease;

/// The outcome of a step under a key.
struct StepRecord {
  Digest key;
  std::string target;            // name of the target and step that ran it first: "tier:base/apt"
  std::vector<KeyField> inputs;  // what the key was made from, for `why`
  std::vector<Digest> layers;    // diff ids of the layers it made, bottom first; empty if it changed nothing
  Digest config;                 // blob of the image config (bases only), else empty
  Digest manifest;               // digest of the manifest a base was resolved to, else empty
  int64_t duration_ms = 0;
  int64_t created_ms = 0;  // since 1970
  int64_t used_ms = 0;     // last put or looked up, to the hour; 0 in `put` means now
  bool operator==(const StepRecord&) const = default;
};

/// The blob that holds a layer; one row for each compression of it that exists.
struct LayerRecord {
  Digest diff_id;
  image::Descriptor blob;
  uint64_t tar_size = 0;  // 0 if unknown
  bool operator==(const LayerRecord&) const = default;
};

/// A target's image as last built.
struct ImageRecord {
  std::string target;  // "service:discord"
  image::Platform platform;
  Digest key;  // of the image: its chain of layers and its config without stamps
  image::Descriptor manifest;
  uint64_t size = 0;  // of all layer blobs
  uint32_t layers = 0;
  std::vector<std::string> tags;
  int64_t created_ms = 0;
  int64_t used_ms = 0;  // as in StepRecord
  Digest made_of;       // over the keys of its layers: equal content may have been made by other steps
  // What only `last_image` reads, for `why`:
  std::vector<KeyField> inputs;  // what the key was made from
  std::vector<KeyField> steps;  // all steps that it was made of, two fields each: label and key, "" and shape
  bool operator==(const ImageRecord&) const = default;
};

/// Why a step ran, or why an image was made, in one build.
struct CauseRecord {
  int64_t build = 0;     // filled in by `put`
  std::string name;      // "tier:base/pip", or "service:web" for its image
  std::string platform;  // "linux/amd64"
  std::string outcome;   // "ran", "same" (ran, to the same bytes), "failed", "made" (an image)
  int64_t duration_ms = 0;
  std::string changes;  // JSON; see build/causes.hpp
  bool operator==(const CauseRecord&) const = default;
};

struct BuildRecord {
  int64_t id = 0;  // 0 in `put` gives it the next one
  int64_t started_ms = 0;
  int64_t duration_ms = 0;
  std::string command;  // the command line, without secret values
  std::string outcome;  // "done", "failed", "cancelled"
  uint32_t ran = 0, reused = 0, failed = 0;
  std::vector<CauseRecord> causes;  // only `put` takes them, `causes` gives them
  bool operator==(const BuildRecord&) const = default;
};

/// Thread-safe. Several processes may have the same file open (WAL); writes are serialised by SQLite. A put
/// replaces the record with the same key. Only `last_step`, `step_inputs` and `last_image` read a record's
/// `inputs`, which may be many: elsewhere they are empty. Every call may fail with `io`, `no_space`, or
/// `corrupt`: then the next opening sets the file aside.
class Records {
 public:
  virtual ~Records() = default;

  virtual Result<std::optional<StepRecord>> step(const Digest& key) = 0;
  /// The record last put for this target and step name: what `why` compares with.
  virtual Result<std::optional<StepRecord>> last_step(const std::string& target) = 0;
  /// As `step`, with its inputs; it does not count as a use.
  virtual Result<std::optional<StepRecord>> step_inputs(const Digest& key) = 0;
  /// How long the step took the last few times, newest first.
  virtual Result<std::vector<int64_t>> durations(const std::string& target) = 0;
  virtual Status put(const StepRecord& record) = 0;
  virtual Status forget_step(const Digest& key) = 0;

  virtual Result<std::vector<LayerRecord>> layer(const Digest& diff_id) = 0;
  virtual Status put(const LayerRecord& record) = 0;
  /// Removes every record of this blob.
  virtual Status forget_blob(const Digest& blob) = 0;

  virtual Result<std::optional<ImageRecord>> image(const std::string& target,
                                                   const image::Platform& platform) = 0;
  /// As `image`, with its inputs and steps; it does not count as a use.
  virtual Result<std::optional<ImageRecord>> last_image(const std::string& target,
                                                        const image::Platform& platform) = 0;
  /// All of them, by target and platform.
  virtual Result<std::vector<ImageRecord>> images() = 0;
  virtual Status put(const ImageRecord& record) = 0;
  virtual Status forget_image(const std::string& target, const image::Platform& platform) = 0;

  /// Small named values that are not keys, such as the digest that a tag was resolved to: ("base",
  /// "python:3.12").
  virtual Result<std::optional<std::string>> value(const std::string& space, const std::string& name) = 0;
  virtual Status put_value(const std::string& space, const std::string& name, const std::string& value) = 0;

  virtual Status put(const BuildRecord& record) = 0;
  /// The last `limit` builds, newest first.
  virtual Result<std::vector<BuildRecord>> builds(unsigned limit) = 0;
  /// Of one build, as they were put; those of the last hundreds of builds are kept.
  virtual Result<std::vector<CauseRecord>> causes(int64_t build) = 0;
  /// The last build that ran the step or made the image; 0 if none is known.
  virtual Result<int64_t> last_cause(const std::string& name, const std::string& platform) = 0;

  /// Every record that a mark phase needs.
  virtual Result<std::vector<StepRecord>> steps() = 0;
  virtual Result<std::vector<LayerRecord>> layers() = 0;

  /// Reads all of the database; `corrupt` if a part of it is damaged.
  virtual Status check() = 0;

  /// One transaction over several calls of this thread: begin, then commit or roll back at destruction. Calls
  /// of other threads, and writes of other processes, wait meanwhile. A second one in the same thread is
  /// `internal`. With Access::read it is for lookups only, which cost less in it: writes of other processes
  /// do not wait, but prunes do; nothing may be put meanwhile, and there is nothing to commit.
  enum class Access : uint8_t { write, read };
  class Batch {
   public:
    virtual ~Batch() = default;
    virtual Status commit() = 0;
  };
  virtual Result<std::unique_ptr<Batch>> batch(Access access) = 0;
  Result<std::unique_ptr<Batch>> batch() { return batch(Access::write); }
};

/// Opens or creates the database. A damaged or foreign file is set aside as `records.db.damaged-<time>` and
/// an empty one takes its place, with a note in `warning`: everything in it can be rebuilt. With a lease,
/// every key, diff id, image and blob that is looked up or put is announced.
Result<std::unique_ptr<Records>> open_records(const std::filesystem::path& file,
                                              std::string* warning = nullptr, Lease* lease = nullptr);
/// Records in memory, for tests.
Result<std::unique_ptr<Records>> memory_records();

/// The digest that an image record is announced by.
Digest image_name(const std::string& target, const image::Platform& platform);

}  // namespace tierbuild::store
