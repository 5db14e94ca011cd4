// `RUN --mount=…`.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "dockerfile/syntax.hpp"

namespace tierbuild::dockerfile {

struct Mount {
  enum class Type : uint8_t { bind, cache, tmpfs, secret, ssh };
  enum class Sharing : uint8_t { shared, private_, locked };
  Type type = Type::bind;
  std::string from, source, target, id;
  bool read_only = true;
  bool required = false;  // secret, ssh
  std::optional<Sharing> sharing;
  uint64_t size = 0;               // tmpfs; 0: no limit
  std::optional<std::string> env;  // secret: the variable that gets it
  std::optional<uint32_t> mode, uid, gid;
};

/// Replaces the variables of a value.
using ReplaceVariables = std::function<Result<std::string>(const std::string& value)>;

/// Reads the value of the flag. Fails with `invalid` for a key that is unknown or does not go with the type.
Result<Mount> parse_mount(const Word& word, const File& file, const ReplaceVariables& replace);
/// What can be said before variables have values.
Status check_mount(const Word& word, const File& file);

/// The fields of one line of comma-separated values; `"` groups, and `""` inside of it is one.
Result<std::vector<std::string>> comma_fields(std::string_view text);

}  // namespace tierbuild::dockerfile
