#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "fs/file.hpp"
#include "store/blob_store.hpp"
#include "store/lease.hpp"

namespace tierbuild::store {
namespace {

namespace stdfs = std::filesystem;

Error missing(const Digest& digest) {
  return Error::make(Code::not_found, "blob {} is not in the store", digest.str());
}

class DirBlobStore final : public BlobStore {
 public:
  DirBlobStore(const stdfs::path& root, Lease* lease)
      : directory_(root / "blobs" / "sha256"), lease_(lease) {}

  bool has(const Digest& digest) const override { return static_cast<bool>(size(digest)); }
  Result<uint64_t> size(const Digest& digest) const override;
  Result<UniqueFd> open(const Digest& digest) const override;
  Result<std::string> read(const Digest& digest, uint64_t limit) const override;
  Result<std::unique_ptr<BlobWriter>> begin() override;
  Result<Digest> put(std::string_view bytes) override;
  Status remove(const Digest& digest) override;
  Status each(const std::function<Status(const Digest&, uint64_t)>& visit) const override;

  stdfs::path path(const Digest& digest) const { return directory_ / digest.hex(); }
  /// Renames a flushed file to its digest, unless a blob of this size is there.
  Status adopt(const stdfs::path& file, int fd, const Digest& digest, uint64_t size) const;

 private:
  stdfs::path directory_;
  Lease* lease_;
};

class FileWriter final : public BlobWriter {
 public:
  FileWriter(const DirBlobStore& store, UniqueFd fd, stdfs::path file)
      : store_(store), fd_(std::move(fd)), file_(std::move(file)) {}
  ~FileWriter() override { ::unlink(file_.c_str()); }

  int fd() override { return fd_.get(); }
  Status commit(const Digest& digest, uint64_t size, Verify verify) override {
    struct stat status {};
    if (::fstat(fd_.get(), &status) != 0) return Error::os(errno, "cannot stat {}", file_.string());
    if (static_cast<uint64_t>(status.st_size) != size)
      return Error::make(Code::corrupt, "blob {} has {} bytes instead of {}", digest.str(), status.st_size,
                         size);
    if (verify == Verify::yes) {
      TB_LET(Digest real, digest_of_fd(fd_.get()));
      if (real != digest)
        return Error::make(Code::corrupt, "bytes that should be blob {} are {}", digest.str(), real.str());
    }
    return store_.adopt(file_, fd_.get(), digest, size);
  }

 private:
  const DirBlobStore& store_;
  UniqueFd fd_;
  stdfs::path file_;
};

Result<uint64_t> DirBlobStore::size(const Digest& digest) const {
  TB_TRY(announce(lease_, digest));
  struct stat status {};
  if (::lstat(path(digest).c_str(), &status) == 0 && S_ISREG(status.st_mode))
    return static_cast<uint64_t>(status.st_size);
  return missing(digest);
}

Result<UniqueFd> DirBlobStore::open(const Digest& digest) const {
  TB_TRY(announce(lease_, digest));
  UniqueFd fd(::open(path(digest).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd && errno == ENOENT) return missing(digest);
  if (!fd) return Error::os(errno, "cannot open blob {}", digest.str());
  return fd;
}

Result<std::string> DirBlobStore::read(const Digest& digest, uint64_t limit) const {
  TB_LET(uint64_t bytes, size(digest));
  if (bytes > limit)
    return Error::make(Code::invalid, "blob {} has {} bytes, more than {}", digest.str(), bytes, limit);
  auto content = fs::read_file(path(digest), limit);
  if (!content && content.error().code() == Code::not_found) return missing(digest);
  if (!content) return std::move(content).error();
  if (Digest::of(*content) != digest)
    return Error::make(Code::corrupt, "blob {} is damaged", digest.str())
        .hint("run `tierbuild verify --repair`, then build again");
  return std::move(*content);
}

Result<std::unique_ptr<BlobWriter>> DirBlobStore::begin() {
  stdfs::path tmp = directory_.parent_path();
  if (lease_ != nullptr) {
    TB_LET(tmp, lease_->tmp());
  }
  std::string file = (tmp / "blob-XXXXXX").string();
  UniqueFd fd(::mkostemp(file.data(), O_CLOEXEC));
  if (!fd) return Error::os(errno, "cannot make {}", file);
  if (::fchmod(fd.get(), 0644) != 0) return Error::os(errno, "cannot set the mode of {}", file);
  return std::make_unique<FileWriter>(*this, std::move(fd), file);
}

Result<Digest> DirBlobStore::put(std::string_view bytes) {
  Digest digest = Digest::of(bytes);
  if (auto there = size(digest); there && *there == bytes.size()) return digest;
  TB_LET(auto writer, begin());
  TB_TRY(fs::write_all(writer->fd(), bytes), "while storing blob {}", digest.str());
  TB_TRY(writer->commit(digest, bytes.size(), BlobWriter::Verify::no));
  return digest;
}

Status DirBlobStore::adopt(const stdfs::path& file, int fd, const Digest& digest, uint64_t bytes) const {
  TB_TRY(announce(lease_, digest));
  if (auto there = size(digest); there && *there == bytes) return {};
  if (::fdatasync(fd) != 0) return Error::os(errno, "cannot flush blob {}", digest.str());
  if (::rename(file.c_str(), path(digest).c_str()) != 0)
    return Error::os(errno, "cannot name blob {}", digest.str());
  return fs::sync_directory(directory_);
}

Status DirBlobStore::remove(const Digest& digest) {
  if (::unlink(path(digest).c_str()) == 0 || errno == ENOENT) return {};
  return Error::os(errno, "cannot remove blob {}", digest.str());
}

Status DirBlobStore::each(const std::function<Status(const Digest&, uint64_t)>& visit) const {
  std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(directory_.c_str()), &::closedir);
  if (!directory) return Error::os(errno, "cannot list {}", directory_.string());
  while (const dirent* item = ::readdir(directory.get())) {
    auto digest = Digest::from_hex(static_cast<const char*>(item->d_name));
    if (!digest) continue;
    struct stat status {};
    if (::fstatat(::dirfd(directory.get()), static_cast<const char*>(item->d_name), &status,
                  AT_SYMLINK_NOFOLLOW) != 0)
      continue;  // removed just now
    TB_TRY(visit(*digest, static_cast<uint64_t>(status.st_size)));
  }
  return {};
}

}  // namespace

std::unique_ptr<BlobStore> dir_blob_store(stdfs::path root, Lease* lease) {
  return std::make_unique<DirBlobStore>(root, lease);
}

}  // namespace tierbuild::store
