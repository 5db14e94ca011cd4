// Requirement: one entry of a requirements list (PEP 508), with the place where it was written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/result.hpp"

namespace tierbuild::python {

/// One clause of a version specifier (PEP 440): `>=1.2`.
struct Specifier {
  std::string op;  // == != <= >= < > ~= ===
  std::string version;
  bool operator==(const Specifier&) const = default;
};

struct Requirement {
  std::string name;     // normalised (PEP 503), such as "ruamel-yaml"; empty if only a path or URL is known
  std::string spelled;  // the name as its author wrote it
  std::vector<std::string> extras;  // normalised, sorted
  std::vector<Specifier> specifiers;
  std::string marker;               // text after ';'
  std::string url;                  // of `name @ url`, of a VCS entry, or the path of a path entry
  std::vector<std::string> hashes;  // "sha256:…"
  bool editable = false;
  Location where;             // of the entry itself
  std::vector<Location> via;  // the `-r` lines that led to it, outermost first

  /// True if exactly one version can satisfy it: one `==` without a wildcard, `===`, or a URL with a digest
  /// or a full commit.
  bool pinned() const;
  /// Its canonical text as pip reads it: `uvicorn[standard]==0.37.0; python_version < "3.12"`.
  std::string text() const;
};

/// PEP 503: lower case, runs of `-`, `_` and `.` are one `-`.
std::string normalise(std::string_view name);

/// Parses one entry (PEP 508) without options. `where` is the place of its first character; errors
/// (invalid_argument) point into it.
Result<Requirement> parse_requirement(std::string_view text, Location where);

}  // namespace tierbuild::python
