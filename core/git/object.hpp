// What git knows of a path: its kind and the id of its content.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace tierbuild::git {

/// A SHA-1, the name of an object.
struct ObjectId {
  static constexpr size_t kSize = 20;
  std::array<uint8_t, kSize> bytes{};

  static ObjectId from(const void* raw);
  bool empty() const { return *this == ObjectId{}; }
  std::string hex() const;
  auto operator<=>(const ObjectId&) const = default;
};

enum class Mode : uint32_t {
  none = 0,  // nothing is there
  directory = 0040000,
  file = 0100644,
  executable = 0100755,
  symlink = 0120000,
  submodule = 0160000,
};

/// The mode that git keeps for a mode of stat or of an old tree.
Mode canonical(uint32_t mode);

struct Entry {
  Mode mode = Mode::none;
  ObjectId id;  // of a blob, of a tree, or of a submodule's commit; empty if it is not known
  bool operator==(const Entry&) const = default;
};

/// The id of these bytes as a blob.
ObjectId blob_id(std::string_view bytes);

}  // namespace tierbuild::git
