#include "fs/glob.hpp"

#include <algorithm>
#include <span>

#include "base/strings.hpp"
#include "fs/glob_syntax.hpp"

namespace tierbuild::fs {
namespace {

/// A place between two components of a path.
class Cursor {
 public:
  explicit Cursor(std::string_view path) : rest_(path) {}
  bool done() const { return rest_.empty(); }
  std::string_view front() const { return rest_.substr(0, rest_.find('/')); }
  void next() {
    size_t slash = rest_.find('/');
    rest_ = slash == std::string_view::npos ? std::string_view{} : rest_.substr(slash + 1);
  }

 private:
  std::string_view rest_;
};

bool accepts(const Glob::Component& component, std::string_view name) {
  return component.kind == Glob::Kind::literal ? component.text == name : match_name(component.text, name);
}

/// Only the last `**` ever needs another try: what stands before it was matched as early as possible.
bool match(std::span<const Glob::Component> pattern, std::string_view path) {
  constexpr size_t kNone = SIZE_MAX;
  size_t p = 0, after_deep = kNone;
  Cursor at(path), retry(path);
  for (;;) {
    if (p == pattern.size()) {
      if (at.done()) return true;
    } else if (pattern[p].kind == Glob::Kind::deep) {
      after_deep = ++p;
      retry = at;
      continue;
    } else if (!at.done() && accepts(pattern[p], at.front())) {
      ++p;
      at.next();
      continue;
    }
    if (after_deep == kNone || retry.done()) return false;
    retry.next();
    at = retry;
    p = after_deep;
  }
}

bool may_continue_below(std::span<const Glob::Component> pattern, std::string_view path) {
  Cursor at(path);
  for (const Glob::Component& component : pattern) {
    if (component.kind == Glob::Kind::deep || at.done()) return true;
    if (!accepts(component, at.front())) return false;
    at.next();
  }
  return false;
}

Result<std::vector<Glob::Component>> parse_components(const std::string& expanded, std::string_view pattern) {
  if (expanded.starts_with('/'))
    return Error::make(Code::invalid, "pattern '{}' is absolute (column 1)", pattern)
        .hint("patterns are relative to the directory that is searched");
  std::vector<Glob::Component> components;
  for (std::string_view part : split(expanded, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "**") {
      if (components.empty() || components.back().kind != Glob::Kind::deep)
        components.push_back({Glob::Kind::deep, {}});
    } else if (!has_wildcard(part)) {
      components.push_back({Glob::Kind::literal, unescape(part)});
    } else {
      components.push_back({Glob::Kind::pattern, std::string(part)});
    }
    if (components.back().text == "..") {
      size_t at = pattern.find("..");
      return Error::make(Code::invalid, "pattern '{}' leaves its directory with '..' (column {})", pattern,
                         at == std::string_view::npos ? 1 : at + 1);
    }
  }
  return components;
}

/// How many leading components all alternatives share without a wildcard.
size_t shared_literals(const std::vector<std::vector<Glob::Component>>& alternatives) {
  size_t shared = 0;
  for (const auto& first = alternatives.front(); shared < first.size(); ++shared) {
    bool same = std::all_of(alternatives.begin(), alternatives.end(), [&](const auto& other) {
      return shared < other.size() && other[shared].kind == Glob::Kind::literal &&
             other[shared].text == first[shared].text;
    });
    if (!same) break;
  }
  return shared;
}

}  // namespace

Result<Glob> Glob::compile(std::string_view pattern) {
  Glob glob;
  glob.text_ = pattern;
  TB_LET(std::vector<std::string> expanded, expand_braces(pattern));
  for (const std::string& text : expanded) {
    TB_LET(std::vector<Component> components, parse_components(text, pattern));
    glob.alternatives_.push_back(std::move(components));
  }
  const std::vector<Component>& first = glob.alternatives_.front();
  size_t shared = shared_literals(glob.alternatives_);
  for (size_t i = 0; i < shared; ++i) glob.prefix_ += (i == 0 ? "" : "/") + first[i].text;
  glob.literal_ = std::all_of(glob.alternatives_.begin(), glob.alternatives_.end(),
                              [&](const auto& components) { return components.size() == shared; });
  return glob;
}

bool Glob::matches(std::string_view path) const {
  return std::any_of(alternatives_.begin(), alternatives_.end(),
                     [&](const auto& components) { return match(components, path); });
}

bool Glob::may_match_below(std::string_view path) const {
  return std::any_of(alternatives_.begin(), alternatives_.end(),
                     [&](const auto& components) { return may_continue_below(components, path); });
}

}  // namespace tierbuild::fs
