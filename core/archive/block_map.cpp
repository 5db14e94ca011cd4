#include "archive/block_map.hpp"

#include <cstring>

namespace tierbuild::archive {
namespace {

// "tbm1", the digest of the blob, then for each block its identity and two numbers. The file never leaves the
// machine, so numbers have its byte order.
constexpr std::string_view kMagic = "tbm1";
constexpr size_t kHead = kMagic.size() + Digest::kSize;
constexpr size_t kEach = Digest::kSize + 2 * sizeof(uint32_t);

void append(std::string& out, const Digest& digest) {
  out.append(reinterpret_cast<const char*>(digest.bytes().data()), Digest::kSize);
}

Digest digest_at(const char* bytes) {
  Digest::Bytes digest;
  std::memcpy(digest.data(), bytes, digest.size());
  return Digest(digest);
}

}  // namespace

std::string to_bytes(const Digest& blob, const BlockMap& map) {
  std::string out(kMagic);
  out.reserve(kHead + map.size() * kEach);
  append(out, blob);
  for (const BlockPart& part : map) {
    append(out, part.identity);
    out.append(reinterpret_cast<const char*>(&part.size), sizeof part.size);
    out.append(reinterpret_cast<const char*>(&part.tar_size), sizeof part.tar_size);
  }
  return out;
}

std::optional<DescribedBlob> block_map_from(std::string_view bytes) {
  if (!bytes.starts_with(kMagic) || bytes.size() < kHead || (bytes.size() - kHead) % kEach != 0)
    return std::nullopt;
  DescribedBlob found{digest_at(bytes.data() + kMagic.size()), {}};
  for (size_t at = kHead; at < bytes.size(); at += kEach) {
    BlockPart part;
    part.identity = digest_at(bytes.data() + at);
    std::memcpy(&part.size, bytes.data() + at + Digest::kSize, sizeof part.size);
    std::memcpy(&part.tar_size, bytes.data() + at + Digest::kSize + sizeof part.size, sizeof part.tar_size);
    found.blocks.push_back(part);
  }
  return found;
}

EarlierLayer::EarlierLayer(UniqueFd blob, const BlockMap& map) : blob_(std::move(blob)) {
  uint64_t offset = 0;
  for (const BlockPart& part : map) {
    if (!part.identity.empty()) places_.try_emplace(part.identity, Place{offset, part.size, part.tar_size});
    offset += part.size;
  }
}

const EarlierLayer::Place* EarlierLayer::find(const Digest& identity) const {
  auto found = places_.find(identity);
  return found == places_.end() ? nullptr : &found->second;
}

}  // namespace tierbuild::archive
