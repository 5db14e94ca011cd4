// Digest: the SHA-256 that names a blob, a file or a key.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tierbuild {

class Digest {
 public:
  static constexpr size_t kSize = 32;
  using Bytes = std::array<uint8_t, kSize>;

  Digest() = default;  // all zero: no content has it; `empty()` is true
  explicit Digest(const Bytes& bytes) : bytes_(bytes) {}

  /// Parses `sha256:` and 64 lower-case hex digits, nothing else. Fails with `invalid`.
  static Result<Digest> parse(std::string_view text);
  /// Parses 64 lower-case hex digits.
  static Result<Digest> from_hex(std::string_view hex);
  /// The digest of these bytes.
  static Digest of(std::string_view bytes);

  bool empty() const { return *this == Digest{}; }
  const Bytes& bytes() const { return bytes_; }
  std::string hex() const;
  /// The first 12 hex digits, for people.
  std::string short_hex() const { return hex().substr(0, 12); }
  /// `sha256:` and the hex digits, as OCI writes it.
  std::string str() const { return "sha256:" + hex(); }
  auto operator<=>(const Digest&) const = default;

 private:
  Bytes bytes_{};
};

/// SHA-256 over a stream (OpenSSL, which uses SHA-NI where the processor has it).
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void update(std::string_view bytes);
  /// The digest of all bytes so far; the stream starts anew afterwards.
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tierbuild

template <>
struct std::hash<tierbuild::Digest> {
  size_t operator()(const tierbuild::Digest& digest) const noexcept {
    size_t value = 0;
    for (size_t i = 0; i < sizeof value; ++i) value = value << 8 | digest.bytes()[i];
    return value;
  }
};
