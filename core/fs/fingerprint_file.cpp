#include "fs/fingerprint_file.hpp"

#include <cstring>
#include <type_traits>

#include "fs/file.hpp"

namespace tierbuild::fs {
namespace {

constexpr uint64_t kMagic = 0x7462'6670'7269'6e74;  // reads differently in another byte order
constexpr uint32_t kVersion = 1;

struct Header {
  uint64_t magic = kMagic;
  uint32_t version = kVersion;
  uint32_t record_size = sizeof(FingerprintRecord);
  Digest::Bytes checksum{};  // of all records
};

static_assert(std::is_trivially_copyable_v<FingerprintRecord> && std::is_trivially_copyable_v<Header>);
static_assert(std::has_unique_object_representations_v<FingerprintRecord>, "no padding may reach the file");
static_assert(std::has_unique_object_representations_v<Header>);

template <class T>
std::string_view bytes_of(const T* first, size_t count) {
  return {reinterpret_cast<const char*>(first), count * sizeof(T)};
}

}  // namespace

std::vector<FingerprintRecord> load_fingerprints(const std::filesystem::path& file) {
  Result<std::string> bytes = read_file(file);
  Header header, expected;
  if (!bytes || bytes->size() < sizeof header) return {};
  std::memcpy(&header, bytes->data(), sizeof header);
  std::string_view body = std::string_view(*bytes).substr(sizeof header);
  expected.checksum = Digest::of(body).bytes();
  if (std::memcmp(&header, &expected, sizeof header) != 0 || body.size() % sizeof(FingerprintRecord) != 0)
    return {};
  std::vector<FingerprintRecord> records(body.size() / sizeof(FingerprintRecord));
  if (!records.empty()) std::memcpy(records.data(), body.data(), body.size());
  return records;
}

Status store_fingerprints(const std::filesystem::path& file, const std::vector<FingerprintRecord>& records) {
  std::string_view body = bytes_of(records.data(), records.size());
  Header header;
  header.checksum = Digest::of(body).bytes();
  std::string bytes;
  bytes.reserve(sizeof header + body.size());
  bytes += bytes_of(&header, 1);
  bytes += body;
  return write_file(file, bytes);
}

}  // namespace tierbuild::fs
