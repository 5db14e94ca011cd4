// The config of a target as instructions.
#include "base/strings.hpp"
#include "export/dockerfile.hpp"
#include "export/dockerfile_text.hpp"
#include "graph/stamp.hpp"

namespace tierbuild::exports {
namespace {

using Words = std::vector<std::string>;

// `KEY a="1" \` and further lines below it.
std::string assignments(const std::string& keyword,
                        const std::vector<std::pair<std::string, std::string>>& items) {
  std::string out;
  for (const auto& [name, value] : items)
    out += fmt::format("{}{}={}", out.empty() ? keyword + " " : " \\\n    ", name, value);
  return out.empty() ? out : out + "\n";
}

std::string duration(int64_t nanoseconds) {
  return nanoseconds % 1'000'000'000 == 0 ? fmt::format("{}s", nanoseconds / 1'000'000'000)
                                          : fmt::format("{}ms", nanoseconds / 1'000'000);
}

// A script with the first command whose program the image has, chosen when the check runs.
std::string chosen_at_run_time(const std::vector<Words>& probers) {
  std::string script;
  for (const Words& prober : probers) {
    Words quoted;
    for (const std::string& word : prober) quoted.push_back(shell_quote(word));
    script += fmt::format("{} command -v {} >/dev/null; then {}; ", script.empty() ? "if" : "elif",
                          quoted.front(), join(quoted, " "));
  }
  script += "else exit 1; fi";
  return script.find('\n') == std::string::npos ? script : json_argv({"/bin/sh", "-c", script});
}

std::string healthcheck(const graph::ConfigPatch& config) {
  const image::Healthcheck& check = *config.healthcheck;
  if (!check.test.empty() && check.test.front() == "NONE") return "HEALTHCHECK NONE\n";
  std::string out = "HEALTHCHECK";
  auto time = [&](const char* name, int64_t nanoseconds) {
    if (nanoseconds > 0) out += fmt::format(" --{}={}", name, duration(nanoseconds));
  };
  time("interval", check.interval_ns);
  time("timeout", check.timeout_ns);
  time("start-period", check.start_period_ns);
  time("start-interval", check.start_interval_ns);
  if (check.retries > 0) out += fmt::format(" --retries={}", check.retries);
  if (!config.probers.empty()) return out + " CMD " + chosen_at_run_time(config.probers) + "\n";
  if (check.test.size() == 2 && check.test.front() == "CMD-SHELL")
    return out + " CMD " + check.test[1] + "\n";
  return out + " CMD " +
         json_argv(Words(check.test.begin() + (check.test.empty() ? 0 : 1), check.test.end())) + "\n";
}

// A label's value with `${STAMP_…}` in place of its stamps.
std::string label_value(const std::string& text) {
  std::map<std::string, std::string> values;
  for (const std::string& stamp : graph::stamps_in(text))
    values[stamp] = fmt::format("${{{}}}", stamp_variable(stamp));
  auto filled = graph::fill_stamps(quoted_value(text), values);
  return filled ? *filled : quoted_value(text);
}

}  // namespace

std::string stamp_variable(std::string_view stamp) {
  std::string variable = "STAMP_";
  for (char c : stamp)
    variable += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return variable;
}

std::set<std::string> label_stamps(const graph::Target& target) {
  std::set<std::string> stamps;
  for (const auto& [name, value] : target.config.labels)
    for (const std::string& stamp : graph::stamps_in(value)) stamps.insert(stamp);
  return stamps;
}

std::string config_instructions(const graph::Target& target, std::vector<std::string>& notes) {
  const graph::ConfigPatch& config = target.config;
  std::string out;
  auto sayable = [&](const char* what, const std::string& name, const std::string& value) {
    if (value.find('\n') == std::string::npos) return true;
    notes.push_back(fmt::format("{}: the {} {} has several lines", target.id(), what, name));
    return false;
  };
  std::vector<std::pair<std::string, std::string>> env, labels;
  for (const auto& [name, value] : config.env)
    if (sayable("variable", name, value)) env.emplace_back(name, quoted_value(value));
  std::string path;
  for (auto it = config.path_prepend.rbegin(); it != config.path_prepend.rend(); ++it) path += *it + ":";
  if (!path.empty()) {
    std::string quoted = quoted_value(path);
    quoted.insert(quoted.size() - 1, "$PATH");
    env.emplace_back("PATH", quoted);
  }
  out += assignments("ENV", env);
  for (const std::string& stamp : label_stamps(target)) out += "ARG " + stamp_variable(stamp) + "\n";
  for (const auto& [name, value] : config.labels)
    if (sayable("label", name, value)) labels.emplace_back(quoted_value(name), label_value(value));
  out += assignments("LABEL", labels);
  if (config.author) out += "MAINTAINER " + *config.author + "\n";
  if (config.workdir) out += "WORKDIR " + path_words({*config.workdir}) + "\n";
  if (!config.exposed.empty())
    out += "EXPOSE " + join(Words(config.exposed.begin(), config.exposed.end()), " ") + "\n";
  if (!config.volumes.empty())
    out += "VOLUME " + json_argv(Words(config.volumes.begin(), config.volumes.end())) + "\n";
  if (config.stop_signal) out += "STOPSIGNAL " + *config.stop_signal + "\n";
  if (config.shell) out += "SHELL " + json_argv(*config.shell) + "\n";
  if (config.on_build)
    for (const std::string& trigger : *config.on_build) out += "ONBUILD " + trigger + "\n";
  if (config.healthcheck) out += healthcheck(config);
  if (config.user) out += "USER " + *config.user + "\n";
  if (config.entrypoint || !config.hooks.empty()) {
    Words entrypoint = config.hooks;
    if (config.entrypoint)
      entrypoint.insert(entrypoint.end(), config.entrypoint->begin(), config.entrypoint->end());
    out += "ENTRYPOINT " + json_argv(entrypoint) + "\n";
    if (!config.entrypoint)
      notes.push_back(target.id() + ": its hooks replace the entrypoint of the base image, if that has one");
  }
  if (config.cmd && !(config.entrypoint && config.cmd->empty()))
    out += "CMD " + json_argv(*config.cmd) + "\n";
  return out;
}

}  // namespace tierbuild::exports
