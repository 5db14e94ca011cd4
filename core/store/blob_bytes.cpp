#include <unistd.h>

#include <cerrno>

#include "fs/file.hpp"
#include "store/blob_store.hpp"

namespace tierbuild::store {
namespace {

constexpr size_t kBlock = 1 << 20;

// Gives the pieces that `read(buffer, size, offset)` reads to the sink, up to the end.
template <class Read, class Sink>
Status pieces(Read read, Sink sink) {
  auto buffer = std::make_unique<char[]>(kBlock);
  for (off_t at = 0;;) {
    ssize_t n = read(buffer.get(), kBlock, at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error::os(errno, "cannot read a blob");
    if (n == 0) return {};
    TB_TRY(sink(std::string_view(buffer.get(), static_cast<size_t>(n))));
    at += n;
  }
}

}  // namespace

Result<Digest> digest_of_fd(int fd) {
  Sha256 hash;
  TB_TRY(pieces([&](char* to, size_t size, off_t at) { return ::pread(fd, to, size, at); },
                [&](std::string_view bytes) -> Status {
                  hash.update(bytes);
                  return {};
                }));
  return hash.finish();
}

Status copy_fd(int from, int to) {
  return pieces([&](char* into, size_t size, off_t) { return ::read(from, into, size); },
                [&](std::string_view bytes) { return fs::write_all(to, bytes); });
}

}  // namespace tierbuild::store
