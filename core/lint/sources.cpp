#include "lint/sources.hpp"

#include "base/strings.hpp"

namespace tierbuild::lint {

const std::vector<std::string>& Sources::lines(const std::string& file) {
  auto [slot, is_new] = texts_.try_emplace(file);
  if (!is_new) return slot->second;
  if (std::optional<std::string> text = read_(file))
    for (std::string_view line : split(*text, '\n')) {
      if (line.ends_with('\r')) line.remove_suffix(1);
      slot->second.emplace_back(line);
    }
  return slot->second;
}

const std::string* Sources::line(const Location& where) {
  const std::vector<std::string>& all = lines(where.file);
  auto index = static_cast<size_t>(where.line);
  return where.line > 0 && index <= all.size() ? &all[index - 1] : nullptr;
}

std::optional<Location> Sources::find_in(const std::string& file, const std::vector<std::string>& lines,
                                         size_t first, std::string_view text) {
  for (size_t i = first; i < lines.size(); ++i)
    if (size_t at = lines[i].find(text); at != std::string::npos)
      return Location{file, static_cast<int>(i) + 1, static_cast<int>(at) + 1};
  return std::nullopt;
}

std::optional<Location> Sources::find(const Location& from, std::string_view text) {
  if (text.empty()) return std::nullopt;
  const std::vector<std::string>& own = lines(from.file);
  if (auto found = find_in(from.file, own, static_cast<size_t>(std::max(from.line, 1)) - 1, text))
    return found;
  if (auto found = find_in(from.file, own, 0, text)) return found;
  for (const std::string& file : buildfiles_)
    if (auto found = find_in(file, lines(file), 0, text)) return found;
  return std::nullopt;
}

Location Sources::settled(Location where) {
  if (where.column > 0) return where;
  if (const std::string* text = line(where))
    if (size_t at = text->find_first_not_of(" \t"); at != std::string::npos)
      where.column = static_cast<int>(at) + 1;
  return where;
}

}  // namespace tierbuild::lint
