#include "store/lease.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <random>

#include "base/scope_guard.hpp"
#include "fs/file.hpp"
#include "store/directory.hpp"

namespace tierbuild::store {
namespace {

namespace stdfs = std::filesystem;

constexpr const char* kSuffix = ".lease";

stdfs::path lease_dir(const stdfs::path& root) {
  return root / "leases";
}
stdfs::path gate_file(const stdfs::path& root) {
  return lease_dir(root) / "gate";
}

Status read_digests(const stdfs::path& file, std::unordered_set<Digest>& into) {
  auto bytes = fs::read_file(file);
  if (!bytes && bytes.error().code() == Code::not_found) return {};  // it ended just now
  if (!bytes) return std::move(bytes).error();
  for (size_t at = 0; at + Digest::kSize <= bytes->size(); at += Digest::kSize) {
    Digest::Bytes raw;
    std::memcpy(raw.data(), bytes->data() + at, raw.size());
    into.insert(Digest(raw));
  }
  return {};
}

}  // namespace

Lease::Lease(stdfs::path root, std::string id)
    : root_(std::move(root)), file_(lease_dir(root_) / (id + kSuffix)), tmp_(root_ / "tmp" / id) {}

Result<std::unique_ptr<Lease>> Lease::take(const stdfs::path& root) {
  std::random_device random;
  std::unique_ptr<Lease> lease(
      new Lease(root, fmt::format("{}-{:08x}{:08x}", ::getpid(), random(), random())));
  // The gate also keeps a sweep from taking the file between its creation and its lock.
  TB_LET(FileLock gate, FileLock::acquire(gate_file(root), FileLock::Mode::shared));
  lease->gate_.reset(::open(gate_file(root).c_str(), O_RDWR | O_CLOEXEC));
  if (!lease->gate_) return Error::os(errno, "cannot open {}", gate_file(root).string());
  auto lock = FileLock::acquire(lease->file_, FileLock::Mode::exclusive);
  if (lock)
    lease->lock_ = std::move(*lock);
  else if (lock.error().code() != Code::no_space)
    return std::move(lock).error();
  return lease;
}

Lease::~Lease() {
  if (!lock_) return;
  // A directory that resists is left for the next sweep, and so is the lease that names it.
  if (fs::remove_tree(tmp_)) lock_->remove_file();
}

Status Lease::use(const Digest& digest) {
  std::lock_guard guard(mutex_);
  if (used_.contains(digest)) return {};
  if (!lock_) return Error::make(Code::no_space, "no space for a lease in {}", root_.string());
  std::string_view bytes(reinterpret_cast<const char*>(digest.bytes().data()), Digest::kSize);
  if (gate_is_held_) {
    unlisted_ += bytes;
  } else {
    if (int failure = lock_fd(gate_.get(), LOCK_SH); failure != 0)
      return Error::os(failure, "cannot lock the store");
    ScopeGuard release([this] { lock_fd(gate_.get(), LOCK_UN); });
    TB_TRY(list(bytes));
  }
  used_.insert(digest);
  return {};
}

Status Lease::list(std::string_view bytes) {
  ssize_t n = ::pwrite(lock_->fd(), bytes.data(), bytes.size(), written_);
  if (n != static_cast<ssize_t>(bytes.size()))
    return Error::os(n < 0 ? errno : ENOSPC, "cannot write the lease {}", file_.string());
  written_ += n;
  return {};
}

void Lease::release_gate() {
  std::lock_guard guard(mutex_);
  // What cannot be listed counts as not announced: the next use of it fails.
  if (!unlisted_.empty() && !list(unlisted_)) used_.clear();
  unlisted_.clear();
  gate_is_held_ = false;
  lock_fd(gate_.get(), LOCK_UN);
}

Result<Lease::HeldGate> Lease::hold_gate() {
  std::lock_guard guard(mutex_);
  if (gate_is_held_) return Error(Code::internal, "the gate of the store is held already");
  if (int failure = lock_fd(gate_.get(), LOCK_SH); failure != 0)
    return Error::os(failure, "cannot lock the store");
  gate_is_held_ = true;
  return HeldGate(this);
}

Result<stdfs::path> Lease::tmp() {
  if (!lock_) return Error::make(Code::no_space, "no space for a lease in {}", root_.string());
  if (::mkdir(tmp_.c_str(), 0700) != 0 && errno != EEXIST)
    return Error::os(errno, "cannot make {}", tmp_.string());
  return tmp_;
}

Result<Lease::Others> Lease::others(Gate gate) const {
  Others others;
  if (gate == Gate::hold) {
    TB_LET(others.gate, FileLock::acquire(gate_file(root_), FileLock::Mode::exclusive));
  }
  TB_LET(auto files, list_directory(lease_dir(root_)));
  for (const stdfs::path& file : files) {
    if (file.extension() != kSuffix || file == file_) continue;
    UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) continue;                                        // it ended just now
    if (lock_fd(fd.get(), LOCK_SH | LOCK_NB) == 0) continue;  // its process is dead
    TB_TRY(read_digests(file, others.digests));
    ++others.count;
  }
  return others;
}

Result<unsigned> Lease::sweep_dead() const {
  unsigned swept = 0;
  TB_LET(auto directories, list_directory(root_ / "tmp"));
  TB_LET(auto files, list_directory(lease_dir(root_)));
  auto dead = std::remove_if(files.begin(), files.end(), [&](const stdfs::path& file) {
    return file.extension() != kSuffix || file == file_;
  });
  files.erase(dead, files.end());
  if (files.empty() && directories.empty()) return swept;

  TB_LET(auto gate, FileLock::try_acquire(gate_file(root_), FileLock::Mode::exclusive));
  if (!gate) return swept;  // somebody starts or prunes; the next one sweeps
  std::vector<FileLock> held;
  for (const stdfs::path& file : files) {
    if (!is_there(file)) continue;
    TB_LET(auto lock, FileLock::try_acquire(file, FileLock::Mode::exclusive));
    if (lock) held.push_back(std::move(*lock));
  }
  gate.reset();
  for (FileLock& lock : held) {
    TB_TRY(fs::remove_tree(root_ / "tmp" / lock.file().stem()));
    lock.remove_file();
    ++swept;
  }
  // A directory is made after its lease and removed before it: without one it belongs to nobody.
  for (const stdfs::path& directory : directories)
    if (directory != tmp_ && !is_there(lease_dir(root_) / (directory.filename().string() + kSuffix)))
      TB_TRY(fs::remove_tree(directory));
  return swept;
}

}  // namespace tierbuild::store
