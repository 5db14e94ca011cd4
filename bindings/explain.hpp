// Explanations: which line of which file gave a field of a target its value, and what it stands above.
#pragma once

#include <string>
#include <vector>

#include "base/error.hpp"

namespace tierbuild::bindings {

enum class How : uint8_t {
  set,       // it is the only value, or a new name of a map
  appended,  // a list was there, and this follows it
  over,      // a value was there, and this stands instead
  replaced,  // `replace {…}`: a list or map was there, and this stands instead
};

/// One value of one field. A list gives one setting for each item, a map one for each name.
struct Setting {
  std::string field;    // "env.LOG_LEVEL", "pip", "cmd"
  std::string value;    // as a Buildfile would write it
  Location where;       // the line that says so
  std::string through;  // "rule 'worker'", "defaults", "workspace"; empty: the target's own table
  Location used;        // of a rule: where it is used
  How how = How::set;
  std::vector<Setting> instead_of;  // what it was laid over, nearest first
};

struct Explanation {
  std::string target;  // "service:web"
  std::vector<Setting> settings;
};

}  // namespace tierbuild::bindings
