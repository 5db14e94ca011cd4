// Names that users type, and what they can stand for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/strings.hpp"
#include "project/project.hpp"

namespace tierbuild::project {

template <class T>
std::vector<std::string> names_of(const std::vector<T>& all) {
  std::vector<std::string> names;
  for (const T& item : all) names.push_back(item.name);
  return names;
}

/// ` (did you mean 'x'?)`, or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

/// The names a selector may use: targets, groups, and "tier:x", "service:x".
std::vector<std::string> selectable_names(const Project& project);

/// A selector taken apart: `+X`, `X+`, `-X`.
struct Selector {
  std::string name;
  bool with_dependencies = false, with_dependents = false, without = false;
  static Selector parse(std::string_view text);
};

/// The declared targets that a bare name (no `+`, no `-`) stands for, by index: a target, a group (members
/// followed), a kind with wildcards (`tier:py*`), a path (`//services/...`).
std::vector<size_t> targets_named(const Project& project, const std::string& name);

/// False if the selector names nothing that is declared. `tier:*` selects something even if there is no tier.
bool selects_something(const Project& project, const std::string& selector);

}  // namespace tierbuild::project
