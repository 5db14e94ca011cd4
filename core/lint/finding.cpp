#include "lint/finding.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace tierbuild::lint {
namespace {

constexpr std::array<std::string_view, 3> kNames{"off", "warn", "error"};

}  // namespace

std::string_view name_of(Level level) {
  return kNames[static_cast<size_t>(level)];
}

std::optional<Level> level_of(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<Level>(i);
  return std::nullopt;
}

void sort_by_place(std::vector<Finding>& findings) {
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.where.file, a.where.line, a.where.column, a.rule) <
           std::tie(b.where.file, b.where.line, b.where.column, b.rule);
  });
}

size_t Outcome::count(Level level) const {
  return static_cast<size_t>(std::count_if(findings.begin(), findings.end(), [&](const Finding& finding) {
    return finding.level == level && finding.allowed.empty();
  }));
}

}  // namespace tierbuild::lint
