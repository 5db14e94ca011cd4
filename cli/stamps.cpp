#include "cli/stamps.hpp"

#include <charconv>
#include <ctime>
#include <set>

#include "graph/stamp.hpp"

namespace tierbuild::cli {

std::vector<std::string> stamps_used(const graph::Graph& graph, const std::vector<graph::TargetId>& targets,
                                     const std::vector<std::string>& more) {
  std::set<std::string> names;
  auto look = [&](std::string_view text) {
    if (!graph::has_stamp(text)) return;
    for (std::string& name : graph::stamps_in(text)) names.insert(std::move(name));
  };
  for (graph::TargetId id : targets) {
    const graph::Target& target = graph[id];
    for (const std::string& tag : target.tags) look(tag);
    for (const auto& [key, value] : target.config.labels) look(value);
    for (const auto& [key, value] : target.config.annotations) look(value);
  }
  for (const std::string& text : more) look(text);
  return {names.begin(), names.end()};
}

std::optional<int64_t> source_date_epoch(const Environment& environment) {
  std::string text = environment.get("SOURCE_DATE_EPOCH").value_or("");
  int64_t seconds = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || failure != std::errc{} || end != text.data() + text.size() || seconds < 0)
    return std::nullopt;
  return seconds;
}

std::string rfc3339(int64_t seconds) {
  std::time_t time = seconds;
  std::tm utc{};
  ::gmtime_r(&time, &utc);
  char text[32];
  size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return {text, length};
}

std::map<std::string, std::string> stamp_values(const std::optional<git::Head>& head,
                                                const Environment& environment, const Clock& clock) {
  std::map<std::string, std::string> values;
  values["time"] = rfc3339(source_date_epoch(environment).value_or(clock.now() / 1000));
  auto put = [&](const char* name, const std::string& value) {
    if (!value.empty()) values[name] = value;
  };
  if (head) {
    std::string abbreviated = head->sha.substr(0, 7);
    put("git.sha", head->sha);
    put("git.short", abbreviated);
    put("git.branch", head->branch);
    put("git.tag", head->tag);
    put("git.dirty", head->dirty ? "true" : "false");
    put("version", head->tag.empty() ? abbreviated : head->tag);
  }
  put("version", environment.get("TIERBUILD_VERSION").value_or(""));
  return values;
}

Result<std::map<std::string, std::string>> find_stamps(const std::vector<std::string>& names,
                                                       const std::filesystem::path& root,
                                                       const Environment& environment, const Clock& clock) {
  std::optional<git::Head> head;
  bool wants_git = std::any_of(names.begin(), names.end(), [](const std::string& name) {
    return name == "version" || name.starts_with("git.");
  });
  if (wants_git) {
    TB_LET(auto repository, git::Repository::discover(root), "while looking for the git revision");
    if (repository) {
      TB_LET(head, repository->head(), "while looking for the git revision");
    }
  }
  return stamp_values(head, environment, clock);
}

}  // namespace tierbuild::cli
