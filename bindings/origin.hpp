// Origins: where in a Buildfile a value was written, precise enough to find a field's column later.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/error.hpp"

namespace tierbuild::bindings {

/// A call or a function of a Buildfile. Columns are looked for only when an error needs them.
struct Origin {
  Location where;         // absolute file and line
  int last_line = 0;      // of a function that spans lines; 0 for a call
  std::string callee;     // "service", "image.from"
  std::string name;       // the declared name, "" if there is none
  std::string directory;  // that relative paths are relative to, absolute
};
using OriginPtr = std::shared_ptr<const Origin>;

/// One step into a table: an item's number from 1, or a field's name.
using Key = std::variant<int, std::string>;
using KeyPath = std::vector<Key>;

/// A table inside the argument of a call.
struct Place {
  OriginPtr origin;
  KeyPath path;

  Place at(Key key) const {
    Place inner = *this;
    inner.path.push_back(std::move(key));
    return inner;
  }
};

/// `copy[1].to`.
std::string str(const KeyPath& path);

}  // namespace tierbuild::bindings
