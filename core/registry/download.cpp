#include "registry/download.hpp"

#include <charconv>

#include "base/strings.hpp"

namespace tierbuild::registry {

void Download::prepare(Request& request) {
  request.headers.erase("Range");
  if (received_ > 0) request.headers["Range"] = fmt::format("bytes={}-", received_);
  request.on_head = [this](const Response& head) { return on_head(head); };
}

Status Download::on_head(const Response& head) {
  if (head.status / 100 != 2) return {};
  const bool rest = head.status == 206;
  const uint64_t start = rest ? received_ : 0;
  if (rest && !head.header("content-range").starts_with(fmt::format("bytes {}-", received_)))
    return Error::make(Code::corrupt, "the server sends '{}' for the bytes from {}",
                       printable(head.header("content-range")), received_);
  skip_ = received_ - start;
  const std::string length = head.header("content-length");
  if (length.empty()) return {};
  uint64_t announced = 0;
  auto [end, fault] = std::from_chars(length.data(), length.data() + length.size(), announced);
  if (fault != std::errc() || end != length.data() + length.size() || announced != blob_.size - start)
    return Error::make(Code::corrupt, "the server announces {} bytes instead of {}", printable(length),
                       blob_.size - start);
  return {};
}

Status Download::take(std::string_view bytes) {
  const size_t skipped = static_cast<size_t>(std::min<uint64_t>(skip_, bytes.size()));
  skip_ -= skipped;
  bytes.remove_prefix(skipped);
  if (bytes.empty()) return {};
  if (bytes.size() > blob_.size - received_)
    return Error::make(Code::corrupt, "the server sends more than the {} bytes of the blob", blob_.size);
  hash_.update(bytes);
  received_ += bytes.size();
  Status status = sink_(bytes);
  over_ = !status;
  return status;
}

Status Download::finish() {
  if (!complete()) return Error::make(Code::corrupt, "it ends after {} of {} bytes", received_, blob_.size);
  const Digest actual = hash_.finish();
  if (actual == blob_.digest) return {};
  over_ = true;
  return Error::make(Code::corrupt, "its content has the digest {}", actual.str());
}

}  // namespace tierbuild::registry
