#include "changes/area.hpp"

namespace tierbuild::changes {
namespace {

std::string_view parent(std::string_view path) {
  size_t slash = path.rfind('/');
  return path.substr(0, slash == std::string_view::npos ? 0 : slash);
}

}  // namespace

void Area::add(const fs::Choice& choice) {
  for (const std::string& root : choice.roots()) {
    by_root_[root].push_back(choice);
    for (std::string_view above = root; !above.empty();) {
      above = parent(above);
      above_.emplace(above);
    }
  }
}

bool Area::enters(std::string_view directory) const {
  if (above_.contains(directory)) return true;
  for (std::string_view root = directory;; root = parent(root)) {
    if (auto found = by_root_.find(root); found != by_root_.end())
      for (const fs::Choice& choice : found->second)
        if (choice.enters(directory)) return true;
    if (root.empty()) return false;
  }
}

}  // namespace tierbuild::changes
