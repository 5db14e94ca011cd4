// What each key of a target says, and what becomes of it: for bake files, and for the `build` of a service.
#pragma once

#include <span>
#include <string_view>

#include "document/node.hpp"

namespace tierbuild::bake {

/// The form of a key's value.
enum class Shape : uint8_t {
  text,
  flag,
  texts,    // a list
  entries,  // a list of `key=value,…` or maps, which they all become
  map,      // of texts
  any,
};
/// What a later value does to one before it.
enum class Merging : uint8_t { replace, append, by_name };
/// What a value is for.
enum class Use : uint8_t {
  request,  // it goes into the request of the image
  file,     // it says how the file is read, and is gone then
  said,     // --print shows it
  ignored,  // nothing: a warning says so
};

struct TargetKey {
  std::string_view name;
  Shape shape = Shape::text;
  Merging merging = Merging::replace;
  Use use = Use::request;
  std::string_view why = {};  // of Use::ignored
};
/// In the order in which bake prints them.
std::span<const TargetKey> target_keys();
const TargetKey* find_target_key(std::string_view name);

/// A key of `build` in a compose file: the bake key that it is, or why it means nothing.
struct BuildKey {
  std::string_view name;
  std::string_view target_key;  // empty: ignored
  std::string_view why = {};
};
std::span<const BuildKey> build_keys();
/// The keys of `x-bake`, which are those of bake.
std::span<const std::string_view> x_bake_keys();

/// A value in the form of its key. Fails with `invalid` and the place.
Result<document::Node> shaped(const TargetKey& key, document::Node value);
/// Lays a later value above one before it, both in the form of the key.
void lay(const TargetKey& key, document::Node& base, document::Node over);

}  // namespace tierbuild::bake
