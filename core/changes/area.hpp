// Area: the directories of a repository that some selection of files looks into.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fs/choice.hpp"

namespace tierbuild::changes {

/// Made once, then asked by many threads.
class Area {
 public:
  void add(const fs::Choice& choice);
  /// Whether anything below the directory may be selected; its path is relative to the selections' root.
  bool enters(std::string_view directory) const;

 private:
  std::map<std::string, std::vector<fs::Choice>, std::less<>> by_root_;
  std::set<std::string, std::less<>> above_;  // directories that lead to a root
};

}  // namespace tierbuild::changes
