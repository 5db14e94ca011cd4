// Choice: what a selection holds, decided path by path, for trees that are not on disk.
#pragma once

#include <string_view>
#include <vector>

#include "fs/ignore_rules.hpp"
#include "fs/include.hpp"
#include "fs/scan.hpp"

namespace tierbuild::fs {

/// Answers as scan() would, for paths relative to the selection's root. Symlinks are not followed here.
class Choice {
 public:
  /// `ignore_text` is the content of the selection's ignore file, empty if there is none. Fails as scan()
  /// does with patterns that make no sense.
  static Result<Choice> make(const Selection& selection, std::string_view ignore_text);

  /// Whether a scan has an entry for this path because of itself. It also has the directories that hold one.
  bool selects(std::string_view path) const;
  /// Whether something below this directory may be selected.
  bool enters(std::string_view directory) const;
  /// What is selected lies at or below one of these paths; an empty one is the root.
  std::vector<std::string> roots() const;

 private:
  bool takes(std::string_view path) const;  // a plain include takes it, with all below
  bool passes(std::string_view directory) const;
  bool holders_pass(std::string_view path) const;

  std::vector<Include> includes_;
  std::vector<IgnoreRules> ignores_;
};

}  // namespace tierbuild::fs
