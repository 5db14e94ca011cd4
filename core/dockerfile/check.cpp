#include "dockerfile/check.hpp"

#include <array>

#include "base/strings.hpp"
#include "dockerfile/duration.hpp"
#include "dockerfile/runes.hpp"

namespace tierbuild::dockerfile {
namespace {

constexpr CheckRule kRules[] = {
    {"StageNameCasing", "Names of stages are lower case."},
    {"FromAsCasing", "FROM and AS are written in the same case."},
    {"NoEmptyContinuation", "An instruction has no blank lines inside."},
    {"ConsistentInstructionCasing", "All instructions of a file are written in the same case."},
    {"DuplicateStageName", "No two stages have the same name."},
    {"ReservedStageName", "No stage has the name 'scratch' or 'context'."},
    {"JSONArgsRecommended", "CMD and ENTRYPOINT are JSON lists, so that signals reach the program."},
    {"MaintainerDeprecated", "A label names the author, not MAINTAINER."},
    {"UndefinedArgInFrom", "FROM uses arguments that are declared in front of it."},
    {"WorkdirRelativePath", "The first WORKDIR of a build is absolute."},
    {"UndefinedVar", "A variable has a value before it is used."},
    {"MultipleInstructionsDisallowed", "A stage has one CMD, ENTRYPOINT and HEALTHCHECK."},
    {"LegacyKeyValueFormat", "ENV and LABEL have a '=' between name and value."},
    {"InvalidBaseImagePlatform", "A base image is for the platform that is built."},
    {"RedundantTargetPlatform", "FROM needs no --platform=$TARGETPLATFORM."},
    {"SecretsUsedInArgOrEnv", "No secret is put into ARG or ENV."},
    {"InvalidDefaultArgInFrom", "FROM names an image when all arguments have their default."},
    {"FromPlatformFlagConstDisallowed", "The platform of FROM is no constant."},
    {"CopyIgnoredFile", "COPY and ADD name no file that the ignore file leaves out."},
    {"InvalidDefinitionDescription", "A comment in front of ARG or FROM begins with the name it describes.",
     true},
    {"ExposeProtoCasing", "The protocol of EXPOSE is lower case."},
    {"ExposeInvalidFormat", "EXPOSE has neither an address nor a port of the host."},
};

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

std::set<std::string> names_of(std::string_view list) {
  std::set<std::string> names;
  for (std::string_view name : split(list, ',')) names.emplace(trim_space(name));
  return names;
}

bool is_lower(std::string_view word) {
  return lower(word) == word;
}
bool is_upper(std::string_view word) {
  return upper(word) == word;
}

void check_casing(const std::vector<const Instruction*>& all, Checks& checks) {
  size_t lower_case = 0, upper_case = 0;
  for (const Instruction* one : all) {
    lower_case += is_lower(one->keyword.text) ? 1 : 0;
    upper_case += is_upper(one->keyword.text) ? 1 : 0;
  }
  bool want_lower = lower_case > upper_case;
  for (const Instruction* one : all) {
    if (want_lower ? is_lower(one->keyword.text) : is_upper(one->keyword.text)) continue;
    checks.at_file();
    checks.report("ConsistentInstructionCasing", one->keyword.range,
                  fmt::format("Command '{}' should match the case of the command majority ({})",
                              one->keyword.text, want_lower ? "lowercase" : "uppercase"));
  }
}

void check_description(const Instruction& one, std::string_view keyword,
                       const std::vector<std::string>& names, Checks& checks) {
  if (one.comments.empty() || names.empty()) return;
  std::string_view comment = one.comments.back();
  std::string first(comment.substr(0, comment.find(' ')));
  if (std::find(names.begin(), names.end(), first) != names.end()) return;
  checks.report("InvalidDefinitionDescription", one.range,
                fmt::format("Comment for {} should follow the format: `# {} <description>`", keyword,
                            names.size() > 1 ? "<arg_key>" : names[0]));
}

void check_from(const Instruction& instruction, const From& from, Checks& checks) {
  const std::string& keyword = instruction.keyword.text;
  if (!is_lower(from.written_name.text))
    checks.report("StageNameCasing", from.written_name.range,
                  fmt::format("Stage name '{}' should be lowercase", from.written_name.text));
  bool matches = is_lower(keyword)   ? is_lower(from.as.text)
                 : is_upper(keyword) ? is_upper(from.as.text)
                                     : true;
  if (!matches)
    checks.report("FromAsCasing", from.as.range,
                  fmt::format("'{}' and '{}' keywords' casing do not match", from.as.text, keyword));
  if (!from.name.empty()) check_description(instruction, "FROM", {from.name}, checks);
}

// True if one of the words stands in the name between '_', or its ends.
bool has_word(std::string_view name, std::span<const std::string_view> words) {
  for (std::string_view part : split(name, '_'))
    for (std::string_view word : words)
      if (part == word) return true;
  return false;
}

}  // namespace

std::span<const CheckRule> check_rules() {
  return kRules;
}

Result<CheckOptions> CheckOptions::parse(std::string_view text) {
  CheckOptions options;
  text = trim_space(text);
  if (text.empty()) return options;
  for (std::string_view part : split(text, ';')) {
    size_t equals = part.find('=');
    std::string_view name = trim_space(part.substr(0, equals));
    if (equals == std::string_view::npos || (name != "skip" && name != "experimental" && name != "error"))
      return Error::make(Code::invalid, "the checks have no option '{}'", trim_space(part))
          .hint("there are skip=…, experimental=… and error=…");
    std::string_view value = trim_space(part.substr(equals + 1));
    if (name == "error") {
      auto flag = go_bool(value);
      if (!flag) return Error::make(Code::invalid, "'error' is either true or false, not '{}'", value);
      options.error = *flag;
    } else if (value == "all") {
      (name == "skip" ? options.skip_all : options.experimental_all) = true;
    } else {
      (name == "skip" ? options.skip : options.experimental) = names_of(value);
    }
  }
  return options;
}

void CheckOptions::merge(const CheckOptions& other) {
  skip.insert(other.skip.begin(), other.skip.end());
  experimental.insert(other.experimental.begin(), other.experimental.end());
  skip_all = skip_all || other.skip_all;
  experimental_all = experimental_all || other.experimental_all;
}

bool CheckOptions::wants(const CheckRule& rule) const {
  std::string name(rule.name);
  if (rule.experimental) return experimental_all || experimental.contains(name);
  return !skip_all && !skip.contains(name);
}

Result<Checks> Checks::of(const File& file) {
  Checks checks;
  if (auto directive = file.directives.find("check"); directive != file.directives.end()) {
    Result<CheckOptions> options = CheckOptions::parse(directive->second.value);
    if (!options) return std::move(options).error().at(file.at(directive->second.range));
    checks.whole_ = *std::move(options);
  }
  checks.here_ = checks.whole_;
  return checks;
}

void Checks::at_file() {
  here_ = whole_;
}

void Checks::at(const Instruction& instruction) {
  here_ = whole_;
  for (const std::string& comment : instruction.comments) {
    std::string_view text = comment;
    if (lower(text.substr(0, 5)) != "check") continue;
    text = trim_space(text.substr(5));
    if (!text.starts_with('=')) continue;
    text = trim_space(text.substr(1));
    if (Result<CheckOptions> options = CheckOptions::parse(text.substr(0, text.find(' '))))
      here_.merge(*options);
    return;
  }
}

void Checks::report(std::string_view rule, const Range& where, std::string message) {
  const auto* known = std::find_if(std::begin(kRules), std::end(kRules),
                                   [&](const CheckRule& one) { return one.name == rule; });
  TB_CHECK(known != std::end(kRules));
  if (here_.wants(*known)) findings_.push_back({std::string(rule), std::move(message), where});
}

void check_syntax(const File& file, Checks& checks) {
  std::vector<const Instruction*> all, in_stages;
  for (const Instruction& global : file.globals) all.push_back(&global);
  for (const Stage& stage : file.stages) {
    in_stages.push_back(&stage.from);
    for (const Instruction& step : stage.steps) in_stages.push_back(&step);
  }
  all.insert(all.end(), in_stages.begin(), in_stages.end());
  for (const Instruction* one : all) {
    checks.at_file();
    if (!one->empty_lines.empty())
      checks.report("NoEmptyContinuation", {one->empty_lines[0], 1, one->empty_lines[0], 1},
                    "Empty continuation line");
    checks.at(*one);
    if (std::holds_alternative<Maintainer>(one->kind))
      checks.report("MaintainerDeprecated", one->keyword.range,
                    "Maintainer instruction is deprecated in favor of using label");
    if (const auto* from = std::get_if<From>(&one->kind)) check_from(*one, *from, checks);
    if (const auto* arg = std::get_if<Arg>(&one->kind)) {
      std::vector<std::string> names;
      for (const Arg::Item& item : arg->items) names.push_back(item.name.text);
      check_description(*one, "ARG", names, checks);
    }
  }
  checks.at_file();
  std::set<std::string> names;
  for (const Stage& stage : file.stages) {
    const From& from = stage.head();
    if (from.name.empty()) continue;
    if (from.name == "scratch" || from.name == "context")
      checks.report(
          "ReservedStageName", from.written_name.range,
          fmt::format("Stage name should not use the same name as reserved stage \"{}\"", from.name));
    if (!names.insert(from.name).second)
      checks.report("DuplicateStageName", from.written_name.range,
                    fmt::format("Duplicate stage name \"{}\", stage names should be unique", from.name));
  }
  check_casing(in_stages, checks);
}

bool sounds_secret(std::string_view name) {
  constexpr std::array<std::string_view, 10> kSecret{
      "apikey", "auth", "credential", "credentials", "key", "password", "pword", "passwd", "secret", "token"};
  constexpr std::array<std::string_view, 3> kHarmless{"public", "file", "version"};
  std::string text = lower(name);
  return has_word(text, kSecret) && !has_word(text, kHarmless);
}

}  // namespace tierbuild::dockerfile
