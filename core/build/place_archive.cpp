#include "build/place_archive.hpp"

#include <fcntl.h>

#include "archive/layer_reader.hpp"
#include "base/strings.hpp"
#include "base/unique_fd.hpp"
#include "fs/file.hpp"
#include "fs/root_path.hpp"

namespace tierbuild::build {
namespace {

using archive::Entry;
using archive::EntryType;

class Unpacking {
 public:
  Unpacking(PlacedTree& tree, const std::string& directory, std::optional<Ids> owner,
            const std::filesystem::path& scratch, archive::TarReader reader)
      : tree_(tree), directory_(directory), owner_(owner), scratch_(scratch), reader_(std::move(reader)) {}

  Status run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      TB_LET(std::optional<Entry> entry, reader_.next());
      if (!entry) return {};
      std::string shown = printable(entry->path);
      TB_TRY(place(*std::move(entry)), "while unpacking {}", shown);
    }
    return Error(Code::cancelled, "unpacking was cancelled");
  }

 private:
  // Where a member lies: symlinks lead to its directory, and nowhere if it is one itself.
  Result<std::string> place_of(const std::string& path) {
    TB_LET(std::string above, tree_.resolve(fs::parent_path(path), directory_));
    std::string name(fs::last_name(path));
    return above.empty() ? name : above + "/" + name;
  }

  Status place(Entry entry) {
    if (entry.path.empty()) return {};  // the directory itself is there, and stays as it is
    TB_LET(std::string path, place_of(entry.path));
    TB_TRY(tree_.make_directories(std::string(fs::parent_path(path)), 0755, {}));
    if (entry.type == EntryType::hardlink) {
      TB_LET(std::string target, place_of(entry.link));
      return tree_.link(path, target);
    }
    entry.path = path;
    if (owner_) {
      entry.uid = owner_->uid;
      entry.gid = owner_->gid;
    }
    if (entry.type != EntryType::file) return tree_.put(std::move(entry));
    LayerPlan::Content content;
    TB_LET(content, content_of(entry));
    return tree_.put(std::move(entry), std::move(content));
  }

  Result<LayerPlan::Content> content_of(const Entry& entry) {
    constexpr uint64_t kSmall = 4096;
    if (entry.size <= kSmall) {
      TB_LET(std::string bytes, reader_.read_all(kSmall));
      return LayerPlan::Content(std::move(bytes));
    }
    std::string file = (scratch_ / std::to_string(files_++)).string();
    UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd) return Error::os(errno, "cannot create {}", file);
    TB_TRY(reader_.read([&](std::string_view bytes) { return fs::write_all(fd.get(), bytes); }));
    return LayerPlan::Content(LayerPlan::File{std::move(file)});
  }

  PlacedTree& tree_;
  const std::string& directory_;
  const std::optional<Ids> owner_;
  const std::filesystem::path& scratch_;
  archive::TarReader reader_;
  size_t files_ = 0;
};

}  // namespace

Status unpack_into(PlacedTree& tree, const std::string& directory, int fd, std::optional<Ids> owner,
                   const std::filesystem::path& scratch, std::stop_token stop) {
  TB_LET(archive::TarReader reader, archive::TarReader::open(fd));
  return Unpacking(tree, directory, owner, scratch, std::move(reader)).run(stop);
}

}  // namespace tierbuild::build
