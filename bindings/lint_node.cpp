// The node and the report that a rule of `lint.rule` works with.
#include <lua.hpp>

#include <algorithm>
#include <charconv>

#include "base/scope_guard.hpp"
#include "base/strings.hpp"
#include "bindings/lua_libraries.hpp"
#include "bindings/make_values.hpp"
#include "bindings/python_work.hpp"

namespace tierbuild::bindings {
namespace {

// What a node lacks is false, so that `if not s.user` reads as it should and a misspelt name is still an
// error.
Value or_false(const std::string& text) {
  return text.empty() ? Value(false) : Value(text);
}

Value list_of(const std::vector<std::string>& texts) {
  Table table;
  for (const std::string& text : texts) table.items.emplace_back(text);
  return Value(std::move(table));
}

Value argv_of(const std::optional<std::vector<std::string>>& argv) {
  return argv ? list_of(*argv) : Value(false);
}

Value map_of(const std::map<std::string, std::string>& texts) {
  Table table;
  for (const auto& [name, text] : texts) table.fields.emplace(name, text);
  return Value(std::move(table));
}

std::map<std::string, Value> target_fields_of(const LintNode& node) {
  const project::TargetDecl& target = *node.target;
  const graph::ConfigPatch& config = node.config;
  Table pip, installed, platforms;
  for (const python::Requirement& requirement : target.requirements)
    if (!requirement.name.empty()) pip.fields.try_emplace(requirement.name, entry_value(requirement));
  for (const auto& [name, version] : node.installed) installed.fields.emplace(name, version);
  for (const image::Platform& platform : target.platforms) platforms.items.emplace_back(platform.str());
  std::vector<std::string> exposed(config.exposed.begin(), config.exposed.end());
  return {{"name", target.name},
          {"kind", std::string(graph::name_of(target.kind))},
          {"doc", or_false(target.doc)},
          {"version", or_false(target.version)},
          {"python", or_false(target.python)},
          {"from", or_false(node.from)},
          {"image", or_false(target.image)},
          {"env", map_of(config.env)},
          {"build_env", map_of(target.build_env)},
          {"labels", map_of(config.labels)},
          {"user", or_false(config.user.value_or(""))},
          {"workdir", or_false(config.workdir.value_or(""))},
          {"entrypoint", argv_of(config.entrypoint)},
          {"cmd", argv_of(config.cmd)},
          {"expose", list_of(exposed)},
          {"healthcheck", config.healthcheck ? list_of(config.healthcheck->test) : Value(false)},
          {"budget", target.budget == 0 ? Value(false) : Value(static_cast<double>(target.budget))},
          {"platforms", Value(std::move(platforms))},
          {"pip", Value(std::move(pip))},
          {"installed", node.is_built ? Value(std::move(installed)) : Value(false)}};
}

std::map<std::string, Value> task_fields_of(const project::TaskDecl& task) {
  return {{"name", task.name},
          {"kind", "task"},
          {"doc", or_false(task.doc)},
          {"needs", list_of(task.needs)},
          {"build", list_of(task.build)},
          {"each", list_of(task.each)},
          {"image", or_false(task.image)}};
}

Result<LintRun*> current(Runtime& runtime) {
  LintRun* run = session_of(runtime).lint_run();
  if (run != nullptr) return run;
  return fault(Fault::bad_time, "a node of a lint rule can be used only while the rule runs");
}

Result<int> extends(Runtime& runtime, lua_State* lua) {
  TB_LET(LintRun * run, current(runtime));
  // `s.extends(web)` and `s:extends(web)` are both meant.
  TB_LET(Value other, runtime.value_at(lua_gettop(lua), Place{}));
  std::string name = selector_of(other);
  const project::TargetDecl* wanted = session_of(runtime).project().find_target(name);
  if (name.empty() || lua_gettop(lua) == 0)
    return fault(Fault::bad_call, "extends takes a tier or service, found {}", describe(other));
  if (wanted == nullptr)
    return fault(Fault::bad_call, "there is no tier or service '{}'{}", printable(name),
                 did_you_mean(name, run->names));
  // By name: the node may belong to an evaluation that was kept, and not to this one.
  const auto& below = run->node->below;
  bool found = std::any_of(below.begin(), below.end(),
                           [&](const project::TargetDecl* target) { return target->id() == wanted->id(); });
  lua_pushboolean(lua, found ? 1 : 0);
  return 1;
}

// `services/a/requirements.txt:3:1`.
std::optional<Location> place_in(std::string_view text) {
  Location where;
  std::vector<int> numbers;
  if (text.starts_with("//")) text.remove_prefix(2);  // as glob gives it
  while (numbers.size() < 2) {
    size_t colon = text.rfind(':');
    int number = 0;
    if (colon == std::string_view::npos || colon + 1 == text.size()) break;
    auto [end, failure] = std::from_chars(text.data() + colon + 1, text.data() + text.size(), number);
    if (failure != std::errc{} || end != text.data() + text.size() || number < 1) break;
    numbers.push_back(number);
    text = text.substr(0, colon);
  }
  if (numbers.empty() || text.empty()) return std::nullopt;
  where.file = text;
  where.line = numbers.back();
  if (numbers.size() == 2) where.column = numbers.front();
  return where;
}

Result<int> report_finding(Runtime& runtime, lua_State* lua) {
  TB_LET(LintRun * run, current(runtime));
  constexpr const char* kHelp =
      "write report(nil, 'what is wrong'), or report(s.pip.torch.at, 'what is wrong')";
  if (lua_gettop(lua) != 2)
    return fault(Fault::bad_call, "report takes a place and a message, found {} values", lua_gettop(lua))
        .hint(kHelp);
  TB_LET(Value at, runtime.value_at(1, Place{}));
  TB_LET(Value message, runtime.value_at(2, Place{}));
  if (message.string() == nullptr)
    return fault(Fault::bad_call, "the message of report is {}", describe(message)).hint(kHelp);
  LintReport found{run->node->target != nullptr ? run->node->target->where : run->node->task->where,
                   *message.string()};
  if (!at.is_nil()) {
    auto where = at.string() == nullptr ? std::nullopt : place_in(*at.string());
    if (!where)
      return fault(Fault::bad_call, "report takes a place like 'requirements.txt:3', or nil, found {}",
                   describe(at));
    found.where = *where;
  }
  run->found.push_back(std::move(found));
  return 0;
}

}  // namespace

Result<std::vector<LintReport>> Session::check(const std::string& rule, const LintNode& node) {
  auto function = lint_functions_.find(rule);
  if (function == lint_functions_.end())
    return Error::make(Code::invalid, "there is no lint rule '{}'", rule);
  LintRun run{&node, {}, {}};
  for (const project::TargetDecl& target : project_.targets) run.names.push_back(target.name);
  lint_run_ = &run;
  ScopeGuard done([this] { lint_run_ = nullptr; });
  runtime_.refill();
  Status status = runtime_.protect([&]() -> Status {
    lua_State* lua = runtime_.lua();
    lua_rawgeti(lua, LUA_REGISTRYINDEX, function->second.reference);
    lua_newtable(lua);
    for (const auto& [name, value] :
         node.target != nullptr ? target_fields_of(node) : task_fields_of(*node.task)) {
      runtime_.push(value);
      lua_setfield(lua, -2, name.c_str());
    }
    if (node.target != nullptr) {
      lua_pushcfunction(lua, entry<extends>);
      lua_setfield(lua, -2, "extends");
    }
    push_space(lua, "node");
    lua_remove(lua, -2);
    lua_pushcfunction(lua, entry<report_finding>);
    return runtime_.call(2, 0);
  });
  if (status) return std::move(run.found);
  Error error = std::move(status).error();
  Location where = settled(error.where());
  return std::move(error).with("in the lint rule '{}'", rule).at(std::move(where));
}

}  // namespace tierbuild::bindings
