#include "fs/include.hpp"

#include "fs/root_path.hpp"

namespace tierbuild::fs {

Include Include::context(ContextPattern pattern) {
  Must must = pattern.has_wildcards() ? Must::nothing : Must::match;
  return {std::move(pattern), must};
}

Include Include::followed(std::string path) {
  return {ContextPattern().below(std::move(path)), Must::nothing};
}

bool Include::matches(std::string_view path) const {
  return std::visit([&](const auto& pattern) { return pattern.matches(path); }, pattern_);
}

bool Include::may_match_below(std::string_view directory) const {
  return std::visit([&](const auto& pattern) { return pattern.may_match_below(directory); }, pattern_);
}

bool Include::has_wildcards() const {
  if (const Glob* glob = std::get_if<Glob>(&pattern_)) return !glob->is_literal();
  return std::get<ContextPattern>(pattern_).has_wildcards();
}

bool Include::takes_all_below() const {
  return !has_wildcards() || std::holds_alternative<ContextPattern>(pattern_);
}

bool Include::takes(std::string_view path) const {
  if (!takes_all_below()) return false;
  if (!has_wildcards()) return is_at_or_below(path, literal_prefix());
  for (std::string_view at = path; !at.empty(); at = parent_path(at))
    if (matches(at)) return true;
  return false;
}

const std::string& Include::literal_prefix() const {
  if (const Glob* glob = std::get_if<Glob>(&pattern_)) return glob->literal_prefix();
  return std::get<ContextPattern>(pattern_).prefix();
}

bool Include::names_root() const {
  return !has_wildcards() && literal_prefix().empty();
}

const std::string& Include::text() const {
  return std::visit([](const auto& pattern) -> const std::string& { return pattern.text(); }, pattern_);
}

}  // namespace tierbuild::fs
