#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <mutex>

#include "fs/file.hpp"
#include "store/blob_store.hpp"

namespace tierbuild::store {
namespace {

Error missing(const Digest& digest) {
  return Error::make(Code::not_found, "blob {} is not in the store", digest.str());
}

Result<UniqueFd> memory_file(std::string_view bytes) {
  UniqueFd fd(::memfd_create("blob", MFD_CLOEXEC));
  if (!fd) return Error::os(errno, "cannot make a file in memory");
  TB_TRY(fs::write_all(fd.get(), bytes));
  ::lseek(fd.get(), 0, SEEK_SET);
  return fd;
}

class MemoryBlobStore final : public BlobStore {
 public:
  bool has(const Digest& digest) const override {
    std::lock_guard guard(mutex_);
    return blobs_.contains(digest);
  }
  Result<uint64_t> size(const Digest& digest) const override {
    TB_LET(std::string bytes, find(digest));
    return bytes.size();
  }
  Result<UniqueFd> open(const Digest& digest) const override {
    TB_LET(std::string bytes, find(digest));
    return memory_file(bytes);
  }
  Result<std::string> read(const Digest& digest, uint64_t limit) const override {
    TB_LET(std::string bytes, find(digest));
    if (bytes.size() > limit)
      return Error::make(Code::invalid, "blob {} has {} bytes, more than {}", digest.str(), bytes.size(),
                         limit);
    if (Digest::of(bytes) != digest) return Error::make(Code::corrupt, "blob {} is damaged", digest.str());
    return bytes;
  }
  Result<std::unique_ptr<BlobWriter>> begin() override;
  Result<Digest> put(std::string_view bytes) override {
    Digest digest = Digest::of(bytes);
    keep(digest, std::string(bytes));
    return digest;
  }
  Status remove(const Digest& digest) override {
    std::lock_guard guard(mutex_);
    blobs_.erase(digest);
    return {};
  }
  Status each(const std::function<Status(const Digest&, uint64_t)>& visit) const override {
    std::map<Digest, uint64_t> sizes;
    {
      std::lock_guard guard(mutex_);
      for (const auto& [digest, bytes] : blobs_) sizes[digest] = bytes.size();
    }
    for (auto [digest, bytes] : sizes) TB_TRY(visit(digest, bytes));
    return {};
  }

  void keep(const Digest& digest, std::string bytes) {
    std::lock_guard guard(mutex_);
    std::string& place = blobs_[digest];
    if (place.size() != bytes.size()) place = std::move(bytes);
  }

 private:
  Result<std::string> find(const Digest& digest) const {
    std::lock_guard guard(mutex_);
    auto found = blobs_.find(digest);
    if (found == blobs_.end()) return missing(digest);
    return found->second;
  }

  mutable std::mutex mutex_;
  std::map<Digest, std::string> blobs_;
};

class MemoryWriter final : public BlobWriter {
 public:
  MemoryWriter(MemoryBlobStore& store, UniqueFd fd) : store_(store), fd_(std::move(fd)) {}

  int fd() override { return fd_.get(); }
  Status commit(const Digest& digest, uint64_t size, Verify verify) override {
    struct stat status {};
    if (::fstat(fd_.get(), &status) != 0) return Error::os(errno, "cannot stat a blob");
    std::string bytes(static_cast<size_t>(status.st_size), '\0');
    if (::pread(fd_.get(), bytes.data(), bytes.size(), 0) != status.st_size)
      return Error::os(errno, "cannot read");
    if (bytes.size() != size)
      return Error::make(Code::corrupt, "blob {} has {} bytes instead of {}", digest.str(), bytes.size(),
                         size);
    if (verify == Verify::yes && Digest::of(bytes) != digest)
      return Error::make(Code::corrupt, "bytes that should be blob {} are {}", digest.str(),
                         Digest::of(bytes).str());
    store_.keep(digest, std::move(bytes));
    return {};
  }

 private:
  MemoryBlobStore& store_;
  UniqueFd fd_;
};

Result<std::unique_ptr<BlobWriter>> MemoryBlobStore::begin() {
  TB_LET(UniqueFd fd, memory_file({}));
  return std::make_unique<MemoryWriter>(*this, std::move(fd));
}

}  // namespace

std::unique_ptr<BlobStore> memory_blob_store() {
  return std::make_unique<MemoryBlobStore>();
}

}  // namespace tierbuild::store
