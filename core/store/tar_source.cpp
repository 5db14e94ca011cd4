#include <unordered_map>

#include "archive/layer_reader.hpp"
#include "base/strings.hpp"
#include "fs/file.hpp"
#include "store/source.hpp"

namespace tierbuild::store {
namespace {

constexpr uint64_t kLargestText = 8 << 20;
constexpr uint64_t kAllTexts = 64 << 20;
constexpr std::string_view kBlobs = "blobs/sha256/";

class TarSource final : public Source {
 public:
  explicit TarSource(BlobStore& blobs) : blobs_(blobs) {}

  Status load(int fd) {
    TB_LET(archive::TarReader reader, archive::TarReader::open(fd));
    for (;;) {
      TB_LET(auto entry, reader.next());
      if (!entry) return {};
      TB_TRY(member(reader, *entry), "while reading '{}'", printable(entry->path));
    }
  }

  Result<std::string> text(const std::string& name) override {
    std::string real = resolve(name);
    if (auto found = texts_.find(real); found != texts_.end()) return found->second;
    auto found = files_.find(real);
    if (found == files_.end()) return missing(name);
    return blobs_.read(found->second.digest, kLargestText);
  }

  Status bring(const image::Descriptor& blob) override {
    auto found = files_.find(std::string(kBlobs) + blob.digest.hex());
    if (found == files_.end()) return missing("blob " + blob.digest.str());
    if (found->second.size == blob.size) return {};
    return Error::make(Code::corrupt, "blob {} has {} bytes instead of {}", blob.digest.str(),
                       found->second.size, blob.size);
  }

  Result<StoredFile> file(const std::string& name) override {
    auto found = files_.find(resolve(name));
    if (found == files_.end()) return missing(name);
    return found->second;
  }

 private:
  static Error missing(const std::string& name) {
    return Error::make(Code::not_found, "'{}' is not in the archive", printable(name));
  }

  Status member(archive::TarReader& reader, const archive::Entry& entry) {
    switch (entry.type) {
      case archive::EntryType::hardlink:
        links_[entry.path] = entry.link;
        return {};
      case archive::EntryType::symlink:  // `docker save` writes a layer that several images have as a link
        links_[entry.path] =
            (std::filesystem::path(entry.path).parent_path() / entry.link).lexically_normal().string();
        return {};
      case archive::EntryType::file:
        break;
      default:
        return {};
    }
    if (entry.path.starts_with(kBlobs) || entry.path.ends_with(".tar") || entry.path.ends_with(".tar.gz"))
      return store(reader, entry);
    if (entry.size > kLargestText) return {};
    TB_LET(std::string text, reader.read_all(kLargestText));
    text_bytes_ += text.size() + entry.path.size();
    if (text_bytes_ > kAllTexts)
      return Error(Code::corrupt, "the archive has too many small files for an image");
    texts_[entry.path] = std::move(text);
    return {};
  }

  // Layers and blobs get the digest that their bytes have; a name that claims another one is a lie.
  Status store(archive::TarReader& reader, const archive::Entry& entry) {
    TB_LET(auto writer, blobs_.begin());
    Sha256 hash;
    uint64_t size = 0;
    TB_TRY(reader.read([&](std::string_view bytes) {
      hash.update(bytes);
      size += bytes.size();
      return fs::write_all(writer->fd(), bytes);
    }));
    Digest digest = hash.finish();
    if (entry.path.starts_with(kBlobs) && entry.path.substr(kBlobs.size()) != digest.hex())
      return Error::make(Code::corrupt, "its bytes are {}", digest.str());
    TB_TRY(writer->commit(digest, size, BlobWriter::Verify::no));
    files_[entry.path] = {digest, size};
    return {};
  }

  std::string resolve(std::string name) const {
    constexpr int kMostLinks = 8;
    for (int i = 0; i < kMostLinks; ++i) {
      auto link = links_.find(name);
      if (link == links_.end()) break;
      name = link->second;
    }
    return name;
  }

  BlobStore& blobs_;
  std::unordered_map<std::string, std::string> texts_, links_;
  std::unordered_map<std::string, StoredFile> files_;
  uint64_t text_bytes_ = 0;
};

}  // namespace

Result<std::unique_ptr<Source>> tar_source(int fd, BlobStore& blobs) {
  auto source = std::make_unique<TarSource>(blobs);
  TB_TRY(source->load(fd));
  return source;
}

}  // namespace tierbuild::store
