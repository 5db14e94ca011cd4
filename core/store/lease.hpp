// Lease: what a living process relies on in a store, so that no prune of another process takes it away.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_set>

#include "base/result.hpp"
#include "hash/digest.hpp"
#include "store/file_lock.hpp"

namespace tierbuild::store {

/// A file `leases/<id>.lease`, locked as long as its process lives, that lists the digests (keys, diff ids,
/// blobs) which the process has asked for; and the directory `tmp/<id>`. Before a process looks something up
/// it announces it with `use`, which takes the gate `leases/gate` for a moment; a prune holds the gate while
/// it reads the lists, marks and sweeps. So what was announced before is kept, and what is announced after is
/// looked up after the sweep. On a full disk a lease cannot be listed: `use` and `tmp` fail then, and a prune
/// can still do its work. Thread-safe.
class Lease {
 public:
  static Result<std::unique_ptr<Lease>> take(const std::filesystem::path& root);
  ~Lease();

  /// Idempotent; the second call for a digest costs nothing.
  Status use(const Digest& digest);
  /// Keeps prunes waiting while it lives, so that what is announced meanwhile is listed once, at its end. No
  /// write of records may be waited for meanwhile: a prune that waits at the gate has begun one.
  struct OpenGate {
    void operator()(Lease* lease) const { lease->release_gate(); }
  };
  using HeldGate = std::unique_ptr<Lease, OpenGate>;
  Result<HeldGate> hold_gate();
  /// The process's own directory, made when it is first asked for.
  Result<std::filesystem::path> tmp();
  std::filesystem::path tmp_path() const { return tmp_; }

  /// What all other living leases list. While `gate` is held, nobody can announce more.
  struct Others {
    std::optional<FileLock> gate;
    std::unordered_set<Digest> digests;
    unsigned count = 0;
  };
  enum class Gate { hold, leave };
  Result<Others> others(Gate gate) const;

  /// Removes the leases and directories of dead processes and returns how many there were.
  Result<unsigned> sweep_dead() const;

 private:
  Lease(std::filesystem::path root, std::string id);
  void release_gate();
  Status list(std::string_view bytes);

  std::filesystem::path root_, file_, tmp_;
  std::optional<FileLock> lock_;  // absent if the disk was full
  UniqueFd gate_;
  std::mutex mutex_;
  std::unordered_set<Digest> used_;
  bool gate_is_held_ = false;
  std::string unlisted_;  // announced while the gate is held
  int64_t written_ = 0;
};

/// `lease->use(digest)`, or success without a lease.
inline Status announce(Lease* lease, const Digest& digest) {
  return lease == nullptr ? Status() : lease->use(digest);
}

}  // namespace tierbuild::store
