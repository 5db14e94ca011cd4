// Foreign JSON read with limits: null is absent, unknown fields are skipped, the first wrong one is the
// error.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "hash/digest.hpp"

namespace tierbuild::image {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

/// Parses a document; `corrupt` if it is malformed, above 8 MiB or nested deeper than 64 levels.
Result<Json> parse_json(std::string_view text, std::string_view what);
/// As parse_json, for a document that must be an object.
Result<Json> parse_object(std::string_view text, std::string_view what);
/// Compact text; bytes that are not UTF-8 become U+FFFD, as Go writes them.
std::string dump(const OrderedJson& json);

/// The fields of one object. Getters return an empty value for an absent field and remember the first field
/// of a wrong type, which `status` then reports as `corrupt`. Texts with a NUL are wrong.
class Fields {
 public:
  Fields(const Json& object, std::string what);

  bool has(const char* name) const { return find(name) != nullptr; }
  std::string text(const char* name);
  bool flag(const char* name);
  int64_t integer(const char* name);
  std::vector<std::string> texts(const char* name);
  /// A list of texts, or one text alone, as docker once wrote commands.
  std::vector<std::string> words(const char* name);
  std::set<std::string> keys(const char* name);
  std::map<std::string, std::string> map(const char* name);
  /// A mandatory digest.
  Digest digest(const char* name);
  /// The value if it is an object, else null.
  const Json& object(const char* name);
  /// The value if it is a list, else an empty one.
  const Json& list(const char* name);

  void fail(std::string reason);
  Status status() const;

 private:
  const Json* find(const char* name) const;
  std::string checked(const Json& value, const char* name);

  const Json& object_;
  std::string what_;
  std::string reason_;
};

}  // namespace tierbuild::image
