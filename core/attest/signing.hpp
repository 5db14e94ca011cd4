// Signing: ECDSA over P-256 with keys in PEM files, as cosign and openssl write them.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tierbuild::attest {

/// One half of a key pair, or both.
class Key {
 public:
  /// A private key that no password guards. `invalid` for anything else, with what to do about it.
  static Result<Key> load_private(const std::filesystem::path& file);
  static Result<Key> load_public(const std::filesystem::path& file);
  Key(Key&&) noexcept;
  Key& operator=(Key&&) noexcept;
  ~Key();

  /// The signature over SHA-256 of these bytes, in ASN.1.
  Result<std::string> sign(std::string_view bytes) const;
  bool verifies(std::string_view bytes, std::string_view signature) const;

 private:
  struct State;
  explicit Key(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tierbuild::attest
