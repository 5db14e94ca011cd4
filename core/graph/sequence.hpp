// What two sequences do not have in common: the shortest edit between them, element by element.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tierbuild::graph {

/// One place of an alignment: an element of both sides, or (with one side absent) of one of them.
struct Pairing {
  std::optional<size_t> before, now;
  bool operator==(const Pairing&) const = default;
};

/// The longest common subsequence as an alignment of all elements, in order; between two common elements
/// those of `before` come first. Sequences whose product of lengths is beyond a few millions are aligned at
/// their ends only.
template <class Before, class Now, class Equal = std::equal_to<>>
std::vector<Pairing> align_sequences(const Before& before, const Now& now, Equal equal = {}) {
  constexpr size_t kMostCells = 4'000'000;
  size_t head = 0, end = before.size(), now_end = now.size();
  while (head < end && head < now_end && equal(before[head], now[head])) ++head;
  while (end > head && now_end > head && equal(before[end - 1], now[now_end - 1])) --end, --now_end;

  std::vector<Pairing> out;
  for (size_t i = 0; i < head; ++i) out.push_back({i, i});
  const size_t rows = end - head, columns = now_end - head;
  size_t i = 0, j = 0;
  if (rows > 0 && columns > 0 && rows <= kMostCells / columns) {
    std::vector<uint32_t> longest((rows + 1) * (columns + 1));  // of what follows (row, column)
    auto at = [&](size_t row, size_t column) -> uint32_t& { return longest[row * (columns + 1) + column]; };
    for (size_t row = rows; row-- > 0;)
      for (size_t column = columns; column-- > 0;)
        at(row, column) = equal(before[head + row], now[head + column])
                              ? at(row + 1, column + 1) + 1
                              : std::max(at(row + 1, column), at(row, column + 1));
    while (i < rows && j < columns) {
      if (equal(before[head + i], now[head + j]))
        out.push_back({head + i++, head + j++});
      else if (at(i + 1, j) >= at(i, j + 1))
        out.push_back({head + i++, std::nullopt});
      else
        out.push_back({std::nullopt, head + j++});
    }
  }
  for (; i < rows; ++i) out.push_back({head + i, std::nullopt});
  for (; j < columns; ++j) out.push_back({std::nullopt, head + j});
  for (size_t k = 0; end + k < before.size(); ++k) out.push_back({end + k, now_end + k});
  return out;
}

/// As align_sequences, with what stands alone on both sides of one gap paired in order: a changed element is
/// one pair. `alike` says which may be paired.
template <class Before, class Now, class Equal, class Alike>
std::vector<Pairing> pair_sequences(const Before& before, const Now& now, Equal equal, Alike alike) {
  std::vector<Pairing> aligned = align_sequences(before, now, equal), out;
  for (size_t at = 0; at < aligned.size();) {
    if (aligned[at].before && aligned[at].now) {
      out.push_back(aligned[at++]);
      continue;
    }
    std::vector<size_t> gone, added;
    for (; at < aligned.size() && !(aligned[at].before && aligned[at].now); ++at)
      aligned[at].before ? gone.push_back(*aligned[at].before) : added.push_back(*aligned[at].now);
    for (size_t now_index : added) {
      auto match = std::find_if(gone.begin(), gone.end(),
                                [&](size_t index) { return alike(before[index], now[now_index]); });
      if (match == gone.end()) {
        out.push_back({std::nullopt, now_index});
        continue;
      }
      for (auto it = gone.begin(); it != match; ++it) out.push_back({*it, std::nullopt});
      out.push_back({*match, now_index});
      gone.erase(gone.begin(), match + 1);
    }
    for (size_t index : gone) out.push_back({index, std::nullopt});
  }
  return out;
}

}  // namespace tierbuild::graph
