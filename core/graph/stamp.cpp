#include "graph/stamp.hpp"

#include <algorithm>

namespace tierbuild::graph {
namespace {

constexpr char kMark = '\x1f';

// Calls `on_text` and `on_stamp` for the pieces of `text` in order.
template <class OnText, class OnStamp>
void each_piece(std::string_view text, OnText on_text, OnStamp on_stamp) {
  for (bool inside = false; !text.empty(); inside = !inside) {
    size_t end = std::min(text.find(kMark), text.size());
    inside ? on_stamp(text.substr(0, end)) : on_text(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

const std::vector<std::string>& stamp_names() {
  static const std::vector<std::string> names{"time",       "version", "git.sha",   "git.short",
                                              "git.branch", "git.tag", "git.dirty", "key"};
  return names;
}

std::string stamp_token(std::string_view name) {
  return fmt::format("{}{}{}", kMark, name, kMark);
}

bool has_stamp(std::string_view text) {
  return text.find(kMark) != std::string_view::npos;
}

std::vector<std::string> stamps_in(std::string_view text) {
  std::vector<std::string> names;
  each_piece(
      text, [](std::string_view) {}, [&](std::string_view name) { names.emplace_back(name); });
  return names;
}

Result<std::string> fill_stamps(std::string_view text, const std::map<std::string, std::string>& values) {
  std::string out, missing;
  each_piece(
      text, [&](std::string_view piece) { out += piece; },
      [&](std::string_view name) {
        auto value = values.find(std::string(name));
        if (value == values.end() || value->second.empty())
          missing = name;
        else
          out += value->second;
      });
  if (missing.empty()) return out;
  bool git = missing.starts_with("git.");
  return Error::make(Code::invalid, "stamp.{} has no value here", missing)
      .hint(missing == "key" ? "it is for `tags` alone"
            : git            ? "the workspace is no git repository, or has no such revision; commit first"
                             : "set `version`");
}

}  // namespace tierbuild::graph
