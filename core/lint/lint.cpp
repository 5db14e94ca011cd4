#include "lint/lint.hpp"

#include <algorithm>

#include "lint/allow.hpp"
#include "lint/rules.hpp"

namespace tierbuild::lint {
namespace {

constexpr std::string_view kRead = "read ";

// The files that evaluation read: where allow-comments may stand.
std::vector<std::string> files_read(const project::Project& project) {
  std::vector<std::string> files;
  for (const std::string& read : project.reads)
    if (read.starts_with(kRead)) files.push_back(read.substr(kRead.size()));
  return files;
}

std::vector<std::string> with_ending(const std::vector<std::string>& files, std::string_view ending) {
  std::vector<std::string> out;
  for (const std::string& file : files)
    if (file.ends_with(ending)) out.push_back(file);
  return out;
}

}  // namespace

Level level_in(const project::Project& project, std::string_view name) {
  auto setting = project.lints.find(std::string(name));
  if (setting != project.lints.end())
    if (auto level = level_of(setting->second.level)) return *level;
  const Rule* rule = find_rule(name);
  return rule == nullptr ? Level::warn : rule->level;
}

Outcome check(const Input& input) {
  std::vector<std::string> files = files_read(input.project);
  Sources sources(input.read, with_ending(files, ".lua"));
  World world{input.project, input.graph, input.images, sources};
  Report report(world);
  for (graph::TargetId id : input.targets) {
    Subject subject(world, id);
    for (const Rule& rule : rules()) {
      Level level = level_in(input.project, rule.name);
      if (level == Level::off || rule.check == nullptr) continue;
      auto setting = input.project.lints.find(rule.name);
      report.begin(rule.name, level, subject.decl().id());
      rule.check(subject, setting == input.project.lints.end() ? "" : setting->second.want, report);
    }
  }
  Outcome outcome = report.take();
  for (const Finding& finding : input.custom) {
    outcome.findings.push_back(finding);
    outcome.findings.back().where = sources.settled(finding.where);
  }

  sort_by_place(outcome.findings);

  AllowOptions options;
  options.files = std::move(files);
  options.level = level_in(input.project, kAllowRule);
  bool whole = input.targets.size() == input.project.targets.size();
  for (const Rule& rule : rules()) {
    options.rules.emplace_back(rule.name);
    bool noted = std::any_of(outcome.notes.begin(), outcome.notes.end(),
                             [&](const Note& note) { return note.rule == rule.name; });
    if (whole && !noted && level_in(input.project, rule.name) != Level::off)
      options.complete.emplace_back(rule.name);
  }
  for (const project::LintRuleDecl& rule : input.project.lint_rules) {
    options.rules.push_back(rule.name);
    if (whole && rule.level != name_of(Level::off)) options.complete.push_back(rule.name);
  }
  apply_allow_comments(outcome, sources, options);
  return outcome;
}

}  // namespace tierbuild::lint
