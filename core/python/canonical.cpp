// Lists of requirements in the one form that steps depend on.
#include <algorithm>

#include "python/requirements_file.hpp"

namespace tierbuild::python {

void canonicalise(std::vector<Requirement>& entries) {
  // Texts are made only where names are equal, which is seldom.
  auto before = [](const Requirement& one, const Requirement& other) {
    return one.name != other.name ? one.name < other.name : one.text() < other.text();
  };
  bool done = std::adjacent_find(entries.begin(), entries.end(), [](const auto& one, const auto& other) {
                return one.name >= other.name;
              }) == entries.end();
  if (done) return;
  std::stable_sort(entries.begin(), entries.end(), before);
  std::vector<Requirement> kept;
  kept.reserve(entries.size());
  for (Requirement& entry : entries) {
    if (kept.empty() || before(kept.back(), entry)) {
      kept.push_back(std::move(entry));
      continue;
    }
    // The one that stands in the file itself tells where, and either may bring the hashes of the other's
    // files.
    if (entry.via.size() < kept.back().via.size()) {
      kept.back().where = std::move(entry.where);
      kept.back().via = std::move(entry.via);
    }
    std::vector<std::string>& hashes = kept.back().hashes;
    hashes.insert(hashes.end(), entry.hashes.begin(), entry.hashes.end());
    std::sort(hashes.begin(), hashes.end());
    hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  }
  entries = std::move(kept);
}

std::string file_text(const std::vector<Requirement>& entries) {
  std::string text;
  for (const Requirement& entry : entries) {
    text += entry.text();
    for (const std::string& hash : entry.hashes) text += " --hash=" + hash;
    text += '\n';
  }
  return text;
}

}  // namespace tierbuild::python
