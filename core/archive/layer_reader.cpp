#include "archive/layer_reader.hpp"

#include "archive/tar_stream.hpp"

namespace tierbuild::archive {

namespace {

Status put_zeros(uint64_t count, const std::function<Status(std::string_view)>& sink) {
  static constexpr char kZeros[4096] = {};
  for (uint64_t left = count; left > 0;) {
    size_t part = static_cast<size_t>(std::min<uint64_t>(left, sizeof kZeros));
    TB_TRY(sink({kZeros, part}));
    left -= part;
  }
  return {};
}

}  // namespace

struct TarReader::State {
  std::unique_ptr<TarStream> stream;
  uint64_t size = 0;  // of the current member
};

TarReader::TarReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
TarReader::TarReader(TarReader&&) noexcept = default;
TarReader& TarReader::operator=(TarReader&&) noexcept = default;
TarReader::~TarReader() = default;

Result<TarReader> TarReader::open(int fd, const UnpackLimits& limits) {
  TB_LET(std::unique_ptr<TarStream> stream, TarStream::open(fd, limits, {}));
  return TarReader(std::make_unique<State>(State{std::move(stream), 0}));
}

Result<std::optional<Entry>> TarReader::next() {
  TB_LET(std::optional<Entry> entry, state_->stream->next());
  state_->size = entry ? entry->size : 0;
  return entry;
}

Status TarReader::read(const std::function<Status(std::string_view)>& sink) {
  uint64_t done = 0;
  while (true) {
    TB_LET(std::optional<TarStream::Piece> piece, state_->stream->read());
    if (!piece) break;
    if (piece->offset > done) TB_TRY(put_zeros(piece->offset - done, sink));
    if (!piece->bytes.empty()) TB_TRY(sink(piece->bytes));
    done = piece->offset + piece->bytes.size();
  }
  return state_->size > done ? put_zeros(state_->size - done, sink) : Status();
}

Result<std::string> TarReader::read_all(uint64_t limit) {
  std::string content;
  TB_TRY(read([&](std::string_view bytes) -> Status {
    if (bytes.size() > limit - content.size())
      return Error::make(Code::corrupt, "a file in the archive is larger than {} bytes", limit);
    content += bytes;
    return {};
  }));
  return content;
}

Result<Digest> TarReader::finish() {
  return state_->stream->finish();
}

}  // namespace tierbuild::archive
