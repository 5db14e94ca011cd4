#include "bindings/make_values.hpp"

#include <charconv>

#include "base/strings.hpp"
#include "bindings/merge.hpp"
#include "bindings/python_work.hpp"

namespace tierbuild::bindings {

std::string text_of(const Value& value, std::string fallback) {
  if (const std::string* text = value.string()) return *text;
  if (const double* number = value.number()) return fmt::format("{}", *number);
  return fallback;
}

bool flag_of(const Value& value, bool fallback) {
  return value.boolean() != nullptr ? *value.boolean() : fallback;
}

uint64_t whole_of(const Value& value, uint64_t fallback) {
  return value.number() != nullptr && *value.number() >= 0 ? static_cast<uint64_t>(*value.number())
                                                           : fallback;
}

std::vector<std::string> texts_of(const Value& value) {
  std::vector<std::string> texts;
  if (value.string() != nullptr) texts.push_back(*value.string());
  if (const Table* table = value.table())
    for (const Value& item : table->items) texts.push_back(text_of(item));
  return texts;
}

std::map<std::string, std::string> text_map_of(const Value& value) {
  std::map<std::string, std::string> map;
  if (const Table* table = value.table())
    for (const auto& [name, item] : table->fields) map[name] = text_of(without_replace(item));
  return map;
}

std::string selector_of(const Value& value) {
  if (const auto* handle = value.as<Handle>()) return handle->kind == "group" ? handle->name : handle->id();
  return text_of(value);
}

std::vector<std::string> selectors_of(const Value& value) {
  if (const Table* table = value.table()) {
    std::vector<std::string> selectors;
    for (const Value& item : table->items) selectors.push_back(selector_of(item));
    return selectors;
  }
  if (value.is_nil()) return {};
  return {selector_of(value)};
}

project::Places places_of(Session& session, const Value& value, const Place& place) {
  project::Places places;
  auto note = [&](const Value& item, const Place& at) {
    if (at.origin) places.try_emplace(selector_of(item), session.where(*at.origin, at.path));
  };
  if (const Table* table = value.table())
    for (size_t i = 0; i < table->items.size(); ++i) note(table->items[i], place.at(static_cast<int>(i + 1)));
  else if (!value.is_nil())
    note(value, place);
  return places;
}

image::Platform platform_of(const Value& value) {
  auto platform = image::Platform::parse(text_of(value));
  return platform ? *platform : image::Platform::host();
}

project::ImagePtr image_of(Session& session, const Value& value, const OriginPtr& origin) {
  if (const auto* image = value.as<project::ImagePtr>()) return *image;
  auto made = std::make_shared<project::Image>();
  made->base = project::NamedBase{selector_of(value)};
  made->where = session.where(*origin);
  return made;
}

namespace {

constexpr uint32_t kDeepestImage = 500;

uint32_t depth_of(const project::SourceValue& source) {
  const auto* from = std::get_if<project::ImagePath>(&source);
  return from == nullptr ? 0 : from->image->depth;
}

// The deepest of the images that a step works with.
uint32_t depth_of(const project::Step& step) {
  uint32_t deepest = 0;
  auto see = [&](uint32_t depth) { deepest = std::max(deepest, depth); };
  if (const auto* run = std::get_if<project::RunStep>(&step.op)) {
    if (run->on) see(run->on->depth);
    for (const project::MountValue& mount : run->mounts)
      if (mount.from) see(depth_of(*mount.from));
  }
  if (const auto* copy = std::get_if<project::CopyStep>(&step.op))
    for (const project::CopyItem& item : copy->items) see(depth_of(item.source));
  if (const auto* place = std::get_if<project::PlaceStep>(&step.op))
    for (const project::PlaceItem& item : place->items) see(depth_of(item.source));
  if (const auto* tree = std::get_if<project::TreeStep>(&step.op)) see(tree->of->depth);
  if (const auto* diff = std::get_if<project::DiffStep>(&step.op)) {
    see(diff->of->depth);
    see(diff->base->depth);
  }
  return deepest;
}

std::string exe_in(Session& session, const project::ImagePtr& image) {
  return session.python().exe_of("", session.python().chain_of(image));
}

}  // namespace

Result<project::ImagePtr> on_top(Session& session, const project::ImagePtr& below,
                                 std::variant<project::StepPtr, graph::ConfigPatch> op,
                                 const Origin& origin) {
  if (auto* patch = std::get_if<graph::ConfigPatch>(&op))
    fill_exe(*patch, exe_in(session, below));
  else if (auto& step = std::get<project::StepPtr>(op); has_exe(*step))
    step = with_exe(step, exe_in(session, below));
  auto made = std::make_shared<project::Image>();
  const auto* step = std::get_if<project::StepPtr>(&op);
  made->depth = std::max(below->depth, step == nullptr ? 0 : depth_of(**step)) + 1;
  if (made->depth > kDeepestImage)
    return fault(Fault::bad_value, "an image is made of more than {} operations on each other", kDeepestImage)
        .hint("an image of so many layers could not be run");
  made->base = below;
  made->ops.push_back(std::move(op));
  made->where = session.where(origin);
  return made;
}

project::StepPtr step_of(const Value& value) {
  if (const auto* step = value.as<StepValue>()) return step->step;
  if (const auto* layer = value.as<LayerValue>()) return layer->step;
  return nullptr;
}

// --- run and sh

TypePtr ports_type() {
  static const TypePtr port =
      types::either({types::of(Type::Kind::port), types::string()}, "a port or 'port/udp'");
  return types::list(port);
}

std::vector<Field> run_fields() {
  auto limits = types::record({
      {"memory", types::bytes(), "most memory, like '2GB'"},
      {"cpus", types::number(), "most processors"},
      {"pids", types::whole(), "most processes"},
      {"timeout", types::duration(), "longest time, like '10m'"},
  });
  return {
      {"mounts", types::list(types::of(Type::Kind::mount)), "caches, secrets and other mounts"},
      {"env", types::map(types::string()), "environment of this step"},
      {"user", types::user(), "who runs it", "root"},
      {"cwd", types::string(), "where it runs", "the image's workdir"},
      {"network", types::boolean(), "whether it may use the network", "false"},
      {"limits", limits, "bounds on what it may use"},
      {"label", types::string(), "its short name in output"},
  };
}

Result<project::RunStep> run_of(Session&, const Table& table) {
  project::RunStep run;
  for (const Value& word : table.items) run.argv.push_back(text_of(word));
  run.env = text_map_of(table["env"]);
  run.user = text_of(table["user"]);
  run.cwd = text_of(table["cwd"]);
  run.network = flag_of(table["network"], false);
  if (const Table* mounts = table["mounts"].table())
    for (const Value& mount : mounts->items) run.mounts.push_back(*mount.as<project::MountValue>());
  if (const Table* limits = table["limits"].table()) {
    run.limits.memory = parse_bytes(text_of((*limits)["memory"], "0")).value_or(0);
    run.limits.cpus = (*limits)["cpus"].number() != nullptr ? *(*limits)["cpus"].number() : 0;
    run.limits.pids = whole_of((*limits)["pids"]);
    run.limits.timeout_ms = parse_duration(text_of((*limits)["timeout"], "0s")).value_or(0);
  }
  return run;
}

// A strict script runs with `set -eu`, and with `pipefail` where the shell has it.
project::RunStep shell_of(project::RunStep run, const Value& shell, Strict strict) {
  std::string script = run.argv.empty() ? "" : run.argv.front();
  std::vector<std::string> words = texts_of(shell);
  if (words.empty()) words = {"/bin/sh"};
  if (words.size() == 1) words.push_back("-c");
  if (strict == Strict::yes)
    script.insert(0, "set -eu; if (set -o pipefail) 2>/dev/null; then set -o pipefail; fi\n");
  words.push_back(std::move(script));
  run.argv = std::move(words);
  return run;
}

// --- healthcheck and ports

TypePtr healthcheck_type() {
  static const TypePtr type = types::record(
      {
          {"shell", types::string(), "the check as a line for the shell, instead of a command"},
          {"none", types::boolean(), "true: switch off the check of the base image"},
          {"probers", types::list(types::argv()),
           "commands of which the first that the finished image has is the check; it is an error if it has "
           "none"},
          {"interval", types::duration(), "time between two checks", "30s"},
          {"timeout", types::duration(), "longest time of one check", "30s"},
          {"start", types::duration(), "time in which failures do not count", "0s"},
          {"retries", types::whole(1000), "failures in a row that make it unhealthy", "3"},
      },
      types::string(), "a health check such as health.http { port = 8000 }");
  return type;
}

namespace {

image::Healthcheck healthcheck_of(const Table& table) {
  image::Healthcheck check;
  if (flag_of(table["none"], false)) {
    check.test = {"NONE"};
    return check;
  }
  if (table.has("shell")) {
    check.test = {"CMD-SHELL", text_of(table["shell"])};
  } else {
    check.test = {"CMD"};
    for (const Value& word : table.items) check.test.push_back(text_of(word));
  }
  auto nanoseconds = [&](const char* name) {
    return parse_duration(text_of(table[name], "0s")).value_or(0) * 1'000'000;
  };
  check.interval_ns = nanoseconds("interval");
  check.timeout_ns = nanoseconds("timeout");
  check.start_period_ns = nanoseconds("start");
  check.retries = static_cast<int>(whole_of(table["retries"]));
  return check;
}

}  // namespace

void set_healthcheck(graph::ConfigPatch& patch, const Table& table) {
  patch.healthcheck = healthcheck_of(table);
  patch.probers.clear();
  if (const Table* probers = table["probers"].table())
    for (const Value& prober : probers->items) patch.probers.push_back(texts_of(prober));
}

Result<std::set<std::string>> ports_of(Session& session, const Value& value, const Place& place) {
  std::set<std::string> ports;
  const Table* table = value.table();
  std::vector<Value> items = table != nullptr ? table->items : std::vector{value};
  int number = 0;
  for (const Value& item : items) {
    ++number;
    std::string text = text_of(item);
    size_t slash = text.find('/');
    std::string protocol = slash == std::string::npos ? "tcp" : text.substr(slash + 1);
    int port = 0;
    auto [end, failure] = std::from_chars(text.data(), text.data() + std::min(slash, text.size()), port);
    bool good = failure == std::errc{} && end == text.data() + std::min(slash, text.size()) && port > 0 &&
                port < 65536 && (protocol == "tcp" || protocol == "udp" || protocol == "sctp");
    if (!good)
      return session.at(
          fault(Fault::bad_value, "'{}' is not a port; write 8000 or '53/udp'", printable(text)),
          table != nullptr ? place.at(number) : place);
    ports.insert(fmt::format("{}/{}", port, protocol));
  }
  return ports;
}

}  // namespace tierbuild::bindings
