#include "git/blob_hash.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/unique_fd.hpp"
#include "fs/lstat.hpp"

namespace tierbuild::git {

struct BlobHash::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

BlobHash::BlobHash(uint64_t size) : state_(std::make_unique<State>()) {
  TB_CHECK(EVP_DigestInit_ex(state_->context, EVP_sha1(), nullptr) == 1);
  update(fmt::format("blob {}", size));
  update({"\0", 1});
}

BlobHash::~BlobHash() = default;

void BlobHash::update(std::string_view bytes) {
  TB_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

ObjectId BlobHash::finish() {
  ObjectId id;
  TB_CHECK(EVP_DigestFinal_ex(state_->context, id.bytes.data(), nullptr) == 1);
  return id;
}

Result<ObjectId> hash_file(int directory, const std::string& path, Mode mode) {
  if (mode == Mode::symlink) {
    Result<std::string> target = fs::read_link(directory, path.c_str());
    if (!target && target.error().code() == Code::not_found) return ObjectId();
    if (!target) return std::move(target).error().with("at {}", path);
    return blob_id(*target);
  }
  UniqueFd fd(::openat(directory, path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd && (errno == ENOENT || errno == ENOTDIR)) return ObjectId();
  if (!fd) return Error::os(errno, "cannot open {}", path);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return Error::os(errno, "cannot stat {}", path);
  auto left = static_cast<uint64_t>(info.st_size);
  BlobHash hash(left);
  std::array<char, 64 * 1024> buffer;
  while (left > 0) {
    ssize_t got = ::read(fd.get(), buffer.data(), std::min<uint64_t>(left, buffer.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error::os(errno, "cannot read {}", path);
    if (got == 0) break;  // it shrank: no blob has this id, so it counts as changed
    hash.update({buffer.data(), static_cast<size_t>(got)});
    left -= static_cast<uint64_t>(got);
  }
  return hash.finish();
}

}  // namespace tierbuild::git
