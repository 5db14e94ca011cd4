// BuildKit's checks of Dockerfiles, under their names.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "dockerfile/syntax.hpp"

namespace tierbuild::dockerfile {

/// A rule of BuildKit; https://docs.docker.com/reference/build-checks/ explains each.
struct CheckRule {
  std::string_view name;
  std::string_view description;
  bool experimental = false;  // silent unless it is asked for
};
std::span<const CheckRule> check_rules();

struct CheckFinding {
  std::string rule;
  std::string message;
  Range where;
  bool operator==(const CheckFinding&) const = default;
};

/// `skip=A,B;experimental=all;error=true`, from the directive `check` or a comment in front of an
/// instruction.
struct CheckOptions {
  std::set<std::string> skip, experimental;
  bool skip_all = false, experimental_all = false;
  bool error = false;  // findings are errors

  /// Fails with `invalid` for an option that there is not.
  static Result<CheckOptions> parse(std::string_view text);
  void merge(const CheckOptions& other);
  bool wants(const CheckRule& rule) const;
};

/// Collects findings, but those that the author does not want.
class Checks {
 public:
  /// Takes the options of the file's directive; fails with `invalid` and its place.
  static Result<Checks> of(const File& file);

  /// The comments in front of the instruction that is looked at now may have options of their own.
  void at(const Instruction& instruction);
  void at_file();
  void report(std::string_view rule, const Range& where, std::string message);

  const std::vector<CheckFinding>& findings() const { return findings_; }
  const CheckOptions& options() const { return whole_; }

 private:
  CheckOptions whole_, here_;
  std::vector<CheckFinding> findings_;
};

/// The checks that need nothing but the text: casing, names of stages, empty continuations, comments.
void check_syntax(const File& file, Checks& checks);
/// SecretsUsedInArgOrEnv: a name such as API_KEY or DB_PASSWORD.
bool sounds_secret(std::string_view name);

}  // namespace tierbuild::dockerfile
