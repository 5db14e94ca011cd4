// Cache mounts: directories that outlive a step, shared between steps and processes by fixed rules.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "sandbox/step_spec.hpp"

namespace tierbuild::sandbox {

/// `shared`: one directory for all at once. `locked`: one directory, one step at a time, whatever the
/// process. `private`: one directory per concurrent user; a free one is taken again later. The identity is
/// hashed and never joined into a path. Locks are flock locks on files beside the directories: they end with
/// their holder.
class CacheMounts {
 public:
  explicit CacheMounts(std::filesystem::path root) : root_(std::move(root)) {}

  /// The directory name under `root` for a mount: from its id, or from its target if it has none.
  static std::string identity(const std::string& id, const std::string& target);

  struct Held {
    std::filesystem::path directory;
    UniqueFd lock;  // released when closed
  };
  /// Waits until the mount may be used by the caller. Creates the directory with the owner and mode if it is
  /// new.
  Result<Held> acquire(const std::string& identity, Sharing sharing, uint32_t uid, uint32_t gid,
                       uint32_t mode);

 private:
  std::filesystem::path root_;
};

}  // namespace tierbuild::sandbox
