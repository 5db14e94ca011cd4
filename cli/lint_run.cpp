#include "cli/lint_run.hpp"

#include <sys/stat.h>

#include "base/strings.hpp"
#include "cli/display.hpp"
#include "cli/store_images.hpp"
#include "fs/file.hpp"
#include "lint/documents.hpp"
#include "lint/fix.hpp"
#include "lint/lint.hpp"
#include "lint/subject.hpp"

namespace tierbuild::cli {
namespace {

/// Hands the targets and tasks to the rules that the workspace wrote itself.
class OwnRules {
 public:
  OwnRules(Session& session, lint::World& world, const std::vector<graph::TargetId>& targets)
      : session_(session), world_(world), targets_(targets) {}

  Result<std::vector<lint::Finding>> run() {
    for (const project::LintRuleDecl& rule : session_.project().lint_rules) {
      if (rule.level == lint::name_of(lint::Level::off)) continue;
      if (rule.on == "task") {
        for (const project::TaskDecl& task : session_.project().tasks) {
          bindings::LintNode node;
          node.task = &task;
          TB_TRY(check(rule, node, "task:" + task.name));
        }
        continue;
      }
      for (graph::TargetId id : targets_) {
        lint::Subject subject(world_, id);
        bool meant = rule.on == "target" || rule.on == graph::name_of(subject.decl().kind);
        if (meant) TB_TRY(check(rule, node_of(subject), subject.decl().id()));
      }
    }
    return std::move(found_);
  }

 private:
  static bindings::LintNode node_of(const lint::Subject& subject) {
    bindings::LintNode node;
    node.target = &subject.decl();
    node.config = subject.target().config;
    node.below = subject.below();
    node.from = node.below.empty() ? subject.external_base() : node.below.front()->id();
    if (lint::FactsPtr facts = subject.facts()) {
      node.is_built = true;
      for (const auto& [name, package] : facts->installed) node.installed[name] = package.version;
    }
    return node;
  }

  Status check(const project::LintRuleDecl& rule, const bindings::LintNode& node, const std::string& target) {
    TB_LET(std::vector<bindings::LintReport> reports, session_.evaluation().check(rule.name, node));
    for (bindings::LintReport& report : reports)
      found_.push_back({rule.name,
                        lint::level_of(rule.level).value_or(lint::Level::error),
                        std::move(report.message),
                        std::move(report.where),
                        {},
                        {target},
                        {},
                        {}});
    return {};
  }

  Session& session_;
  lint::World& world_;
  const std::vector<graph::TargetId>& targets_;
  std::vector<lint::Finding> found_;
};

lint::ReadText reader_of(const std::string& root) {
  return
      [root](const std::string& file) { return read_source((std::filesystem::path(root) / file).string()); };
}

std::string named(const std::set<std::string>& targets) {
  std::vector<std::string> names(targets.begin(), targets.end());
  constexpr size_t kShown = 6;
  if (names.size() <= kShown) return join(names, ", ");
  size_t more = names.size() - kShown;
  names.resize(kShown);
  return fmt::format("{} and {} more", join(names, ", "), more);
}

std::string plural(size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace

Result<lint::Outcome> run_lint(Session& session, const std::vector<graph::TargetId>& targets) {
  TB_LET(store::Store * store, session.store());
  TB_LET(build::BuildOptions options, session.build_options());
  std::unique_ptr<Display> notices = quiet_display(session.program().err());
  build::BuildContext context = session.build_context(*store, *notices);
  TB_LET(build::PlanReport plan, build::Builder(context, options).plan(session.graph(), targets));
  if (auto saved = session.fingerprints().save(); !saved) session.program().warn(saved.error());

  StoreImages images(session.graph(), plan, *store);
  const project::Project& project = session.project();
  lint::ReadText read = reader_of(project.workspace.root);
  lint::Sources sources(read, {});
  lint::World world{project, session.graph(), images, sources};
  TB_LET(std::vector<lint::Finding> own, OwnRules(session, world, targets).run());
  for (const Error& found : session.findings())
    own.push_back({found.id(), lint::Level::warn, found.message(), found.where(), {}, {}, {}, {}});
  lint::Outcome outcome = lint::check({project, session.graph(), targets, images, read, std::move(own)});
  for (const std::string& warning : images.warnings()) session.program().warn(warning);
  return outcome;
}

Result<size_t> apply_fixes(const Session& session, const lint::Outcome& outcome) {
  std::map<std::string, std::vector<lint::Edit>> by_file;
  for (const lint::Finding& finding : outcome.findings)
    if (finding.fix && finding.allowed.empty()) by_file[finding.fix->file].push_back(*finding.fix);
  size_t made = 0;
  std::filesystem::path root = session.project().workspace.root;
  for (auto& [file, edits] : by_file) {
    std::error_code failure;
    std::filesystem::path path = std::filesystem::canonical(root / file, failure);
    if (failure || !path.string().starts_with(root.string() + "/"))
      return Error::make(Code::invalid, "'{}' is outside the workspace and stays as it is", file);
    TB_LET(std::string text, fs::read_file(path));
    lint::Fixed fixed = lint::apply_edits(text, std::move(edits));
    if (fixed.edits == 0) continue;
    struct stat status = {};
    if (::stat(path.c_str(), &status) != 0) return Error::os(errno, "cannot look at '{}'", path.string());
    TB_TRY(fs::write_file(path, fixed.text, fs::Sync::no, status.st_mode & 07777));
    made += fixed.edits;
  }
  return made;
}

std::string lint_text(Session& session, const lint::Outcome& outcome, const Terminal& terminal) {
  const project::Project& project = session.project();
  std::string base = session.program().current_directory(), text;
  lint::ReadText read = reader_of(project.workspace.root);
  size_t allowed = 0, fixable = 0;
  for (const lint::Finding& finding : outcome.findings) {
    if (!finding.allowed.empty()) {
      ++allowed;
      continue;
    }
    fixable += finding.fix ? 1 : 0;
    Error shown = Error(Code::invalid, finding.message).id(finding.rule).at(finding.where).hint(finding.help);
    if (finding.targets.size() > 1) shown = std::move(shown).with("{}", "in " + named(finding.targets));
    if (std::string reason = lint::reason_of(project, finding.rule); !reason.empty())
      shown = std::move(shown).with("{}", reason);
    text += format_error(shown, finding.level == lint::Level::error ? Severity::error : Severity::warning,
                         terminal, base, read);
  }
  for (const lint::Note& note : outcome.notes)
    text += fmt::format("{}: {}: {}\n", terminal.paint(Colour::blue, "note[" + note.rule + "]"),
                        named(note.targets), printable(note.message));
  text += fmt::format("{}, {}", plural(outcome.count(lint::Level::error), "error"),
                      plural(outcome.count(lint::Level::warn), "warning"));
  if (allowed > 0) text += fmt::format(", {} allowed", allowed);
  if (fixable > 0) text += fmt::format(", {} that --fix mends", fixable);
  if (!outcome.notes.empty()) text += "; `tierbuild build` first, and more can be checked";
  return text + "\n";
}

}  // namespace tierbuild::cli
