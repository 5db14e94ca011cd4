#include "store/key_fields.hpp"

#include <zstd.h>

namespace tierbuild::store {
namespace {

constexpr size_t kWorthCompressing = 256;
constexpr uint64_t kLargest = 256 << 20;
constexpr std::string_view kDigestPrefix = "sha256:";
enum class Form : char { plain = 0, zstd = 1 };

void put_number(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

// A value is its length times two and its bytes; a digest is the number one and 32 bytes.
void put_value(std::string& out, const std::string& value) {
  if (auto digest = value.starts_with(kDigestPrefix) ? Digest::parse(value)
                                                     : Result<Digest>(Error(Code::invalid, ""))) {
    put_number(out, 1);
    out.append(reinterpret_cast<const char*>(digest->bytes().data()), Digest::kSize);
    return;
  }
  put_number(out, value.size() * 2);
  out += value;
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  bool good() const { return good_; }
  bool done() const { return rest_.empty(); }

  uint64_t number() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
      std::string_view byte = take(1);
      if (byte.empty()) return 0;
      auto bits = static_cast<unsigned char>(byte[0]);
      value |= static_cast<uint64_t>(bits & 0x7f) << shift;
      if ((bits & 0x80) == 0) return value;
    }
    good_ = false;
    return 0;
  }
  std::string_view take(uint64_t size) {
    if (size > rest_.size()) {
      good_ = false;
      rest_ = {};
      return {};
    }
    std::string_view out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return out;
  }
  std::string value() {
    uint64_t length = number();
    if (length != 1) return std::string(take(length / 2));
    Digest::Bytes raw{};
    std::string_view bytes = take(raw.size());
    if (bytes.size() == raw.size()) std::memcpy(raw.data(), bytes.data(), raw.size());
    return Digest(raw).str();
  }

 private:
  std::string_view rest_;
  bool good_ = true;
};

Error damaged() {
  return {Code::corrupt, "the inputs in a step's record are damaged"};
}

Result<std::string> decompress(std::string_view bytes) {
  unsigned long long size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (size > kLargest) return damaged();  // also what zstd answers for "unknown" and "error"
  std::string out(size, '\0');
  size_t got = ZSTD_decompress(out.data(), out.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(got) != 0 || got != out.size()) return damaged();
  return out;
}

}  // namespace

std::string encode_fields(const std::vector<KeyField>& fields) {
  std::string plain(1, static_cast<char>(Form::plain));
  std::string_view previous;
  for (const KeyField& field : fields) {
    auto differ = std::mismatch(previous.begin(), previous.end(), field.name.begin(), field.name.end());
    auto shared = static_cast<size_t>(differ.first - previous.begin());
    put_number(plain, shared);
    put_number(plain, field.name.size() - shared);
    plain.append(field.name, shared);
    put_value(plain, field.value);
    previous = field.name;
  }
  if (plain.size() < kWorthCompressing) return plain;
  std::string packed(ZSTD_compressBound(plain.size()) + 1, static_cast<char>(Form::zstd));
  size_t size = ZSTD_compress(packed.data() + 1, packed.size() - 1, plain.data() + 1, plain.size() - 1, 1);
  if (ZSTD_isError(size) != 0 || size + 1 >= plain.size()) return plain;
  packed.resize(size + 1);
  return packed;
}

Result<std::vector<KeyField>> decode_fields(std::string_view bytes) {
  if (bytes.empty()) return damaged();
  std::string unpacked;
  if (bytes[0] == static_cast<char>(Form::zstd)) {
    TB_LET(unpacked, decompress(bytes.substr(1)));
  } else {
    unpacked = bytes.substr(1);
  }
  Reader reader(unpacked);
  std::vector<KeyField> fields;
  while (!reader.done()) {
    uint64_t shared = reader.number(), rest = reader.number();
    std::string_view previous = fields.empty() ? std::string_view() : std::string_view(fields.back().name);
    if (shared > previous.size()) return damaged();
    KeyField field{std::string(previous.substr(0, shared)), {}};
    field.name += reader.take(rest);
    field.value = reader.value();
    if (!reader.good()) return damaged();
    fields.push_back(std::move(field));
  }
  return fields;
}

}  // namespace tierbuild::store
