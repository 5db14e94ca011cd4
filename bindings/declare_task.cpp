// task: commands with a name, and what a task's function may do.
#include <lua.hpp>

#include "base/strings.hpp"
#include "bindings/lua_libraries.hpp"
#include "bindings/make_values.hpp"

namespace tierbuild::bindings {
namespace {

using project::TaskWord;

std::vector<TaskWord> words_of(const Table& table) {
  std::vector<TaskWord> words;
  for (const Value& item : table.items) {
    if (const auto* word = item.as<TaskWord>())
      words.push_back(*word);
    else
      words.push_back({TaskWord::Kind::text, text_of(item)});
  }
  return words;
}

// `'{service}'` is the argument of that name; anything else stays text.
void link_args(std::vector<TaskWord>& words, const std::vector<project::TaskArg>& args) {
  for (TaskWord& word : words) {
    if (word.kind != TaskWord::Kind::text || word.text.size() < 3 || word.text.front() != '{' ||
        word.text.back() != '}')
      continue;
    std::string name = word.text.substr(1, word.text.size() - 2);
    if (std::any_of(args.begin(), args.end(), [&](const auto& arg) { return arg.name == name; }))
      word = {TaskWord::Kind::arg, name};
  }
}

// As it is spelled in t: what the command line checks, and what its help shows.
std::string type_name(const Type& type) {
  switch (type.kind) {
    case Type::Kind::integer:
      return "int";
    case Type::Kind::boolean:
      return "bool";
    case Type::Kind::port:
      return "port";
    case Type::Kind::path:
      return "path";
    case Type::Kind::enumeration:
      return "enum";
    default:
      return "string";
  }
}

std::optional<std::string> fallback_text(const Value& value) {
  if (const bool* boolean = value.boolean()) return *boolean ? "true" : "false";
  if (value.table() != nullptr) return join(texts_of(value), ",");
  return text_of(value);
}

Result<Value> task(Call& call) {
  Session& session = call.session;
  const Table& table = *call.table;
  TB_LET(Value handle, session.declare("task", call.name, call.origin));
  project::TaskDecl decl;
  decl.name = call.name;
  decl.doc = text_of(table["doc"]);
  decl.where = session.where(*call.origin);
  decl.dir = call.origin->directory;
  decl.env = text_map_of(table["env"]);
  decl.confirm = text_of(table["confirm"]);
  decl.load = flag_of(table["load"], false);
  decl.push = flag_of(table["push"], false);
  decl.build = selectors_of(table["build"]);
  decl.each = selectors_of(table["each"]);
  decl.image = selector_of(table["image"]);
  for (const char* field : {"build", "each", "image", "needs"})
    decl.places.merge(places_of(session, table[field], table.place.at(field)));
  if (const Table* needs = table["needs"].table())
    for (const Value& need : needs->items)
      decl.needs.push_back(need.as<Handle>() != nullptr ? need.as<Handle>()->name : text_of(need));
  if (const Table* args = table["args"].table())
    for (const auto& [name, value] : args->fields) {
      const Type& type = *value.as<TypeValue>()->type;
      project::TaskArg arg{name, type_name(type), {}, std::nullopt, type.choices};
      if (type.optional) arg.fallback = type.fallback ? fallback_text(*type.fallback) : "";
      decl.args.push_back(std::move(arg));
    }

  const Value& run = table["run"];
  if (const LuaFunction* function = run.function()) {
    decl.has_function = true;
    session.add_task_function(call.name, *function);
  } else if (const Table* words = run.table()) {
    bool several = !words->items.empty() && words->items[0].table() != nullptr;
    if (several)
      for (const Value& command : words->items) decl.run.push_back(words_of(*command.table()));
    else
      decl.run.push_back(words_of(*words));
    for (auto& command : decl.run) {
      link_args(command, decl.args);
      bool each = std::any_of(command.begin(), command.end(), [](const TaskWord& word) {
        return word.kind == TaskWord::Kind::each || word.kind == TaskWord::Kind::each_oci;
      });
      if (each && decl.each.empty())
        return session.at(fault(Fault::bad_value, "EACH in task '{}', which has no 'each'", call.name)
                              .hint("add each = 'service:*', the targets that it runs for"),
                          table.place.at("run"));
    }
  }
  bool idle = decl.run.empty() && !decl.has_function && decl.build.empty() && decl.needs.empty();
  if (idle)
    return session.at(
        fault(Fault::missing_field, "task '{}' does nothing: it needs run, build or needs", call.name),
        Place{call.origin, {}});
  session.project().tasks.push_back(std::move(decl));
  return handle;
}

// --- ctx of a task's function

Result<TaskContext*> context_of(Runtime& runtime) {
  TaskContext* context = session_of(runtime).task();
  if (context != nullptr) return context;
  return fault(Fault::bad_time, "ctx can be used only while its task runs");
}

Result<std::string> text_argument(Runtime& runtime, lua_State* lua, const char* callee) {
  TB_LET(Value value, runtime.value_at(1, Place{}));
  if (lua_gettop(lua) == 1 && value.string() != nullptr) return *value.string();
  return fault(Fault::bad_call, "{} takes one text, found {}", callee, describe(value))
      .hint(fmt::format("write {} 'x', with a dot", callee));
}

const std::vector<Field>& context_run_fields() {
  static const std::vector<Field> fields{
      {"check", types::boolean(), "whether a failure ends the task", "true"}};
  return fields;
}

Result<int> context_run(Runtime& runtime, lua_State* lua) {
  TB_LET(TaskContext * context, context_of(runtime));
  TB_LET(Value value, runtime.value_at(1, Place{}));
  if (lua_gettop(lua) != 1 || value.table() == nullptr || value.table()->items.empty())
    return fault(Fault::bad_call, "ctx.run takes a command as a list of words, found {}", describe(value))
        .hint("write ctx.run { 'make', 'test' }");
  auto origin = session_of(runtime).origin("ctx.run");
  Validator validator(runtime.sources(), "ctx.run");
  validator.check_fields(*value.table(), context_run_fields(), types::string().get(), Place{origin, {}});
  if (!validator.ok()) return validator.take().front();
  std::vector<std::string> argv = texts_of(value);
  TB_LET(int status, context->run(argv), "while running {}", argv.front());
  if (status != 0 && flag_of((*value.table())["check"], true))
    return runtime.here(fault(Fault::task_command, "{} ended with status {}", argv.front(), status)
                            .hint("check = false lets the task go on"),
                        "ctx");
  lua_pushinteger(lua, status);
  return 1;
}

Result<int> context_arg(Runtime& runtime, lua_State* lua) {
  TB_LET(TaskContext * context, context_of(runtime));
  TB_LET(std::string name, text_argument(runtime, lua, "ctx.arg"));
  runtime.push(Value(context->arg(name)));
  return 1;
}

Result<int> context_say(Runtime& runtime, lua_State* lua) {
  TB_LET(TaskContext * context, context_of(runtime));
  TB_LET(std::string line, text_argument(runtime, lua, "ctx.say"));
  context->say(line);
  return 0;
}

}  // namespace

void define_tasks(Session& session) {
  auto argv = types::list(types::of(Type::Kind::word));
  auto run = types::either({argv, types::list(argv), types::function({"ctx: ctx"})},
                           "a command, a list of commands or a function");
  auto selectors =
      types::either({types::of(Type::Kind::selector), types::list(types::of(Type::Kind::selector))},
                    "a selector or a list of them");
  session.define(
      {{.name = "task",
        .doc = "Commands with a name: `tierbuild NAME`.",
        .shape = Shape::curried,
        .fields = {{"doc", types::string(), "one line for people"},
                   {"args", types::map(types::of(Type::Kind::type)), "arguments; '{x}' in run is one"},
                   {"needs", types::list(types::handle({"task"})), "tasks that run before"},
                   {"build", selectors, "targets that are built before"},
                   {"load", types::boolean(), "load what was built into docker or podman", "false"},
                   {"push", types::boolean(), "push what was built", "false"},
                   {"image", types::of(Type::Kind::target), "the image the commands run in", "the host"},
                   {"each", selectors, "targets for each of which the commands run"},
                   {"confirm", types::string(), "a question asked before"},
                   {"env", types::map(types::string()), "environment of the commands"},
                   {"run", run, "a command, several, or a function of ctx"}},
        .returns = "handle",
        .declares = "task",
        .on_error = OnError::report},
       task});
  session.document({.name = "ctx.arg",
                    .doc = "The value of an argument of the task.",
                    .shape = Shape::call,
                    .fields = {{"name", types::string(), "as in args", {}, Required::yes}},
                    .returns = "string"});
  session.document({.name = "ctx.run",
                    .doc = "Runs a command, on the host or in the task's image, and returns its exit status.",
                    .fields = context_run_fields(),
                    .items = types::string(),
                    .returns = "integer"});
  session.document({.name = "ctx.say",
                    .doc = "Prints a line.",
                    .shape = Shape::call,
                    .fields = {{"line", types::string(), "the text", {}, Required::yes}}});
  lua_State* lua = session.runtime().lua();
  lua_newtable(lua);
  lua_pushcfunction(lua, entry<context_run>);
  lua_setfield(lua, -2, "run");
  lua_pushcfunction(lua, entry<context_arg>);
  lua_setfield(lua, -2, "arg");
  lua_pushcfunction(lua, entry<context_say>);
  lua_setfield(lua, -2, "say");
  push_space(lua, "ctx");
  lua_setfield(lua, LUA_REGISTRYINDEX, "tierbuild.task");
  lua_pop(lua, 1);
}

}  // namespace tierbuild::bindings
