// KeyHasher: a digest over named fields that remembers them, so that two keys can be compared field by field.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hash/digest.hpp"

namespace tierbuild {

/// One input of a key, as `why` shows it: `argv[2]` = `--prefix=/usr`.
struct KeyField {
  std::string name;
  std::string value;
  bool operator==(const KeyField&) const = default;
};

/// A digest with the fields it was made from, in order.
struct Key {
  Digest digest;
  std::vector<KeyField> fields;
};

/// Names and values are length-delimited before they are hashed, so no two different field lists give the
/// same bytes. The order of the calls is part of the key.
class KeyHasher {
 public:
  /// Starts a key of the given kind and version of its field list, such as ("run", 1).
  KeyHasher(std::string_view kind, int schema_version);

  KeyHasher& add(std::string_view name, std::string_view value);
  KeyHasher& add(std::string_view name, const Digest& value) { return add(name, value.str()); }
  KeyHasher& add(std::string_view name, int64_t value) { return add(name, std::to_string(value)); }
  /// A list: its length, then each item as `name[i]`.
  KeyHasher& add(std::string_view name, const std::vector<std::string>& values);

  /// A field for people alone: what it says is in the digest of another one.
  KeyHasher& note(std::string_view name, std::string_view value) {
    fields_.push_back({std::string(name), std::string(value)});
    return *this;
  }

  Key finish();

 private:
  void absorb(std::string_view bytes);
  Sha256 hash_;
  std::vector<KeyField> fields_;
};

}  // namespace tierbuild
