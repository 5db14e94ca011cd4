#include "fs/context_pattern.hpp"

#include "base/strings.hpp"
#include "fs/root_path.hpp"

namespace tierbuild::fs {
namespace {

bool has_wildcard(std::string_view name) {
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '\\')
      ++i;
    else if (name[i] == '*' || name[i] == '?' || name[i] == '[')
      return true;
  }
  return false;
}

// Several stars say no more than one, but for a component of `**`.
std::string with_single_stars(std::string_view name, ContextPattern::Deep deep) {
  if (name == "**" && deep == ContextPattern::Deep::yes) return std::string(name);
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '*' && out.ends_with('*') && !out.ends_with("\\*")) continue;
    out += name[i];
    if (name[i] == '\\' && i + 1 < name.size()) out += name[++i];
  }
  return out;
}

}  // namespace

Result<ContextPattern> ContextPattern::compile(std::string_view text, Deep deep) {
  ContextPattern pattern;
  pattern.text_ = text;
  std::string clean = lexical_path(text), wildcards;
  if (clean.empty()) return pattern;
  for (std::string_view name : split(clean, '/')) {
    bool plain = wildcards.empty() && !has_wildcard(name);
    std::string& to = plain ? pattern.prefix_ : wildcards;
    if (!to.empty()) to += '/';
    to += plain ? std::string(name) : with_single_stars(name, deep);
  }
  if (wildcards.empty()) return pattern;
  TB_LET(IgnorePattern rest, IgnorePattern::compile(wildcards), "in the pattern '{}'", text);
  pattern.rest_ = std::move(rest);
  return pattern;
}

ContextPattern ContextPattern::below(std::string prefix) const {
  ContextPattern pattern = *this;
  pattern.prefix_ = std::move(prefix);
  return pattern;
}

std::optional<std::string_view> ContextPattern::below_prefix(std::string_view path) const {
  if (prefix_.empty()) return path;
  if (!path.starts_with(prefix_) || path.size() <= prefix_.size() || path[prefix_.size()] != '/')
    return std::nullopt;
  return path.substr(prefix_.size() + 1);
}

bool ContextPattern::matches(std::string_view path) const {
  if (!rest_) return path == prefix_;
  auto below = below_prefix(path);
  return below && rest_->matches(*below);
}

bool ContextPattern::may_match_below(std::string_view directory) const {
  bool leads_to_prefix =
      prefix_.size() > directory.size() && prefix_.starts_with(directory) && prefix_[directory.size()] == '/';
  if (directory.empty() || leads_to_prefix) return true;
  if (!rest_) return false;
  if (directory == prefix_) return true;
  auto below = below_prefix(directory);
  return below && rest_->may_match_below(*below);
}

}  // namespace tierbuild::fs
