#include "archive/tar_blocks.hpp"

#include <cstring>

#include "archive/io.hpp"
#include "archive/tar_header.hpp"

namespace tierbuild::archive {
namespace {

constexpr size_t kEnough = kBlockSize / 4;   // what a block holds at least before a name may end it
constexpr uint64_t kLarge = kBlockSize / 4;  // files of this size begin and end a block
constexpr uint32_t kOneNameIn = 64;          // ends a block
static_assert(kBlockSize % kTarBlock == 0, "a record never lies in two blocks");

/// FNV-1a, over the field up to its first zero byte.
uint32_t mix(uint32_t hash, std::string_view field) {
  for (char c : field.substr(0, field.find('\0'))) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

uint64_t padded(uint64_t size) {
  return (size + kTarBlock - 1) / kTarBlock * kTarBlock;
}

}  // namespace

uint64_t announced_size(std::string_view record) {
  std::string_view field = record.substr(124, 12);
  uint64_t size = 0;
  if ((field[0] & 0x80) != 0) {
    for (char c : field.substr(4)) size = size << 8 | static_cast<unsigned char>(c);
    return size;
  }
  for (char c : field)
    if (c >= '0' && c <= '7') size = size << 3 | static_cast<unsigned>(c - '0');
  return size;
}

TarBlocks::TarBlocks(int fd, const LayerOptions& options)
    : pipeline_(fd, options), block_(pipeline_.take_block()) {}

bool TarBlocks::starts_block(std::string_view record) {
  const bool large = announced_size(record) >= kLarge && !is_pax_header(record);
  const bool edge = std::exchange(after_large_, large) || large;
  if (block_.bytes.size == 0 || record.substr(257, 5) != "ustar") return false;
  uint32_t name = mix(mix(2166136261U, record.substr(0, 100)), record.substr(345, 155));
  return edge || (block_.bytes.size >= kEnough && name % kOneNameIn == 0);
}

Status TarBlocks::header(std::string_view records) {
  while (records.size() >= kTarBlock) {
    std::string_view record = records.substr(0, kTarBlock);
    if (starts_block(record)) TB_TRY(flush());
    uint64_t size = kTarBlock + (is_pax_header(record) ? padded(announced_size(record)) : 0);
    std::string_view part = records.substr(0, size);
    TB_TRY(write(part));
    records.remove_prefix(part.size());
  }
  return write(records);
}

Status TarBlocks::write(std::string_view bytes) {
  while (!bytes.empty()) {
    std::string_view part = bytes.substr(0, room());
    std::memcpy(end(), part.data(), part.size());
    skeleton_.update(part);
    block_.bytes.size += part.size();
    bytes.remove_prefix(part.size());
    if (room() == 0) TB_TRY(flush());
  }
  return {};
}

Result<uint64_t> TarBlocks::write(uint64_t size, const std::function<Result<size_t>(char*, size_t)>& read) {
  uint64_t left = size;
  while (left > 0) {
    TB_LET(size_t got, read(end(), static_cast<size_t>(std::min<uint64_t>(left, room()))));
    if (got == 0) break;
    known_ = false;
    block_.bytes.size += got;
    left -= got;
    if (room() == 0) TB_TRY(flush());
  }
  return size - left;
}

Status TarBlocks::file(const std::string& path, uint64_t size, const Digest& content) {
  uint64_t offset = 0;
  do {
    const size_t part = static_cast<size_t>(std::min<uint64_t>(size - offset, room()));
    const bool at_end = offset + part == size;
    known_ = known_ && !content.empty();
    fmt::format_to(std::back_inserter(gaps_), "{} {} {} {}\n", content.hex(), offset, part,
                   block_.bytes.size);
    block_.gaps.push_back({block_.bytes.size, part, path, offset, at_end});
    block_.bytes.size += part;
    offset += part;
    if (room() == 0) TB_TRY(flush());
  } while (offset < size);
  return pad();
}

Status TarBlocks::pad() {
  static constexpr char kZeros[kTarBlock] = {};
  return write({kZeros, (kTarBlock - block_.bytes.size % kTarBlock) % kTarBlock});
}

void TarBlocks::identify() {
  std::string parts = skeleton_.finish().hex() + '\n' + std::exchange(gaps_, {});
  block_.identity = std::exchange(known_, true) ? Digest::of(parts) : Digest();
}

Status TarBlocks::flush() {
  identify();
  TB_TRY(pipeline_.push(std::move(block_)));
  block_ = pipeline_.take_block();
  return {};
}

Result<LayerBlob> TarBlocks::finish() {
  identify();
  return pipeline_.finish(std::move(block_));
}

}  // namespace tierbuild::archive
