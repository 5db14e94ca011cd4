// The files of a view in a commit.
#include "bindings/view_files.hpp"
#include "git/snapshot_scan.hpp"

namespace tierbuild::bindings {
namespace {

class CommitFiles final : public ViewFiles {
 public:
  CommitFiles(const git::Repository& repository, const git::ObjectId& tree, std::string root)
      : repository_(repository), tree_(tree), root_(std::move(root)) {}

  void set_root(const std::string& root) override {
    root_ = root;
    snapshot_.reset();
  }

  Result<Content> read(const std::string& path, size_t limit) override {
    TB_LET(std::optional<std::string> found, resolve(path, LastLink::follow));
    if (!found) return fault(Fault::unreadable, "cannot read '{}': {}", path, std::strerror(ENOENT));
    TB_LET(git::Entry entry, snapshot_->lookup(*found));
    if (entry.mode != git::Mode::file && entry.mode != git::Mode::executable) return no_file(path);
    TB_LET(std::string bytes, snapshot_->read(*found));
    if (bytes.size() > limit) return too_large(path);
    return Content{std::move(bytes)};
  }

  Result<std::optional<fs::FileStat>> look_up(const std::string& path, LastLink link) override {
    TB_LET(std::optional<std::string> found, resolve(path, link));
    return found ? std::optional(fs::FileStat{}) : std::nullopt;
  }

  Result<std::vector<std::string>> find(const fs::Glob& glob,
                                        std::vector<uint32_t>& /*directories*/) override {
    TB_TRY(open());
    fs::Selection selection;
    selection.include = {glob.text()};
    TB_LET(fs::Choice choice, fs::Choice::make(selection, ""));
    TB_LET(std::vector<git::SnapshotEntry> found, git::scan(*snapshot_, choice, git::Submodules::open));
    std::vector<std::string> paths;
    for (git::SnapshotEntry& entry : found)
      if (glob.matches(entry.path)) paths.push_back(std::move(entry.path));
    return paths;
  }
  std::vector<fs::VisitedDirectory> visited() const override { return {}; }

  std::vector<std::string> names(const std::string& directory) override {
    std::vector<std::string> names;
    auto path = resolve(directory, LastLink::follow);
    if (!path || !*path) return names;
    if (auto files = snapshot_->list(**path))
      for (git::SnapshotFile& file : *files) names.push_back(std::move(file.name));
    return names;
  }

  bool is_fixed() const override { return snapshot_ && snapshot_->is_fixed(); }

 private:
  Status open() {
    if (snapshot_) return {};
    TB_LET(snapshot_, git::Snapshot::of(repository_, tree_, root_));
    return {};
  }

  Result<std::optional<std::string>> resolve(const std::string& path, LastLink link) {
    TB_TRY(open());
    Result<std::optional<std::string>> found = snapshot_->resolve(path, link);
    if (!found && found.error().code() == Code::denied) return outside(path);
    return found;
  }

  const git::Repository& repository_;
  const git::ObjectId tree_;
  std::string root_;
  std::optional<git::Snapshot> snapshot_;
};

}  // namespace

std::unique_ptr<ViewFiles> files_of_commit(const git::Repository& repository, const git::ObjectId& tree,
                                           const std::string& root) {
  return std::make_unique<CommitFiles>(repository, tree, root);
}

}  // namespace tierbuild::bindings
