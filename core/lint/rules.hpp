// The rules, with what each is for. One table drives the schema of `lint {…}`, `lint --rules` and the checks.
#pragma once

#include <span>

#include "lint/subject.hpp"

namespace tierbuild::lint {

struct Rule {
  const char* name;
  Level level;         // unless the workspace says otherwise
  const char* finds;   // what it finds, one line
  const char* reason;  // why that matters, one or two sentences
  const char* want;    // what `want = …` of its setting is; null: it has none
  void (*check)(const Subject& subject, const std::string& want, Report& report);
};

/// In the order of the documentation.
std::span<const Rule> rules();
/// The rule of this name, or null.
const Rule* find_rule(std::string_view name);

/// The rule that findings about the comments themselves belong to.
inline constexpr const char* kAllowRule = "allow_comment";

/// base_duplicate for packages of the distribution, and for users.
void check_system_duplicates(const Subject& subject, Report& report);

// One for each rule that looks at targets; see the table in rules.cpp.
void check_base_duplicate(const Subject& subject, const std::string& want, Report& report);
void check_deprecated_base(const Subject& subject, const std::string& want, Report& report);
void check_pin_conflict(const Subject& subject, const std::string& want, Report& report);
void check_unpinned(const Subject& subject, const std::string& want, Report& report);
void check_floating_tag(const Subject& subject, const std::string& want, Report& report);
void check_python_version(const Subject& subject, const std::string& want, Report& report);
void check_root_user(const Subject& subject, const std::string& want, Report& report);
void check_missing_healthcheck(const Subject& subject, const std::string& want, Report& report);
void check_size_budget(const Subject& subject, const std::string& want, Report& report);
void check_build_tools_in_runtime(const Subject& subject, const std::string& want, Report& report);
void check_cache_defeated(const Subject& subject, const std::string& want, Report& report);
void check_unreadable_by_user(const Subject& subject, const std::string& want, Report& report);
void check_swallowed_failure(const Subject& subject, const std::string& want, Report& report);
void check_layer_order(const Subject& subject, const std::string& want, Report& report);

}  // namespace tierbuild::lint
