#include "python/subtract.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "python/version.hpp"

namespace tierbuild::python {
namespace {

enum class Holds : uint8_t { no, maybe, yes };

Holds marker_of(const Requirement& entry, const MarkerEnvironment* environment) {
  if (entry.marker.empty()) return Holds::yes;
  if (environment == nullptr) return Holds::maybe;
  Result<bool> value = evaluate_marker(entry.marker, *environment);
  if (!value) return Holds::maybe;
  return *value ? Holds::yes : Holds::no;
}

const Specifier* pin_of(const Requirement& entry) {
  for (const Specifier& specifier : entry.specifiers)
    if (specifier.op == "===" || (specifier.op == "==" && !specifier.version.ends_with(".*")))
      return &specifier;
  return nullptr;
}

bool clash(const Requirement& mine, const Requirement& theirs) {
  if (!mine.url.empty() && !theirs.url.empty()) return mine.url != theirs.url;
  if (!mine.url.empty() || !theirs.url.empty()) return false;  // which version a URL brings is not known
  if (const Specifier* pin = pin_of(theirs)) return !satisfies(pin->version, mine.specifiers);
  return !compatible(mine.specifiers, theirs.specifiers);
}

// Whatever version `theirs` brought, it is one that `mine` asks for.
bool covers(const Requirement& theirs, const Requirement& mine) {
  if (!mine.url.empty()) return mine.url == theirs.url;
  if (mine.specifiers.empty()) return true;
  if (!theirs.url.empty()) return false;
  if (const Specifier* pin = pin_of(theirs)) return satisfies(pin->version, mine.specifiers);
  return std::all_of(mine.specifiers.begin(), mine.specifiers.end(), [&](const Specifier& wanted) {
    return std::find(theirs.specifiers.begin(), theirs.specifiers.end(), wanted) != theirs.specifiers.end();
  });
}

bool has_extras(const Requirement& mine, const std::vector<const Requirement*>& theirs) {
  return std::all_of(mine.extras.begin(), mine.extras.end(), [&](const std::string& extra) {
    return std::any_of(theirs.begin(), theirs.end(), [&](const Requirement* entry) {
      return std::find(entry->extras.begin(), entry->extras.end(), extra) != entry->extras.end();
    });
  });
}

}  // namespace

Subtraction subtract(std::vector<Requirement> entries, std::span<const Requirement> base,
                     const MarkerEnvironment* environment) {
  std::multimap<std::string_view, const Requirement*> by_name;
  for (const Requirement& entry : base)
    if (!entry.name.empty()) by_name.emplace(entry.name, &entry);
  Subtraction result;
  for (Requirement& mine : entries) {
    Holds needed = marker_of(mine, environment);
    std::vector<const Requirement*> theirs;
    auto [first, last] = by_name.equal_range(mine.name);
    for (auto it = first; it != last; ++it)
      if (it->second->marker == mine.marker || marker_of(*it->second, environment) == Holds::yes)
        theirs.push_back(it->second);
    if (mine.name.empty() || theirs.empty() || needed == Holds::no) {
      result.remaining.push_back(std::move(mine));
      continue;
    }
    auto opposed = std::find_if(theirs.begin(), theirs.end(), [&](const Requirement* entry) {
      return (needed == Holds::yes || entry->marker == mine.marker) && clash(mine, *entry);
    });
    if (opposed != theirs.end()) {
      result.conflicts.push_back({std::move(mine), **opposed});
      continue;
    }
    bool covered = has_extras(mine, theirs) &&
                   std::any_of(theirs.begin(), theirs.end(),
                               [&](const Requirement* entry) { return covers(*entry, mine); });
    (covered ? result.covered : result.remaining).push_back(std::move(mine));
  }
  return result;
}

}  // namespace tierbuild::python
