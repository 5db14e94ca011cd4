#include "lint/step_places.hpp"

#include "base/strings.hpp"

namespace tierbuild::lint {

std::optional<Location> place_in_script(const Subject& subject, const project::Step& step,
                                        std::string_view script, size_t offset, size_t start, size_t end) {
  // The whole line tells more, but may have been put together; the command itself is enough.
  size_t line_start = script.rfind('\n', offset == 0 ? 0 : offset - 1);
  line_start = line_start == std::string_view::npos ? 0 : line_start + 1;
  std::string_view line = script.substr(line_start, script.find('\n', line_start) - line_start);
  size_t blank = std::min(line.find_first_not_of(" \t"), line.size());
  start = std::max(start, line_start);
  end = std::min(end, line_start + line.size());
  for (auto [from, text] : {std::pair(line_start + blank, trim(line)),
                            std::pair(start, script.substr(start, end > start ? end - start : 0))}) {
    auto found = subject.world().sources.find(step.where, text);
    if (!found) continue;
    found->column += static_cast<int>(offset - std::min(offset, from));
    return found;
  }
  return std::nullopt;
}

bool declared_with(const Subject& subject, const project::Step& step, std::string_view word) {
  const std::string* line = subject.world().sources.line(step.where);
  return line != nullptr && line->find(word) != std::string::npos;
}

}  // namespace tierbuild::lint
