// Allow-comments: `-- tierbuild: allow RULE reason` in Lua, `# tierbuild: allow RULE reason` elsewhere.
#pragma once

#include <string>
#include <vector>

#include "lint/finding.hpp"
#include "lint/sources.hpp"

namespace tierbuild::lint {

struct AllowComment {
  Location where;  // of its first dash or hash
  std::string rule, reason;
  int line = 0;  // the line that it speaks of: its own, or the next one that is no such comment
  bool used = false;
};

/// The comments of one file. In a name that ends with `.lua` they begin with `--` outside of strings.
std::vector<AllowComment> allow_comments(const std::string& file, const std::vector<std::string>& lines);

struct AllowOptions {
  std::vector<std::string> files;     // where comments may stand
  std::vector<std::string> rules;     // all that can be allowed
  std::vector<std::string> complete;  // rules that looked at everything: a comment for them that allows
                                      // nothing is a finding
  Level level = Level::warn;          // of findings about comments
};

/// Marks what comments allow and adds what is wrong with the comments themselves. Allowed findings go last.
void apply_allow_comments(Outcome& outcome, Sources& sources, const AllowOptions& options);

}  // namespace tierbuild::lint
