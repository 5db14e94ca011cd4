#include "hash/digest.hpp"

// The functions below EVP need no context on the heap, and nothing of what OpenSSL does when EVP is first
// used: to read its configuration and set up providers costs a short run milliseconds.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

namespace tierbuild {

Result<Digest> Digest::parse(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256:";
  if (!text.starts_with(kPrefix))
    return Error::make(Code::invalid, "digest '{}' does not start with 'sha256:'", text.substr(0, 100));
  return from_hex(text.substr(kPrefix.size()));
}

static int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

Result<Digest> Digest::from_hex(std::string_view hex) {
  Bytes bytes;
  if (hex.size() != 2 * kSize)
    return Error::make(Code::invalid, "digest '{}' is not 64 hex digits", hex.substr(0, 100));
  for (size_t i = 0; i < kSize; ++i) {
    int high = hex_value(hex[2 * i]), low = hex_value(hex[2 * i + 1]);
    if (high < 0 || low < 0)
      return Error::make(Code::invalid, "digest '{}' is not 64 lower-case hex digits", hex);
    bytes[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return Digest(bytes);
}

static Digest finish_of(SHA256_CTX& context) {
  Digest::Bytes bytes;
  SHA256_Final(bytes.data(), &context);
  return Digest(bytes);
}

Digest Digest::of(std::string_view bytes) {
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, bytes.data(), bytes.size());
  return finish_of(context);
}

std::string Digest::hex() const {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(2 * kSize);
  for (uint8_t byte : bytes_) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

struct Sha256::State {
  SHA256_CTX context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  SHA256_Init(&state_->context);
}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(std::string_view bytes) {
  SHA256_Update(&state_->context, bytes.data(), bytes.size());
}

Digest Sha256::finish() {
  Digest digest = finish_of(state_->context);
  SHA256_Init(&state_->context);
  return digest;
}

}  // namespace tierbuild
