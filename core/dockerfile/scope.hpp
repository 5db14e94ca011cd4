// The variables that instructions see, and the replacement of those in words.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "dockerfile/syntax.hpp"
#include "dockerfile/words.hpp"

namespace tierbuild::dockerfile {

class Scope {
 public:
  void set(const std::string& name, std::string value) { values_[name] = std::move(value); }
  std::optional<std::string> get(const std::string& name) const;
  std::vector<std::string> names() const;
  const std::map<std::string, std::string>& values() const { return values_; }

  /// The word with its variables replaced; errors point at the place in the word.
  Result<Expansion> expand(const Word& word, const File& file) const {
    return expand(word, file, {.escape = file.escape});
  }
  Result<Expansion> expand(const Word& word, const File& file, const WordRules& rules) const;

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace tierbuild::dockerfile
