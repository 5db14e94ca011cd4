// rule: a function from parameters to the body of a tier or service.
#include <lua.hpp>

#include "base/scope_guard.hpp"
#include "base/strings.hpp"
#include "bindings/make_values.hpp"
#include "bindings/written.hpp"

namespace tierbuild::bindings {
namespace {

std::vector<Field> fields_of(const Rule& rule) {
  std::vector<Field> fields;
  for (const auto& [name, type] : rule.params)
    fields.push_back({name, type, "a parameter of the rule",
                      type->fallback ? written(*type->fallback) : std::string(),
                      type->optional ? Required::no : Required::yes});
  for (const Field& field : target_fields())
    if (!rule.params.contains(field.name)) fields.push_back(field);
  return fields;
}

Result<Value> declare_rule(Call& call) {
  const Table& table = *call.table;
  if (table.items.size() != 1)
    return call.session.at(
        fault(Fault::missing_field, "rule '{}' needs one function, found {}", call.name, table.items.size())
            .hint("write rule 'x' { params = { … }, function(p) return { … } end }"),
        table.place);
  auto rule = std::make_shared<Rule>();
  rule->name = call.name;
  rule->doc = text_of(table["doc"]);
  rule->kind = text_of(table["kind"], "service");
  rule->function = table.items[0];
  rule->origin = call.origin;
  if (const Table* params = table["params"].table())
    for (const auto& [name, type] : params->fields) {
      if (name == "name")
        return call.session.at(
            fault(Fault::bad_value, "a parameter cannot be called 'name': p.name is the target's"),
            table.place.at("params"));
      rule->params[name] = type.as<TypeValue>()->type;
    }
  rule->fields = fields_of(*rule);
  TB_LET(Value ignored, call.session.declare("rule", call.name, call.origin));
  (void)ignored;
  call.session.note_rule(rule);
  return Value(Object{RuleValue{std::move(rule)}});
}

// `p.x` for a name that is no parameter of the rule.
Result<int> missing_parameter(Runtime& runtime, lua_State* lua) {
  const auto& rule = *static_cast<const Rule*>(lua_touserdata(lua, lua_upvalueindex(1)));
  std::string name = lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : "?";
  if (rule.params.contains(name)) {  // declared, but not given
    lua_pushnil(lua);
    return 1;
  }
  std::vector<std::string> known{"name"};
  for (const auto& [param, type] : rule.params) known.push_back(param);
  return runtime.here(fault(Fault::unknown_member, "rule '{}' has no parameter '{}'{}", rule.name, name,
                            did_you_mean(name, known)),
                      name);
}

}  // namespace

Schema schema_of(const Rule& rule) {
  return {.name = rule.name,
          .doc = rule.doc.empty() ? fmt::format("A {} made by the rule.", rule.kind) : rule.doc,
          .shape = Shape::curried,
          .fields = rule.fields,
          .returns = "handle",
          .declares = rule.kind};
}

Result<Value> Session::call_rule(const Declarer& declarer, const TablePtr& table, const OriginPtr& origin) {
  const Rule& rule = *declarer.rule;
  std::string subject = fmt::format("{} '{}'", rule.name, declarer.name);
  Value handle = this->handle(rule.kind, declarer.name);
  auto failed = [&](std::vector<Error> errors) {
    report(std::move(errors));
    return handle;
  };

  // Parameters are the rule's; all else are fields of the target.
  Table params, rest;
  rest.place = table->place;
  for (const auto& [name, value] : table->fields)
    (rule.params.contains(name) ? params : rest).fields[name] = value;
  rest.items = table->items;
  Validator validator(runtime_.sources(), subject);
  validator.check_fields(*table, rule.fields, nullptr, table->place);
  if (!validator.ok()) return failed(validator.take());
  for (const auto& [name, type] : rule.params)
    if (!params.has(name) && type->fallback) params.fields[name] = *type->fallback;
  params.fields["name"] = Value(declarer.name);

  Result<Value> declared = declare(rule.kind, declarer.name, origin);
  if (!declared) return failed({std::move(declared).error()});
  handle = *declared;

  rule_directories_.push_back(origin->directory);
  ScopeGuard leave([this] { rule_directories_.pop_back(); });
  lua_State* lua = runtime_.lua();
  lua_rawgeti(lua, LUA_REGISTRYINDEX, rule.function.function()->reference);
  runtime_.push(Value(std::move(params)));
  lua_createtable(lua, 0, 1);
  lua_pushlightuserdata(lua, const_cast<Rule*>(&rule));
  lua_pushcclosure(lua, entry<missing_parameter>, 1);
  lua_setfield(lua, -2, "__index");
  lua_setmetatable(lua, -2);
  Status status = runtime_.call(1, 1);
  std::string frame = fmt::format("while {} is declared at {}", subject, relative(origin->where).str());
  if (!status) {
    if (runtime_.stopped()) return *runtime_.stopped();
    return failed({std::move(status).error().with("{}", frame)});
  }
  auto body_origin = std::make_shared<Origin>(*rule.function.function()->origin);
  body_origin->directory = origin->directory;
  Result<Value> body = runtime_.value_at(-1, Place{body_origin, {}});
  lua_pop(lua, 1);
  if (!body) return failed({std::move(body).error()});
  if (body->table() == nullptr) {
    Error error = fault(Fault::bad_rule, "the function of rule '{}' must return a table, it returned {}",
                        rule.name, describe(*body));
    return failed(
        {std::move(at(std::move(error), Place{rule.function.function()->origin, {}})).with("{}", frame)});
  }
  Validator checked(runtime_.sources(), fmt::format("the body of rule '{}'", rule.name));
  checked.check_fields(*body->table(), target_fields(), nullptr, body->table()->place);
  if (!checked.ok()) {
    std::vector<Error> errors = checked.take();
    for (Error& error : errors) error = std::move(error).with("{}", frame);
    return failed(std::move(errors));
  }
  add_target({rule.kind,
              declarer.name,
              origin,
              {body->table_ptr(), std::make_shared<const Table>(std::move(rest))}});
  return handle;
}

void define_rules(Session& session) {
  session.define(
      {{.name = "rule",
        .doc = "A function from parameters to the body of a service or tier. It returns what declares "
               "them; fields that are no parameters are merged over the body.",
        .shape = Shape::curried,
        .fields = {{"doc", types::string(), "one line for people"},
                   {"params", types::map(types::of(Type::Kind::type)), "names and types"},
                   {"kind", types::enumeration({"service", "tier"}), "what it declares", "service"}},
        .items = types::function({"p: table"}),
        .returns = "rule"},
       declare_rule});
}

}  // namespace tierbuild::bindings
