#include "hash/key_hasher.hpp"

namespace tierbuild {

KeyHasher::KeyHasher(std::string_view kind, int schema_version) {
  add("kind", kind);
  add("schema", schema_version);
}

void KeyHasher::absorb(std::string_view bytes) {
  uint64_t length = bytes.size();
  std::array<char, sizeof length> prefix{};
  for (char& byte : prefix) {
    byte = static_cast<char>(length & 0xff);
    length >>= 8;
  }
  hash_.update({prefix.data(), prefix.size()});
  hash_.update(bytes);
}

KeyHasher& KeyHasher::add(std::string_view name, std::string_view value) {
  absorb(name);
  absorb(value);
  return note(name, value);
}

KeyHasher& KeyHasher::add(std::string_view name, const std::vector<std::string>& values) {
  add(fmt::format("#{}", name), static_cast<int64_t>(values.size()));
  for (size_t i = 0; i < values.size(); ++i) add(fmt::format("{}[{}]", name, i), values[i]);
  return *this;
}

Key KeyHasher::finish() {
  return {hash_.finish(), std::move(fields_)};
}

}  // namespace tierbuild
