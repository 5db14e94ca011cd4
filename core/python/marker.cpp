#include "python/marker.hpp"

#include <array>
#include <optional>

#include "base/strings.hpp"
#include "python/requirement.hpp"
#include "python/version.hpp"

namespace tierbuild::python {
namespace {

constexpr int kDeepest = 64;

constexpr std::string_view kVariables[] = {"python_version",
                                           "python_full_version",
                                           "os_name",
                                           "sys_platform",
                                           "platform_release",
                                           "platform_system",
                                           "platform_version",
                                           "platform_machine",
                                           "extra",
                                           "platform_python_implementation",
                                           "implementation_name",
                                           "implementation_version"};

// Names from before PEP 508 that are still in use.
constexpr std::pair<std::string_view, std::string_view> kOldNames[] = {
    {"os.name", "os_name"},
    {"sys.platform", "sys_platform"},
    {"platform.version", "platform_version"},
    {"platform.machine", "platform_machine"},
    {"platform.python_implementation", "platform_python_implementation"},
    {"python_implementation", "platform_python_implementation"},
};

constexpr std::pair<std::string_view, std::string_view> kMachines[] = {
    {"amd64", "x86_64"},
    {"arm64", "aarch64"},
    {"386", "i686"},
    {"arm", "armv7l"},
};

struct Operand {
  std::string variable;  // "" for a literal
  std::string value;
};

/// Reads and evaluates in one pass. Errors have the column in the marker as their place.
class Evaluator {
 public:
  Evaluator(std::string_view text, const MarkerEnvironment& environment)
      : text_(text), environment_(environment) {}

  Result<bool> run() {
    skip_blanks();
    if (done()) return true;
    TB_LET(bool value, disjunction(0));
    if (!done()) return fail(fmt::format("'{}' is not expected in a marker", printable(rest())));
    return value;
  }

 private:
  bool done() const { return at_ >= text_.size(); }
  std::string_view rest() const { return text_.substr(at_); }
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }
  Error fail(std::string message) const {
    return Error(Code::invalid, std::move(message)).at(Location{{}, 0, static_cast<int>(at_) + 1});
  }

  static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  }
  std::string_view word() const {
    size_t end = at_;
    while (end < text_.size() && is_word(text_[end])) ++end;
    return text_.substr(at_, end - at_);
  }
  bool accept_word(std::string_view expected) {
    if (word() != expected) return false;
    at_ += expected.size();
    skip_blanks();
    return true;
  }

  Result<bool> disjunction(int depth) {
    TB_LET(bool value, conjunction(depth));
    while (accept_word("or")) {
      TB_LET(bool other, conjunction(depth));
      value = value || other;
    }
    return value;
  }

  Result<bool> conjunction(int depth) {
    TB_LET(bool value, term(depth));
    while (accept_word("and")) {
      TB_LET(bool other, term(depth));
      value = value && other;
    }
    return value;
  }

  Result<bool> term(int depth) {
    if (done() || text_[at_] != '(') return comparison();
    if (depth == kDeepest) return fail("a marker is nested too deeply");
    ++at_;
    skip_blanks();
    TB_LET(bool value, disjunction(depth + 1));
    if (done() || text_[at_] != ')') return fail("')' is missing in a marker");
    ++at_;
    skip_blanks();
    return value;
  }

  Result<bool> comparison() {
    TB_LET(Operand left, operand());
    TB_LET(std::string op, comparator());
    TB_LET(Operand right, operand());
    if (left.variable.empty() && right.variable.empty()) return fail("a marker compares two texts");
    if (left.variable == "extra" || right.variable == "extra") {
      left.value = normalise(left.value);
      right.value = normalise(right.value);
    }
    return compare(left.value, op, right.value);
  }

  Result<Operand> operand() {
    if (done()) return fail("a marker ends early");
    char quote = text_[at_];
    if (quote == '\'' || quote == '"') {
      size_t end = text_.find(quote, at_ + 1);
      if (end == std::string_view::npos) return fail("a quote is missing in a marker");
      Operand literal{{}, std::string(text_.substr(at_ + 1, end - at_ - 1))};
      at_ = end + 1;
      skip_blanks();
      return literal;
    }
    std::string_view name = word();
    if (name.empty()) return fail(fmt::format("'{}' is not expected in a marker", printable(rest())));
    std::optional<std::string_view> variable = variable_named(name);
    if (!variable) return fail(unknown(std::string(name)));
    at_ += name.size();
    skip_blanks();
    auto value = environment_.find(std::string(*variable));
    return Operand{std::string(*variable), value == environment_.end() ? "" : value->second};
  }

  static std::optional<std::string_view> variable_named(std::string_view name) {
    for (const auto& [old, now] : kOldNames)
      if (name == old) return now;
    for (std::string_view variable : kVariables)
      if (name == variable) return variable;
    return std::nullopt;
  }

  static std::string unknown(const std::string& name) {
    std::vector<std::string> known(std::begin(kVariables), std::end(kVariables));
    std::optional<std::string> near = suggest(name, known);
    return fmt::format("markers have no variable '{}'{}", printable(name),
                       near ? fmt::format(" (did you mean '{}'?)", *near) : "");
  }

  Result<std::string> comparator() {
    if (accept_word("in")) return std::string("in");
    if (accept_word("not")) {
      if (accept_word("in")) return std::string("not in");
      return fail("'in' is expected after 'not'");
    }
    for (std::string_view op : {"===", "==", "!=", "<=", ">=", "~=", "<", ">"})
      if (rest().starts_with(op)) {
        at_ += op.size();
        skip_blanks();
        return std::string(op);
      }
    return fail("a comparison such as '==' is expected in a marker");
  }

  // As versions if both sides are versions, else as texts.
  static Result<bool> compare(const std::string& left, const std::string& op, const std::string& right) {
    if (op == "in") return right.find(left) != std::string::npos;
    if (op == "not in") return right.find(left) == std::string::npos;
    std::string_view plain = right;
    if (plain.ends_with(".*")) plain.remove_suffix(2);
    if (op == "===" || (parse_version(left) && parse_version(plain))) {
      Specifier specifier{op, right};
      return satisfies(left, std::span(&specifier, 1));
    }
    if (op == "==" || op == "~=") return left == right;
    if (op == "!=") return left != right;
    if (op == "<") return left < right;
    if (op == "<=") return left <= right;
    if (op == ">") return left > right;
    return left >= right;
  }

  std::string_view text_;
  const MarkerEnvironment& environment_;
  size_t at_ = 0;
};

}  // namespace

MarkerEnvironment linux_environment(std::string_view version, std::string_view architecture) {
  std::vector<std::string_view> parts = split(version, '.');
  parts.resize(std::max<size_t>(parts.size(), 2), "0");
  std::string minor = fmt::format("{}.{}", parts[0], parts[1]);
  std::string full = parts.size() > 2 ? std::string(version) : minor + ".0";
  std::string machine(architecture);
  for (const auto& [oci, name] : kMachines)
    if (architecture == oci) machine = name;
  return {
      {"python_version", minor},
      {"python_full_version", full},
      {"os_name", "posix"},
      {"sys_platform", "linux"},
      {"platform_release", ""},
      {"platform_system", "Linux"},
      {"platform_version", ""},
      {"platform_machine", machine},
      {"platform_python_implementation", "CPython"},
      {"implementation_name", "cpython"},
      {"implementation_version", full},
      {"extra", ""},
  };
}

Result<bool> evaluate_marker(std::string_view marker, const MarkerEnvironment& environment) {
  return Evaluator(marker, environment).run();
}

}  // namespace tierbuild::python
