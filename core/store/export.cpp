#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "archive/layer_reader.hpp"
#include "archive/overlay_diff.hpp"
#include "base/scope_guard.hpp"
#include "fs/file.hpp"
#include "image/config.hpp"
#include "image/json.hpp"
#include "store/directory.hpp"
#include "store/layout.hpp"
#include "store/reach.hpp"
#include "store/transfer.hpp"

namespace tierbuild::store {
namespace {

namespace stdfs = std::filesystem;

struct LoadedImage {
  image::Manifest manifest;
  image::Config config;
};

// The image itself; of an index, the one for this machine.
Result<LoadedImage> load(Store& store, image::Descriptor descriptor) {
  if (image::is_index(descriptor.media_type)) {
    TB_LET(std::string text, store.blobs().read(descriptor.digest));
    TB_LET(image::Index index, image::Index::parse(text));
    TB_LET(descriptor, index.choose(image::Platform::host()));
  }
  LoadedImage loaded;
  TB_LET(std::string text, store.blobs().read(descriptor.digest));
  TB_LET(loaded.manifest, image::Manifest::parse(text));
  TB_LET(std::string config, store.blobs().read(loaded.manifest.config.digest));
  TB_LET(loaded.config, image::Config::parse(config));
  if (loaded.config.diff_ids.size() == loaded.manifest.layers.size()) return loaded;
  return Error::make(Code::corrupt, "the manifest has {} layers and the config {}",
                     loaded.manifest.layers.size(), loaded.config.diff_ids.size());
}

// The blobs to write with their sizes, sorted by digest, each looked at byte by byte.
using Blobs = std::map<Digest, uint64_t>;

Status add_verified(Store& store, const Digest& digest, Blobs& blobs) {
  if (blobs.contains(digest)) return {};
  TB_LET(UniqueFd fd, store.blobs().open(digest));
  TB_LET(Digest real, digest_of_fd(fd.get()));
  if (real != digest)
    return Error::make(Code::corrupt, "blob {} is damaged", digest.str())
        .hint("run `tierbuild verify --repair`, then build again");
  TB_LET(blobs[digest], store.blobs().size(digest));
  return {};
}

// The file that a tar goes to: a temporary one beside `dest` until all is written, or standard output.
class Output {
 public:
  static Result<Output> open(const std::string& dest) {
    Output output;
    if (dest == "-") return output;
    output.dest_ = dest;
    output.tmp_ = dest + ".XXXXXX";
    output.fd_.reset(::mkostemp(output.tmp_.data(), O_CLOEXEC));
    if (!output.fd_) return Error::os(errno, "cannot write {}", dest);
    if (::fchmod(output.fd_.get(), 0644) != 0) return Error::os(errno, "cannot set the mode of {}", dest);
    return output;
  }
  Output(Output&& other) noexcept = default;
  ~Output() {
    if (fd_) ::unlink(tmp_.c_str());
  }
  int fd() const { return fd_ ? fd_.get() : STDOUT_FILENO; }
  Status finish() {
    if (!fd_) return {};
    TB_TRY(fs::rename_file(tmp_, dest_));
    fd_.reset();
    return {};
  }

 private:
  Output() = default;
  std::string dest_, tmp_;
  UniqueFd fd_;
};

archive::Entry member(std::string path, archive::EntryType type = archive::EntryType::file,
                      uint64_t size = 0) {
  archive::Entry entry;
  entry.path = std::move(path);
  entry.type = type;
  entry.mode = type == archive::EntryType::directory ? 0755 : 0644;
  entry.size = size;
  return entry;
}

// A tar of `blobs/sha256/…` and, after it, files of text.
Status write_blob_tar(Store& store, const Blobs& blobs, const std::map<std::string, std::string>& texts,
                      const std::string& dest) {
  TB_LET(Output output, Output::open(dest));
  archive::LayerOptions options;
  options.compression = archive::Compression::none;
  TB_LET(archive::LayerWriter writer, archive::LayerWriter::create(output.fd(), options));
  for (const char* name : {"blobs", "blobs/sha256"})
    TB_TRY(writer.add(member(name, archive::EntryType::directory)));
  for (auto [digest, size] : blobs) {
    const std::string path = "blobs/sha256/" + digest.hex();
    TB_TRY(writer.add_file(member(path, archive::EntryType::file, size), store.root() / path));
  }
  for (const auto& [name, text] : texts) TB_TRY(writer.add(member(name), text));
  TB_LET(archive::LayerBlob whole, writer.finish());
  std::ignore = whole;
  return output.finish();
}

void add_to_index(image::Index& index, const OutputImage& image) {
  for (const std::string& tag : image.tags) set_ref_name(index, tag, image.manifest);
  auto same = [&](const image::Descriptor& entry) { return entry.digest == image.manifest.digest; };
  if (image.tags.empty() && std::none_of(index.manifests.begin(), index.manifests.end(), same))
    index.manifests.push_back(image.manifest);
}

Status write_layout(Store& store, const Blobs& blobs, const std::vector<OutputImage>& images,
                    const stdfs::path& dest) {
  TB_TRY(fs::make_directories(dest));
  TB_LET(auto files, list_directory(dest));
  if (!files.empty()) TB_TRY(check_layout(dest));
  TB_TRY(fs::make_directories(dest / "blobs" / "sha256"));
  auto target = dir_blob_store(dest);
  for (auto [digest, size] : blobs) {
    if (auto there = target->size(digest); there && *there == size) continue;
    TB_LET(UniqueFd fd, store.blobs().open(digest));
    TB_LET(auto writer, target->begin());
    TB_TRY(copy_fd(fd.get(), writer->fd()));
    TB_TRY(writer->commit(digest, size, BlobWriter::Verify::no));
  }
  TB_LET(image::Index index, read_index(dest));
  for (const OutputImage& image : images) add_to_index(index, image);
  TB_TRY(write_index(dest, index));
  return fs::write_file(dest / kLayoutFile, kLayoutText);
}

Status export_oci(Store& store, const std::vector<OutputImage>& images, const std::string& dest) {
  Blobs blobs;
  for (const OutputImage& image : images)
    for (const Digest& digest : reach_of(store.blobs(), image.manifest.digest).blobs)
      TB_TRY(add_verified(store, digest, blobs));
  if (dest.ends_with('/') || is_there_as_directory(dest + "/."))
    return write_layout(store, blobs, images, dest);
  image::Index index;
  for (const OutputImage& image : images) add_to_index(index, image);
  return write_blob_tar(store, blobs, {{kIndexFile, index.json()}, {kLayoutFile, kLayoutText}}, dest);
}

Status export_docker(Store& store, const std::vector<OutputImage>& images, const std::string& dest) {
  Blobs blobs;
  image::OrderedJson entries = image::OrderedJson::array();
  for (const OutputImage& image : images) {
    TB_LET(LoadedImage loaded, load(store, image.manifest));
    image::OrderedJson entry, layers = image::OrderedJson::array(), tags = image::OrderedJson::array();
    for (const std::string& tag : image.tags) {
      auto reference = image::Reference::parse(tag);
      tags.push_back(reference ? reference->familiar() : tag);
    }
    for (const image::Descriptor& layer : loaded.manifest.layers) {
      TB_TRY(add_verified(store, layer.digest, blobs));
      layers.push_back("blobs/sha256/" + layer.digest.hex());
    }
    TB_TRY(add_verified(store, loaded.manifest.config.digest, blobs));
    entry["Config"] = "blobs/sha256/" + loaded.manifest.config.digest.hex();
    entry["RepoTags"] = std::move(tags);
    entry["Layers"] = std::move(layers);
    entries.push_back(std::move(entry));
  }
  return write_blob_tar(store, blobs, {{"manifest.json", image::dump(entries)}}, dest);
}

Status unpack_image(Store& store, const OutputImage& image, const stdfs::path& into) {
  TB_LET(LoadedImage loaded, load(store, image.manifest));
  archive::UnpackOptions options;
  options.whiteouts = archive::Whiteouts::apply;
  options.own = ::geteuid() == 0;
  for (size_t i = 0; i < loaded.manifest.layers.size(); ++i) {
    const Digest& digest = loaded.manifest.layers[i].digest;
    TB_LET(UniqueFd fd, store.blobs().open(digest));
    TB_LET(archive::UnpackResult result, archive::unpack_layer(fd.get(), into, options),
           "while unpacking blob {}", digest.str());
    if (result.diff_id != loaded.config.diff_ids[i])
      return Error::make(Code::corrupt, "blob {} holds the layer {}, not {}", digest.str(),
                         result.diff_id.str(), loaded.config.diff_ids[i].str());
  }
  return {};
}

Status export_local(Store& store, const OutputImage& image, const stdfs::path& dest) {
  TB_TRY(fs::make_directories(dest));
  TB_LET(auto files, list_directory(dest));
  if (!files.empty())
    return Error::make(Code::exists, "{} is not empty", dest.string())
        .hint("name a new or an empty directory");
  return unpack_image(store, image, dest);
}

Status export_tar(Store& store, const OutputImage& image, const std::string& dest) {
  TB_LET(fs::TempDir tree, fs::TempDir::make(store.tmp(), "export"));
  if (::chmod(tree.path().c_str(), 0755) != 0)
    return Error::os(errno, "cannot set the mode of {}", tree.path().string());
  TB_TRY(unpack_image(store, image, tree.path()));
  TB_LET(Output output, Output::open(dest));
  archive::DiffOptions options;
  options.layer.compression = archive::Compression::none;
  TB_LET(auto written, archive::write_tree(output.fd(), tree.path(), "", options));
  if (!written) return Error(Code::invalid, "the image has no files");
  return output.finish();
}

}  // namespace

Status export_images(Store& store, const std::vector<OutputImage>& images, OutputFormat format,
                     const std::string& dest) {
  bool single = format == OutputFormat::tar || format == OutputFormat::local;
  if (images.empty() || (single && images.size() != 1))
    return Error::make(Code::invalid, "{} images cannot be written to {}", images.size(), dest)
        .hint(single ? "the formats `tar` and `local` take one image" : "name at least one image");
  Status status = [&] {
    switch (format) {
      case OutputFormat::oci:
        return export_oci(store, images, dest);
      case OutputFormat::docker:
        return export_docker(store, images, dest);
      case OutputFormat::tar:
        return export_tar(store, images[0], dest);
      case OutputFormat::local:
        return export_local(store, images[0], dest);
    }
    TB_CHECK(false);
  }();
  if (!status) return std::move(status).error().with("while writing {}", dest);
  return {};
}

}  // namespace tierbuild::store
