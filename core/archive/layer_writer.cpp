#include "archive/layer_writer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "archive/block_compressor.hpp"
#include "archive/io.hpp"
#include "archive/path.hpp"
#include "archive/tar_header.hpp"
#include "base/unique_fd.hpp"

namespace tierbuild::archive {
namespace {

/// The place of a member in the order of a layer: the bytes of its path, but a directory's opaque marker
/// comes before everything else that is in it.
std::string order_of(const std::string& path) {
  auto [directory, name] = split_path(path);
  if (name != kOpaqueMarker) return path;
  return directory.empty() ? std::string(1, '\0') : std::string(directory) + '/';
}

}  // namespace

std::string_view name_of(Compression compression) {
  switch (compression) {
    case Compression::none:
      return "none";
    case Compression::gzip:
      return "gzip";
    case Compression::zstd:
      return "zstd";
  }
  TB_CHECK(false);
}

struct LayerWriter::State {
  State(int out_fd, const LayerOptions& layer_options)
      : fd(out_fd), options(layer_options), compressor(out_fd, options.compression, options.workers) {}

  const int fd;
  const LayerOptions options;
  BlockCompressor compressor;
  Block block = compressor.take_block();
  Sha256 tar_hash;
  uint64_t tar_size = 0;
  uint64_t entries = 0;
  std::string header;
  std::optional<std::string> last;  // order_of the member before
  std::optional<Error> failed;      // an archive that broke off cannot go on

  Status keep(Status status) {
    if (!status) failed = status.error();
    return status;
  }

  Status flush() {
    TB_TRY(check_stop(options.stop));
    tar_hash.update(block.view());
    tar_size += block.size;
    if (options.compression == Compression::none) {
      TB_TRY(write_bytes(fd, block.view()));
      block.size = 0;
      return {};
    }
    TB_TRY(compressor.push(std::move(block)));
    block = compressor.take_block();
    return {};
  }

  Status write(std::string_view bytes) {
    while (!bytes.empty()) {
      size_t part = std::min(bytes.size(), block.capacity - block.size);
      std::memcpy(block.data.get() + block.size, bytes.data(), part);
      block.size += part;
      bytes.remove_prefix(part);
      if (block.size == block.capacity) TB_TRY(flush());
    }
    return {};
  }

  Status pad() {
    static constexpr char kZeros[kTarBlock] = {};
    return write({kZeros, (kTarBlock - block.size % kTarBlock) % kTarBlock});
  }

  Status begin(const Entry& entry, uint64_t size) {
    if (failed) return *failed;
    TB_TRY(check_stop(options.stop));
    std::string order = order_of(entry.path);
    if (last && order <= *last)
      return Error::make(Code::internal, "layer member {} is not in sorted order", entry.path);
    last = std::move(order);
    Entry member = entry;
    member.size = size;
    member.mtime = std::min(entry.mtime, options.clamp_mtime);
    header.clear();
    TB_TRY(append_header(header, member));
    ++entries;
    return write(header);
  }

  Status copy(int source, uint64_t size) {
    uint64_t left = size;
    while (left > 0) {
      size_t room = static_cast<size_t>(std::min<uint64_t>(left, block.capacity - block.size));
      TB_LET(size_t got, read_bytes(source, block.data.get() + block.size, room));
      if (got == 0) break;
      block.size += got;
      left -= got;
      if (block.size == block.capacity) TB_TRY(flush());
    }
    char more;
    TB_LET(size_t beyond, left > 0 ? Result<size_t>(size_t{1}) : read_bytes(source, &more, 1));
    if (beyond > 0) return Error(Code::failed, "changed while it was read");
    return pad();
  }
};

LayerWriter::LayerWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
LayerWriter::LayerWriter(LayerWriter&&) noexcept = default;
LayerWriter& LayerWriter::operator=(LayerWriter&&) noexcept = default;
LayerWriter::~LayerWriter() = default;

Result<LayerWriter> LayerWriter::create(int fd, const LayerOptions& options) {
  return LayerWriter(std::make_unique<State>(fd, options));
}

Status LayerWriter::add(const Entry& entry) {
  if (entry.type == EntryType::file && entry.size > 0)
    return Error::make(Code::internal, "file {} is added without its content", entry.path);
  return state_->keep(state_->begin(entry, 0));
}

Status LayerWriter::add(const Entry& entry, std::string_view content) {
  TB_TRY(state_->keep(state_->begin(entry, content.size())));
  TB_TRY(state_->keep(state_->write(content)));
  return state_->keep(state_->pad());
}

Status LayerWriter::add_file(const Entry& entry, const std::filesystem::path& source) {
  UniqueFd file(::open(source.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file) return state_->keep(Error::os(errno, "cannot read {}", source.native()));
  TB_TRY(state_->keep(state_->begin(entry, entry.size)));
  TB_TRY(state_->keep(state_->copy(file.get(), entry.size)), "while adding {}", source.native());
  return {};
}

Result<LayerBlob> LayerWriter::finish() {
  State& state = *state_;
  if (state.failed) return *state.failed;
  state.failed = Error(Code::internal, "the layer is finished already");
  static constexpr char kEnd[2 * kTarBlock] = {};
  TB_TRY(state.write({kEnd, sizeof kEnd}));
  state.tar_hash.update(state.block.view());
  state.tar_size += state.block.size;

  LayerBlob blob;
  blob.diff_id = state.tar_hash.finish();
  blob.tar_size = state.tar_size;
  blob.entries = state.entries;
  blob.compression = state.options.compression;
  if (blob.compression == Compression::none) {
    TB_TRY(write_bytes(state.fd, state.block.view()));
    blob.digest = blob.diff_id;
    blob.size = blob.tar_size;
    return blob;
  }
  TB_LET(BlockCompressor::Output output, state.compressor.finish(std::move(state.block)));
  blob.digest = output.digest;
  blob.size = output.size;
  return blob;
}

}  // namespace tierbuild::archive
