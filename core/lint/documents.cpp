#include "lint/documents.hpp"

#include <nlohmann/json.hpp>

#include "lint/lint.hpp"
#include "lint/rules.hpp"

namespace tierbuild::lint {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSchema = "https://json.schemastore.org/sarif-2.1.0.json";
constexpr const char* kRoot = "SRCROOT";

std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

// A path as part of a URI: everything but what RFC 3986 leaves alone is escaped.
std::string uri_of(const std::string& path) {
  constexpr std::string_view kPlain = "/-._~";
  std::string uri;
  for (char c : path) {
    bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                 kPlain.find(c) != std::string_view::npos;
    uri += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return uri;
}

const char* sarif_level(Level level) {
  return level == Level::error ? "error" : level == Level::warn ? "warning" : "none";
}

Json artifact(const std::string& file) {
  return {{"uri", uri_of(file)}, {"uriBaseId", kRoot}};
}

Json location(const Location& where) {
  Json physical{{"artifactLocation", artifact(where.file)}};
  if (where.line > 0) {
    physical["region"] = {{"startLine", where.line}};
    if (where.column > 0) physical["region"]["startColumn"] = where.column;
  }
  return {{"physicalLocation", physical}};
}

Json fix(const Finding& finding) {
  const Edit& edit = *finding.fix;
  Json region{{"startLine", edit.line}, {"startColumn", edit.column}};
  if (edit.drop_line) {
    region["endLine"] = edit.line + 1;
    region["endColumn"] = 1;
  } else {
    region["endColumn"] = edit.column + static_cast<int>(edit.before.size());
  }
  Json replacement{{"deletedRegion", region}, {"insertedContent", {{"text", edit.after}}}};
  Json change{{"artifactLocation", artifact(edit.file)}, {"replacements", Json::array({replacement})}};
  return {{"description", {{"text", finding.help}}}, {"artifactChanges", Json::array({change})}};
}

Json descriptor(const std::string& name, const std::string& finds, const std::string& reason, Level level) {
  return {{"id", name},
          {"shortDescription", {{"text", finds}}},
          {"fullDescription", {{"text", reason}}},
          {"defaultConfiguration", {{"level", sarif_level(level)}, {"enabled", level != Level::off}}}};
}

}  // namespace

std::string reason_of(const project::Project& project, const std::string& name) {
  if (const Rule* rule = find_rule(name)) return rule->reason;
  for (const project::LintRuleDecl& rule : project.lint_rules)
    if (rule.name == name) return rule.doc;
  return "";
}

std::string to_json(const Outcome& outcome, const project::Project& project, const ReadText& read) {
  Sources sources(read, {});
  Json findings = Json::array(), notes = Json::array();
  size_t allowed = 0;
  for (const Finding& finding : outcome.findings) {
    const std::string* line = sources.line(finding.where);
    Json json{{"rule", finding.rule},
              {"level", name_of(finding.level)},
              {"message", finding.message},
              {"file", finding.where.file},
              {"line", finding.where.line},
              {"column", finding.where.column},
              {"source", line == nullptr ? "" : *line},
              {"reason", reason_of(project, finding.rule)},
              {"help", finding.help},
              {"targets", finding.targets},
              {"fixable", finding.fix.has_value()}};
    if (!finding.allowed.empty()) json["allowed"] = finding.allowed;
    allowed += finding.allowed.empty() ? 0 : 1;
    findings.push_back(std::move(json));
  }
  for (const Note& note : outcome.notes)
    notes.push_back({{"rule", note.rule}, {"message", note.message}, {"targets", note.targets}});
  return text_of({{"findings", findings},
                  {"notes", notes},
                  {"errors", outcome.count(Level::error)},
                  {"warnings", outcome.count(Level::warn)},
                  {"allowed", allowed}});
}

std::string to_sarif(const Outcome& outcome, const project::Project& project, const std::string& version) {
  Json descriptors = Json::array();
  std::map<std::string, size_t> index;
  for (const Rule& rule : rules()) {
    index[rule.name] = descriptors.size();
    descriptors.push_back(descriptor(rule.name, rule.finds, rule.reason, level_in(project, rule.name)));
  }
  for (const project::LintRuleDecl& rule : project.lint_rules) {
    index[rule.name] = descriptors.size();
    std::string doc = rule.doc.empty() ? "a rule of this workspace" : rule.doc;
    descriptors.push_back(descriptor(rule.name, doc, doc, level_of(rule.level).value_or(Level::error)));
  }
  Json results = Json::array();
  for (const Finding& finding : outcome.findings) {
    std::string text = finding.message + (finding.help.empty() ? "" : ". " + finding.help);
    Json result{
        {"ruleId", finding.rule},
        {"ruleIndex", index[finding.rule]},
        {"level", sarif_level(finding.level)},
        {"message", {{"text", text}}},
        {"locations", finding.where.known() ? Json::array({location(finding.where)}) : Json::array()}};
    if (finding.fix) result["fixes"] = Json::array({fix(finding)});
    if (!finding.allowed.empty())
      result["suppressions"] = Json::array({{{"kind", "inSource"}, {"justification", finding.allowed}}});
    results.push_back(std::move(result));
  }
  Json notifications = Json::array();
  for (const Note& note : outcome.notes)
    notifications.push_back(
        {{"level", "note"},
         {"message",
          {{"text", fmt::format("{}: {} ({})", note.rule, note.message, fmt::join(note.targets, ", "))}}}});
  Json driver{{"name", "tierbuild"}, {"version", version}, {"rules", descriptors}};
  Json run{{"tool", {{"driver", driver}}},
           {"invocations",
            Json::array({{{"executionSuccessful", true}, {"toolExecutionNotifications", notifications}}})},
           {"originalUriBaseIds", {{kRoot, {{"description", {{"text", "the root of the workspace"}}}}}}},
           {"columnKind", "utf16CodeUnits"},
           {"results", results}};
  return text_of({{"$schema", kSchema}, {"version", "2.1.0"}, {"runs", Json::array({run})}});
}

}  // namespace tierbuild::lint
