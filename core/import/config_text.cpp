#include "import/config_text.hpp"

#include "base/strings.hpp"
#include "import/lua_text.hpp"
#include "import/script.hpp"

namespace tierbuild::imports {
namespace {

constexpr size_t kWidth = 94;  // behind the name of the field

std::string duration(int64_t nanoseconds) {
  int64_t milliseconds = nanoseconds / 1'000'000;
  if (milliseconds % 60'000 == 0) return fmt::format("'{}m'", milliseconds / 60'000);
  return milliseconds % 1000 == 0 ? fmt::format("'{}s'", milliseconds / 1000)
                                  : fmt::format("'{}ms'", milliseconds);
}

std::string healthcheck(const image::Healthcheck& check) {
  if (check.test.front() == "NONE") return "health.none()";
  std::vector<std::string> items;
  if (check.test.front() == "CMD-SHELL")
    items.push_back("shell = " + lua_text(check.test[1]));
  else
    for (size_t i = 1; i < check.test.size(); ++i) items.push_back(lua_text(check.test[i]));
  auto time = [&](const char* name, int64_t nanoseconds) {
    if (nanoseconds != 0) items.push_back(fmt::format("{} = {}", name, duration(nanoseconds)));
  };
  time("interval", check.interval_ns);
  time("timeout", check.timeout_ns);
  time("start", check.start_period_ns);
  if (check.retries != 0) items.push_back(fmt::format("retries = {}", check.retries));
  std::string line = "{ " + join(items, ", ") + " }";
  return line.size() <= kWidth ? line : "{\n    " + join(items, ",\n    ") + ",\n  }";
}

std::string ports(const std::set<std::string>& exposed) {
  std::vector<std::string> items;
  for (const std::string& port : exposed)
    items.push_back(port.ends_with("/tcp") ? port.substr(0, port.size() - 4) : lua_quote(port));
  return "{ " + join(items, ", ") + " }";
}

}  // namespace

void config_fields(const graph::ConfigPatch& config, Fields& fields) {
  auto text = [&](const char* name, const std::optional<std::string>& value) {
    if (value) fields.emplace_back(name, lua_quote(*value));
  };
  auto list = [&](const char* name, const std::optional<std::vector<std::string>>& value) {
    if (value) fields.emplace_back(name, lua_list(*value, 2));
  };
  text("workdir", config.workdir);
  text("user", config.user);
  if (!config.exposed.empty()) fields.emplace_back("expose", ports(config.exposed));
  if (!config.volumes.empty())
    fields.emplace_back("volumes", lua_list({config.volumes.begin(), config.volumes.end()}, 2));
  list("entrypoint", config.entrypoint);
  // A new entrypoint drops the command below by itself.
  if (!(config.entrypoint && config.cmd && config.cmd->empty())) list("cmd", config.cmd);
  if (config.healthcheck) fields.emplace_back("healthcheck", healthcheck(*config.healthcheck));
  text("stop_signal", config.stop_signal);
  list("shell", config.shell);
  text("author", config.author);
  if (!config.labels.empty())
    fields.emplace_back("labels", lua_table({config.labels.begin(), config.labels.end()}, 2));
}

}  // namespace tierbuild::imports
