#include "lint/allow.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "lint/rules.hpp"
#include "project/names.hpp"

namespace tierbuild::lint {
namespace {

constexpr std::string_view kMark = "tierbuild:";

/// Finds where comments begin, line by line, in a file whose strings may hold comment marks.
class LuaComments {
 public:
  /// The column (from 0) of the comment in this line, or npos.
  size_t find(std::string_view line) {
    for (size_t at = 0; at < line.size();) {
      if (!close_.empty()) {
        size_t end = line.find(close_, at);
        if (end == std::string_view::npos) return std::string_view::npos;
        at = end + close_.size();
        close_.clear();
        continue;
      }
      char c = line[at];
      if (c == '\'' || c == '"') {
        at = end_of_string(line, at);
      } else if (c == '[' && long_bracket(line, at) > 0) {
        at += long_bracket(line, at);
      } else if (line.substr(at, 2) == "--") {
        if (at + 2 < line.size() && line[at + 2] == '[' && long_bracket(line, at + 2) > 0) {
          at += 2 + long_bracket(line, at + 2);
          continue;
        }
        return at;
      } else {
        ++at;
      }
    }
    return std::string_view::npos;
  }

 private:
  static size_t end_of_string(std::string_view line, size_t at) {
    char quote = line[at++];
    while (at < line.size() && line[at] != quote) at += line[at] == '\\' ? 2 : 1;
    return at + 1;
  }

  // The length of `[[` or `[==[` here, whose end is then looked for; 0 if there is none.
  size_t long_bracket(std::string_view line, size_t at) {
    size_t level = at + 1;
    while (level < line.size() && line[level] == '=') ++level;
    if (level >= line.size() || line[level] != '[') return 0;
    close_ = "]" + std::string(level - at - 1, '=') + "]";
    return level + 1 - at;
  }

  std::string close_;  // of the long bracket that is open
};

std::pair<std::string_view, std::string_view> first_word(std::string_view text) {
  text = trim(text);
  size_t end = std::min(text.find_first_of(" \t"), text.size());
  return {text.substr(0, end), trim(text.substr(end))};
}

class Allowing {
 public:
  Allowing(Outcome& outcome, Sources& sources, const AllowOptions& options)
      : outcome_(outcome), options_(options) {
    for (const std::string& file : options.files)
      for (AllowComment& comment : allow_comments(file, sources.lines(file)))
        comments_.push_back(std::move(comment));
  }

  void run() {
    for (Finding& finding : outcome_.findings)
      for (AllowComment& comment : comments_) {
        bool meant = comment.rule == finding.rule && comment.where.file == finding.where.file &&
                     comment.line == finding.where.line;
        if (!meant) continue;
        comment.used = true;
        if (!comment.reason.empty()) finding.allowed = comment.reason;
      }
    if (options_.level != Level::off)
      for (const AllowComment& comment : comments_) judge(comment);
    std::stable_partition(outcome_.findings.begin(), outcome_.findings.end(),
                          [](const Finding& finding) { return finding.allowed.empty(); });
  }

 private:
  static bool has(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  }

  void judge(const AllowComment& comment) {
    if (!has(options_.rules, comment.rule))
      return add(comment,
                 fmt::format("there is no rule '{}'{}", printable(comment.rule),
                             project::did_you_mean(comment.rule, options_.rules)),
                 "`tierbuild lint --rules` lists them");
    if (comment.reason.empty())
      return add(comment, fmt::format("allowing {} needs a reason", comment.rule),
                 fmt::format("write it behind the rule: tierbuild: allow {} because …", comment.rule));
    if (!comment.used && has(options_.complete, comment.rule))
      add(comment, fmt::format("nothing here needs {} to be allowed", comment.rule), "take the comment out");
  }

  void add(const AllowComment& comment, std::string message, std::string help) {
    outcome_.findings.push_back(
        {kAllowRule, options_.level, std::move(message), comment.where, std::move(help), {}, {}, {}});
  }

  Outcome& outcome_;
  const AllowOptions& options_;
  std::vector<AllowComment> comments_;
};

}  // namespace

std::vector<AllowComment> allow_comments(const std::string& file, const std::vector<std::string>& lines) {
  bool lua = file.ends_with(".lua");
  LuaComments in_lua;
  std::vector<AllowComment> comments;
  std::vector<size_t> waiting;  // that stand above the line they speak of
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    int number = static_cast<int>(i) + 1;
    size_t at = lua ? in_lua.find(line) : line.find('#');
    bool alone = trim(line.substr(0, at)).empty();
    std::string_view text =
        at == std::string::npos ? "" : trim(std::string_view(line).substr(at + (lua ? 2 : 1)));
    auto [verb, rest] = first_word(text.starts_with(kMark) ? text.substr(kMark.size()) : "");
    bool is_allow = verb == "allow";
    if (!is_allow || !alone) {
      for (size_t index : waiting) comments[index].line = number;
      waiting.clear();
    }
    if (!is_allow) continue;
    auto [rule, reason] = first_word(rest);
    comments.push_back(
        {{file, number, static_cast<int>(at) + 1}, std::string(rule), std::string(reason), number, false});
    if (alone) waiting.push_back(comments.size() - 1);
  }
  return comments;
}

void apply_allow_comments(Outcome& outcome, Sources& sources, const AllowOptions& options) {
  Allowing(outcome, sources, options).run();
}

}  // namespace tierbuild::lint
