#include "registry/base64.hpp"

#include <openssl/evp.h>

#include <climits>

#include "base/check.hpp"

namespace tierbuild::registry {
namespace {

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* octets(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

}  // namespace

std::string base64(std::string_view bytes) {
  TB_CHECK(bytes.size() < INT_MAX / 2);
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  int length = EVP_EncodeBlock(octets(out), octets(bytes), static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(length));
  return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() > INT_MAX / 2) return std::nullopt;
  size_t padding = 0;
  while (padding < 2 && text.ends_with('=')) {
    text.remove_suffix(1);
    ++padding;
  }
  std::string padded(text);
  if (padded.find_first_of("= \t\r\n") != std::string::npos || padded.size() % 4 == 1) return std::nullopt;
  const size_t missing = (4 - padded.size() % 4) % 4;
  if (padding > missing) return std::nullopt;
  padded.append(missing, '=');
  std::string out(padded.size() / 4 * 3, '\0');
  if (padded.empty()) return out;
  int length =
      EVP_DecodeBlock(octets(out), octets(std::string_view(padded)), static_cast<int>(padded.size()));
  if (length < 0) return std::nullopt;
  out.resize(static_cast<size_t>(length) - missing);
  return out;
}

}  // namespace tierbuild::registry
