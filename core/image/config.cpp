#include "image/config.hpp"

#include "base/strings.hpp"
#include "image/json.hpp"

namespace tierbuild::image {
namespace {

template <class Values>
void put(OrderedJson& json, const char* name, const Values& values) {
  if (!values.empty()) json[name] = values;
}

void put_keys(OrderedJson& json, const char* name, const std::set<std::string>& keys) {
  for (const std::string& key : keys) json[name][key] = OrderedJson::object();
}

OrderedJson to_json(const Healthcheck& check) {
  OrderedJson json = OrderedJson::object();
  put(json, "Test", check.test);
  auto number = [&](const char* name, int64_t value) {
    if (value != 0) json[name] = value;
  };
  number("Interval", check.interval_ns);
  number("Timeout", check.timeout_ns);
  number("StartPeriod", check.start_period_ns);
  number("StartInterval", check.start_interval_ns);
  number("Retries", check.retries);
  return json;
}

OrderedJson execution_json(const Config& config) {
  OrderedJson json = OrderedJson::object();
  put(json, "User", config.user);
  put_keys(json, "ExposedPorts", config.exposed);
  put(json, "Env", config.env);
  put(json, "Entrypoint", config.entrypoint);
  put(json, "Cmd", config.cmd);
  if (config.healthcheck) json["Healthcheck"] = to_json(*config.healthcheck);
  put_keys(json, "Volumes", config.volumes);
  put(json, "WorkingDir", config.workdir);
  put(json, "OnBuild", config.on_build);
  put(json, "Labels", config.labels);
  put(json, "StopSignal", config.stop_signal);
  put(json, "Shell", config.shell);
  return json;
}

OrderedJson history_json(const Config& config) {
  OrderedJson json = OrderedJson::array();
  auto filled =
      static_cast<size_t>(std::count_if(config.history.begin(), config.history.end(),
                                        [](const HistoryEntry& entry) { return !entry.empty_layer; }));
  if (config.history.empty() || filled > config.diff_ids.size()) return json;
  std::vector<HistoryEntry> entries(config.diff_ids.size() - filled);
  entries.insert(entries.end(), config.history.begin(), config.history.end());
  for (const HistoryEntry& entry : entries) {
    OrderedJson item = OrderedJson::object();
    put(item, "created", config.created);
    put(item, "created_by", entry.created_by);
    put(item, "comment", entry.comment);
    if (entry.empty_layer) item["empty_layer"] = true;
    json.push_back(std::move(item));
  }
  return json;
}

// Ids above 2^31-1 wrap to root in some runtimes (CVE-2024-40635).
bool valid_user(std::string_view user) {
  for (std::string_view part : split(user, ':')) {
    bool numeric = !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
    if (part.starts_with('-') || part.starts_with('+')) return false;
    if (!numeric) continue;
    part.remove_prefix(std::min(part.find_first_not_of('0'), part.size()));
    if (part.size() > 10 || (part.size() == 10 && part > "2147483647")) return false;
  }
  return true;
}

Healthcheck healthcheck_of(const Json& json, Fields& parent) {
  Fields fields(json, "healthcheck");
  Healthcheck check;
  check.test = fields.words("Test");
  check.interval_ns = fields.integer("Interval");
  check.timeout_ns = fields.integer("Timeout");
  check.start_period_ns = fields.integer("StartPeriod");
  check.start_interval_ns = fields.integer("StartInterval");
  int64_t retries = fields.integer("Retries");
  if (retries < 0 || retries > INT32_MAX) fields.fail("'Retries' is out of range");
  check.retries = static_cast<int>(retries);
  if (auto status = fields.status(); !status) parent.fail(status.error().message());
  return check;
}

Status read_execution(const Json& json, Config& config) {
  Fields fields(json, "image config");
  config.user = fields.text("User");
  if (!valid_user(config.user)) fields.fail(fmt::format("user '{}' is not valid", printable(config.user)));
  config.exposed = fields.keys("ExposedPorts");
  config.env = fields.texts("Env");
  config.entrypoint = fields.words("Entrypoint");
  config.cmd = fields.words("Cmd");
  config.volumes = fields.keys("Volumes");
  config.workdir = fields.text("WorkingDir");
  config.on_build = fields.texts("OnBuild");
  config.labels = fields.map("Labels");
  config.stop_signal = fields.text("StopSignal");
  config.shell = fields.words("Shell");
  if (fields.has("Healthcheck")) config.healthcheck = healthcheck_of(fields.object("Healthcheck"), fields);
  return fields.status();
}

Status read_layers(const Json& rootfs, Config& config) {
  Fields fields(rootfs, "image config's rootfs");
  if (fields.has("type") && fields.text("type") != "layers") fields.fail("'type' is not 'layers'");
  for (const std::string& text : fields.texts("diff_ids")) {
    auto digest = Digest::parse(text);
    if (!digest) return Error::make(Code::corrupt, "image config's diff ids: {}", digest.error().message());
    config.diff_ids.push_back(*digest);
  }
  return fields.status();
}

Status read_history(const Json& list, Config& config) {
  for (const Json& item : list) {
    Fields fields(item, "image config's history");
    config.history.push_back({fields.text("created_by"), fields.text("comment"), fields.flag("empty_layer")});
    TB_TRY(fields.status());
  }
  return {};
}

}  // namespace

std::string Config::json() const {
  OrderedJson json;
  put(json, "created", created);
  put(json, "author", author);
  json["architecture"] = platform.architecture;
  json["os"] = platform.os;
  put(json, "variant", platform.variant);
  json["config"] = execution_json(*this);
  json["rootfs"]["type"] = "layers";
  json["rootfs"]["diff_ids"] = OrderedJson::array();
  for (const Digest& diff_id : diff_ids) json["rootfs"]["diff_ids"].push_back(diff_id.str());
  put(json, "history", history_json(*this));
  return dump(json);
}

Result<Config> Config::parse(std::string_view json) {
  TB_LET(Json document, parse_object(json, "image config"));
  Fields fields(document, "image config");
  Config config;
  config.created = fields.text("created");
  config.author = fields.text("author");
  config.platform = {fields.text("os"), fields.text("architecture"), fields.text("variant")};
  if (config.platform.os.empty() || config.platform.architecture.empty())
    fields.fail("it has no 'os' or no 'architecture'");
  if (!fields.has("rootfs")) fields.fail("it has no 'rootfs'");
  const Json& execution = fields.object("config");
  const Json& rootfs = fields.object("rootfs");
  const Json& history = fields.list("history");
  TB_TRY(fields.status());
  config.platform = config.platform.normalised();
  TB_TRY(read_execution(execution, config));
  TB_TRY(read_layers(rootfs, config));
  TB_TRY(read_history(history, config));
  return config;
}

std::optional<std::string> Config::env_value(const std::string& name) const {
  const std::string prefix = name + "=";
  for (auto entry = env.rbegin(); entry != env.rend(); ++entry)
    if (entry->starts_with(prefix)) return entry->substr(prefix.size());
  return std::nullopt;
}

void Config::set_env(const std::string& name, const std::string& value) {
  const std::string prefix = name + "=";
  auto same = [&](const std::string& entry) { return entry.starts_with(prefix); };
  auto first = std::find_if(env.begin(), env.end(), same);
  if (first == env.end()) {
    env.push_back(prefix + value);
    return;
  }
  *first = prefix + value;
  env.erase(std::remove_if(first + 1, env.end(), same), env.end());
}

}  // namespace tierbuild::image
