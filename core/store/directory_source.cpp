#include <fcntl.h>

#include <cerrno>

#include "fs/file.hpp"
#include "store/source.hpp"

namespace tierbuild::store {
namespace {

constexpr uint64_t kLargestText = 8 << 20;

class DirectorySource final : public Source {
 public:
  DirectorySource(std::filesystem::path root, BlobStore& blobs) : root_(std::move(root)), blobs_(blobs) {}

  Result<std::string> text(const std::string& name) override {
    return fs::read_file(root_ / name, kLargestText);
  }

  Status bring(const image::Descriptor& blob) override {
    if (auto size = blobs_.size(blob.digest); size && *size == blob.size) return {};
    const auto path = root_ / "blobs" / "sha256" / blob.digest.hex();
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd) return Error::os(errno, "cannot open {}", path.string());
    TB_LET(auto writer, blobs_.begin());
    TB_TRY(copy_fd(fd.get(), writer->fd()), "while copying {}", path.string());
    return writer->commit(blob.digest, blob.size, BlobWriter::Verify::yes);
  }

  Result<StoredFile> file(const std::string& name) override {
    return Error::make(Code::not_found, "'{}' is not in {}", name, root_.string());
  }

 private:
  std::filesystem::path root_;
  BlobStore& blobs_;
};

}  // namespace

std::unique_ptr<Source> directory_source(std::filesystem::path root, BlobStore& blobs) {
  return std::make_unique<DirectorySource>(std::move(root), blobs);
}

}  // namespace tierbuild::store
