// Snapshot: a directory as a commit has it, without a checkout.
#pragma once

#include <filesystem>
#include <map>
#include <memory>

#include "git/object.hpp"
#include "git/repository.hpp"

namespace tierbuild::git {

enum class LastLink : uint8_t { follow, keep };

struct SnapshotFile {
  std::string name;
  Entry entry;
};

/// The files below a directory as they were at a commit. The directory may lie in the repository or hold it:
/// what is outside of the repository has no other state than the one on disk, and is taken from there. All
/// paths are relative to the directory, `""` is the directory itself. For one thread at a time.
class Snapshot {
 public:
  /// `tree` is that of the commit, for the top of the repository, which must outlive this.
  static Result<Snapshot> of(const Repository& repository, const ObjectId& tree,
                             const std::filesystem::path& directory);
  Snapshot(Snapshot&&) noexcept;
  Snapshot& operator=(Snapshot&&) noexcept;
  ~Snapshot();

  /// What stands at a path; Mode::none if nothing does, or if the path leads through a symlink.
  Result<Entry> lookup(const std::string& path);
  /// What a directory holds, sorted by name, without `.git`; nothing if there is no such directory.
  Result<std::vector<SnapshotFile>> list(const std::string& path);
  /// The bytes of a file, or the target of a symlink, that is there.
  Result<std::string> read(const std::string& path);
  /// The path without symlinks on the way; nothing if it leads nowhere. `denied` if it leaves the directory,
  /// as every absolute symlink does.
  Result<std::optional<std::string>> resolve(const std::string& path, LastLink link);
  /// Whether all that was seen so far belongs to the tree: it will be the same whenever it is looked at.
  bool is_fixed() const;

 private:
  struct State;
  explicit Snapshot(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tierbuild::git
