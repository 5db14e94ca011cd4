// The mounts of one step: what it sees besides the layers of its image.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "sandbox/cache_mounts.hpp"
#include "sandbox/oci_spec.hpp"
#include "sandbox/rooted.hpp"
#include "sandbox/step_spec.hpp"

namespace tierbuild::sandbox {

/// Mounts into the root filesystem of a step through descriptors, so that no symlink in the image leads a
/// mount elsewhere. All of it lives in the mount namespace of the caller. Locks of cache mounts are held
/// until the object ends. `private_directory` is on a tmpfs.
class StepMounts {
 public:
  StepMounts(const StepSpec& spec, const Rooted& root, std::string private_directory)
      : spec_(spec), root_(root), private_(std::move(private_directory)) {}

  /// Makes /proc, /sys and /dev, on which the runtime mounts, and mounts everything that the step asks for.
  /// Waits for locked caches. Fails with `invalid` for a target in /proc or /sys, or if the image's own are
  /// not directories.
  Status mount_all();

  /// What can be mounted only after the runtime has made /dev.
  const std::vector<PreparedMount>& for_runtime() const { return for_runtime_; }
  const std::vector<Stub>& stubs() const { return stubs_; }

 private:
  /// A mounted tree that has no place yet.
  struct Tree {
    UniqueFd fd;
    bool directory = true;
  };

  Status make_kernel_directories();
  Status mount_network_files();
  Status mount_host_sysfs();
  Status lock_caches();
  Status mount_one(const StepMount& mount, size_t number);
  Result<Tree> tree_of(const StepMount& mount, size_t number);
  Result<Tree> layers_tree(const StepMount& mount, size_t number);
  Result<Tree> secret_tree(const StepMount& mount, size_t number);
  Result<Tree> tmpfs_tree(const StepMount& mount);
  Status attach(const Tree& tree, const std::string& target);
  enum class Access : uint8_t { read, write };
  Status hand_to_runtime(const Tree& tree, const std::string& target, Access access);

  const StepSpec& spec_;
  const Rooted& root_;
  std::string private_;
  std::vector<PreparedMount> for_runtime_;
  std::vector<Stub> stubs_;
  std::map<std::pair<std::string, bool>, CacheMounts::Held> caches_;  // by source, and whether it is private
};

}  // namespace tierbuild::sandbox
