#include "fs/fingerprint_file.hpp"

#include <array>
#include <cstddef>
#include <cstring>
#include <type_traits>

#include "fs/file.hpp"

namespace tierbuild::fs {
namespace {

constexpr uint64_t kMagic = 0x7462'6670'7269'6e74;  // reads differently in another byte order
constexpr uint32_t kVersion = 2;

struct Header {
  uint64_t magic = kMagic;
  uint32_t version = kVersion;
  uint32_t record_size = sizeof(FingerprintRecord);
};

static_assert(std::is_trivially_copyable_v<FingerprintRecord> && std::is_trivially_copyable_v<Header>);
static_assert(std::has_unique_object_representations_v<FingerprintRecord>, "no padding may reach the file");
static_assert(std::has_unique_object_representations_v<Header>);

template <class T>
std::string_view bytes_of(const T* first, size_t count) {
  return {reinterpret_cast<const char*>(first), count * sizeof(T)};
}

}  // namespace

uint64_t FingerprintRecord::sum() const {
  std::array<uint64_t, offsetof(FingerprintRecord, check) / sizeof(uint64_t)> words;
  std::memcpy(words.data(), this, sizeof words);
  uint64_t sum = kMagic;
  for (uint64_t word : words) {
    sum = (sum ^ word) * 0x9E37'79B9'7F4A'7C15;
    sum ^= sum >> 32;
  }
  return sum;
}

FingerprintFile::FingerprintFile(const std::filesystem::path& file) {
  Result<MappedFile> opened = MappedFile::open(file);
  Header header, expected;
  if (!opened || opened->bytes().size() < sizeof header) return;
  std::string_view body = opened->bytes().substr(sizeof header);
  std::memcpy(&header, opened->bytes().data(), sizeof header);
  if (std::memcmp(&header, &expected, sizeof header) != 0 || body.size() % sizeof(FingerprintRecord) != 0)
    return;
  static_assert(sizeof header % alignof(FingerprintRecord) == 0);
  file_ = std::move(*opened);
  records_ = {reinterpret_cast<const FingerprintRecord*>(body.data()),
              body.size() / sizeof(FingerprintRecord)};
}

Status store_fingerprints(const std::filesystem::path& file, std::vector<FingerprintRecord> records) {
  for (FingerprintRecord& record : records) record.check = record.sum();
  Header header;
  std::string bytes(bytes_of(&header, 1));
  bytes += bytes_of(records.data(), records.size());
  return write_file(file, bytes);
}

}  // namespace tierbuild::fs
