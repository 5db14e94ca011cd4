#include "store/snapshots.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "base/strings.hpp"
#include "fs/file.hpp"
#include "store/directory.hpp"
#include "store/lease.hpp"
#include "store/unproven.hpp"

namespace tierbuild::store {
namespace {

namespace stdfs = std::filesystem;

const std::string& boot_id() {
  static const std::string id = [] {
    auto text = fs::read_file("/proc/sys/kernel/random/boot_id");
    return text ? std::string(trim(*text)) : std::string("unknown");
  }();
  return id;
}

std::string marker_text(const Digest& diff_id) {
  return fmt::format("{} {}\n", diff_id.str(), boot_id());
}

}  // namespace

bool overlay_uses_user_xattrs() {
  if (::geteuid() != 0) return true;
  auto map = fs::read_file("/proc/self/uid_map");
  if (!map) return false;
  // The first user namespace maps every id to itself.
  std::vector<std::string> words;
  for (std::string_view word : split(trim(*map), ' '))
    if (!word.empty()) words.emplace_back(word);
  return words != std::vector<std::string>{"0", "0", "4294967295"};
}

Snapshots::Snapshots(stdfs::path root, BlobStore& blobs, Records& records, Lease* lease)
    : root_(std::move(root)), blobs_(blobs), records_(records), lease_(lease) {}
Snapshots::~Snapshots() = default;

// Whether the snapshot is there and of this layer; `corrupt` if its name is taken by another layer.
Result<bool> Snapshots::whole(const Digest& diff_id) const {
  const std::string name = name_of(diff_id);
  auto text = fs::read_file(marker(name), 256);
  if (!text && text.error().code() == Code::not_found) return false;
  if (!text) return std::move(text).error();
  std::string_view layer = std::string_view(*text).substr(0, text->find(' '));
  if (layer != diff_id.str() && Digest::parse(layer))
    return Error::make(Code::corrupt, "layers {} and {} have the same snapshot name", layer, diff_id.str());
  return *text == marker_text(diff_id);
}

Status Snapshots::discard(const std::string& name) {
  if (::unlink(marker(name).c_str()) != 0 && errno != ENOENT)
    return Error::os(errno, "cannot remove {}", marker(name).string());
  return fs::remove_tree(directory(name));
}

Status Snapshots::place(const Digest& diff_id, const stdfs::path& made) {
  const std::string name = name_of(diff_id);
  TB_TRY(fs::rename_file(made, directory(name)));
  // Not atomic: a marker that was cut off says nothing, and the snapshot is made anew.
  UniqueFd fd(::open(marker(name).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd) return Error::os(errno, "cannot write {}", marker(name).string());
  return fs::write_all(fd.get(), marker_text(diff_id));
}

Result<stdfs::path> Snapshots::acquire(const Digest& diff_id, std::stop_token stop,
                                       const archive::MergedView* below) {
  TB_TRY(announce(lease_, diff_id));
  const std::string name = name_of(diff_id);
  TB_LET(bool there, whole(diff_id));
  if (there) {
    ::utimensat(AT_FDCWD, marker(name).c_str(), nullptr, 0);  // its last use
    return directory(name);
  }
  TB_LET(FileLock lock, FileLock::acquire(lock_file(name), FileLock::Mode::exclusive, stop));
  TB_LET(there, whole(diff_id));
  if (there) return directory(name);
  TB_TRY(discard(name));

  stdfs::path tmp = root_;
  if (lease_ != nullptr) {
    TB_LET(tmp, lease_->tmp());
  }
  TB_LET(fs::TempDir made, fs::TempDir::make(tmp, "layer"));
  if (::chmod(made.path().c_str(), 0755) != 0)
    return Error::os(errno, "cannot set the mode of {}", made.path().string());
  TB_TRY(unpack(diff_id, made.path(), below, stop), "while unpacking layer {}", diff_id.str());
  TB_TRY(place(diff_id, made.path()));
  made.release();
  return directory(name);
}

Status Snapshots::unpack(const Digest& diff_id, const stdfs::path& into, const archive::MergedView* below,
                         std::stop_token stop) {
  TB_LET(auto records, records_.layer(diff_id));
  std::erase_if(records, [&](const LayerRecord& record) {
    return is_unproven(record) && blobs_.has(record.blob.digest);
  });
  // What is here goes before what must be brought.
  std::stable_partition(records.begin(), records.end(),
                        [&](const LayerRecord& record) { return blobs_.has(record.blob.digest); });
  for (const LayerRecord& record : records) {
    auto fd = blobs_.open(record.blob.digest);
    if (!fd && fd.error().code() == Code::not_found) continue;
    if (!fd) return std::move(fd).error();
    archive::UnpackOptions options;
    options.user_xattr = overlay_uses_user_xattrs();
    options.own = ::geteuid() == 0;
    options.below = below;
    TB_LET(archive::UnpackResult result, archive::unpack_layer(fd->get(), into, options, stop));
    if (result.diff_id == diff_id) return {};
    return Error::make(Code::corrupt, "blob {} holds the layer {}", record.blob.digest.str(),
                       result.diff_id.str())
        .hint("run `tierbuild verify --repair`, then build again");
  }
  return Error(Code::not_found, "no blob in the store holds the layer");
}

Status Snapshots::adopt(const Digest& diff_id, const stdfs::path& made) {
  TB_TRY(announce(lease_, diff_id));
  const std::string name = name_of(diff_id);
  TB_LET(FileLock lock, FileLock::acquire(lock_file(name), FileLock::Mode::exclusive));
  TB_LET(bool there, whole(diff_id));
  if (there) return fs::remove_tree(made);
  TB_TRY(discard(name));
  return place(diff_id, made);
}

bool Snapshots::has(const Digest& diff_id) const {
  if (!announce(lease_, diff_id)) return false;
  auto there = whole(diff_id);
  return there && *there;
}

bool Snapshots::complete(const std::string& name) const {
  return is_there(marker(name));
}

Status Snapshots::remove(const Digest& diff_id) {
  return remove(name_of(diff_id));
}

Status Snapshots::remove(const std::string& name) {
  TB_LET(FileLock lock, FileLock::acquire(lock_file(name), FileLock::Mode::exclusive));
  TB_TRY(discard(name));
  lock.remove_file();
  return {};
}

Result<std::vector<std::string>> Snapshots::names() const {
  TB_LET(auto files, list_directory(root_));
  std::set<std::string> names;
  for (const stdfs::path& file : files)
    if (file.extension() != ".lock") names.insert(file.stem().string());
  return std::vector<std::string>(names.begin(), names.end());
}

}  // namespace tierbuild::store
