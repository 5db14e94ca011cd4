#include "git/snapshot_scan.hpp"

namespace tierbuild::git {
namespace {

class Scanner {
 public:
  Scanner(Snapshot& snapshot, const fs::Choice& choice, Submodules submodules)
      : snapshot_(snapshot), choice_(choice), submodules_(submodules) {}

  Status walk(const std::string& directory) {
    TB_LET(std::vector<SnapshotFile> files, snapshot_.list(directory));
    for (const SnapshotFile& file : files) {
      std::string path = directory.empty() ? file.name : directory + "/" + file.name;
      TB_TRY(file.entry.mode == Mode::directory || file.entry.mode == Mode::submodule
                 ? add_directory(path, file.entry)
                 : add_file(path, file.entry));
    }
    return {};
  }
  std::vector<SnapshotEntry> take() {
    std::sort(entries_.begin(), entries_.end(),
              [](const SnapshotEntry& a, const SnapshotEntry& b) { return a.path < b.path; });
    return std::move(entries_);
  }

 private:
  Status add_file(const std::string& path, const Entry& entry) {
    if (choice_.selects(path)) entries_.push_back({path, entry});
    return {};
  }

  Status add_directory(const std::string& path, const Entry& entry) {
    bool selected = choice_.selects(path), enters = choice_.enters(path);
    if (entry.mode == Mode::submodule && submodules_ == Submodules::shut) {
      if (selected || enters) entries_.push_back({path, entry});
      return {};
    }
    size_t before = entries_.size();
    if (enters) TB_TRY(walk(path));
    if (selected || entries_.size() > before) entries_.push_back({path, {Mode::directory, {}}});
    return {};
  }

  Snapshot& snapshot_;
  const fs::Choice& choice_;
  Submodules submodules_;
  std::vector<SnapshotEntry> entries_;
};

}  // namespace

Result<std::vector<SnapshotEntry>> scan(Snapshot& snapshot, const fs::Choice& choice, Submodules submodules) {
  Scanner scanner(snapshot, choice, submodules);
  TB_TRY(scanner.walk(""));
  return scanner.take();
}

}  // namespace tierbuild::git
