#include "archive/layer_writer.hpp"

#include "archive/io.hpp"
#include "archive/path.hpp"
#include "archive/tar_blocks.hpp"
#include "archive/tar_header.hpp"

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
  State(int fd, const LayerOptions& layer_options) : options(layer_options), blocks(fd, options) {}

  const LayerOptions options;
  TarBlocks blocks;
  uint64_t entries = 0;
  std::string header;
  std::optional<std::string> last;  // order_of the member before
  std::optional<Error> failed;      // an archive that broke off cannot go on

  Status keep(Status status) {
    if (!status) failed = status.error();
    return status;
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
    return blocks.header(header);
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
  TB_TRY(state_->keep(state_->blocks.write(content)));
  return state_->keep(state_->blocks.pad());
}

Status LayerWriter::add_file(const Entry& entry, const std::filesystem::path& source, const Digest& content) {
  TB_TRY(state_->keep(state_->begin(entry, entry.size)));
  return state_->keep(state_->blocks.file(source.native(), entry.size, content));
}

Result<LayerBlob> LayerWriter::finish() {
  State& state = *state_;
  if (state.failed) return *state.failed;
  state.failed = Error(Code::internal, "the layer is finished already");
  static constexpr char kEnd[2 * kTarBlock] = {};
  TB_TRY(state.blocks.write({kEnd, sizeof kEnd}));
  Result<LayerBlob> blob = state.blocks.finish();
  if (blob) blob->entries = state.entries;
  if (!blob) state.failed = blob.error();
  return blob;
}

}  // namespace tierbuild::archive
