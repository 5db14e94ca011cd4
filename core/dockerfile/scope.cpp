#include "dockerfile/scope.hpp"

namespace tierbuild::dockerfile {

std::optional<std::string> Scope::get(const std::string& name) const {
  auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string> Scope::names() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : values_) names.push_back(name);
  return names;
}

Result<Expansion> Scope::expand(const Word& word, const File& file, const WordRules& rules) const {
  Result<Expansion> expansion =
      dockerfile::expand(word.text, rules, [this](const std::string& name) { return get(name); });
  if (expansion) return expansion;
  Range place = word.range;
  // Only a word that is its own source text has columns that can be counted.
  bool as_written =
      place.line == place.end_line && place.end_column - place.column == static_cast<int>(word.text.size());
  if (as_written) place.column += expansion.error().where().column - 1;
  return std::move(expansion).error().at(file.at(place));
}

}  // namespace tierbuild::dockerfile
