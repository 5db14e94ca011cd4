// Id<Tag>: a dense index that cannot be mixed up with one of another kind.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace tierbuild {

template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(size_t index) : index_(static_cast<uint32_t>(index)) {}
  size_t index() const { return index_; }
  bool valid() const { return index_ != UINT32_MAX; }
  auto operator<=>(const Id&) const = default;

 private:
  uint32_t index_ = UINT32_MAX;
};

}  // namespace tierbuild

template <class Tag>
struct std::hash<tierbuild::Id<Tag>> {
  size_t operator()(tierbuild::Id<Tag> id) const noexcept { return id.index(); }
};
