// How primitives are called: arguments are copied, checked against the schema, and handed to the body.
#include <lua.hpp>

#include "base/scope_guard.hpp"
#include "base/strings.hpp"
#include "bindings/session.hpp"

namespace tierbuild::bindings {
namespace {

bool is_method(const Schema& schema) {
  return schema.name.find(':') != std::string::npos;
}

Error bad_form(const Schema& schema, const Value& found) {
  return fault(Fault::bad_call, "{} cannot be called with {}", schema.name, describe(found))
      .hint("write " + call_form(schema));
}

Result<Value> self_of(Runtime& runtime, const Schema& schema, int index) {
  TB_LET(Value self, runtime.value_at(index, Place{}));
  std::string type = schema.name.substr(0, schema.name.find(':'));
  bool good = type == "type" ? self.as<TypeValue>() != nullptr
              : type == "requirements"
                  ? self.as<RequirementsValue>() != nullptr
                  : self.as<project::ImagePtr>() != nullptr || self.as<Handle>() != nullptr;
  if (good) return self;
  std::string method = schema.name.substr(type.size() + 1);
  return fault(Fault::bad_call, "{} is called on {}", method, describe(self))
      .hint(fmt::format("methods are called with a colon: x:{} …", method));
}

}  // namespace

std::string call_form(const Schema& schema) {
  switch (schema.shape) {
    case Shape::curried:
      return schema.name + " 'name' { … }";
    case Shape::table:
      return schema.name + " { … }";
    case Shape::value:
      return schema.name;
    case Shape::call:
      break;
  }
  std::vector<std::string> names;
  for (const Field& field : schema.fields) names.push_back(field.name);
  return fmt::format("{}({})", schema.name, join(names, ", "));
}

static Result<int> take_call(Runtime& runtime, lua_State* lua, const Primitive& primitive, int first) {
  const Schema& schema = primitive.schema;
  Session& session = session_of(runtime);
  if (schema.on_error == OnError::report && !session.evaluating())
    return fault(Fault::bad_time, "'{}' can be declared only while the Buildfile is evaluated", schema.name);

  Value self;
  if (is_method(schema)) {
    TB_LET(self, self_of(runtime, schema, first));
    ++first;
  }
  int given = lua_gettop(lua) - first + 1;
  Call call{session, schema, session.origin(schema.name), {}, self, {}, nullptr};
  if (schema.shape == Shape::curried) {
    TB_LET(Value name, runtime.value_at(first, Place{}));
    if (given > 1) return bad_form(schema, name);
    TB_LET(Value declarer, session.start_declaration(&primitive, nullptr, name));
    runtime.push(declarer);
    return 1;
  }
  if (schema.shape == Shape::table) {
    Value table;
    if (given >= 1) {
      TB_LET(table, runtime.value_at(first, Place{call.origin, {}}));
    }
    if (given != 1 || table.table() == nullptr) return bad_form(schema, table);
    call.table = table.table_ptr();
  } else {
    if (given > static_cast<int>(schema.fields.size()))
      return fault(Fault::bad_call, "{} takes {} arguments, found {}", schema.name, schema.fields.size(),
                   given)
          .hint("write " + call_form(schema));
    for (int i = 0; i < static_cast<int>(schema.fields.size()); ++i) {
      Value argument;
      if (i < given) {
        TB_LET(argument, runtime.value_at(first + i, Place{call.origin, {}}));
      }
      call.args.push_back(std::move(argument));
    }
  }
  TB_LET(Value result, session.call(primitive, call));
  runtime.push(result);
  return 1;
}

Result<int> call_primitive(Runtime& runtime, lua_State* lua) {
  const auto& primitive = *static_cast<const Primitive*>(lua_touserdata(lua, lua_upvalueindex(1)));
  int first = 1 + static_cast<int>(lua_tointeger(lua, lua_upvalueindex(2)));
  Result<int> taken = take_call(runtime, lua, primitive, first);
  if (taken || taken.error().where().known() || runtime.stopped()) return taken;
  Session& session = session_of(runtime);
  return session.at(std::move(taken).error(), Place{session.origin(primitive.schema.name), {}});
}

std::string Call::subject() const {
  return name.empty() ? schema.name : fmt::format("{} '{}'", schema.name, name);
}

Result<Value> Session::call(const Primitive& primitive, Call& call) {
  const Schema& schema = primitive.schema;
  std::vector<Error> errors;
  if (schema.shape == Shape::call) {
    for (size_t i = 0; i < schema.fields.size(); ++i) {
      const Field& field = schema.fields[i];
      if (call.args[i].is_nil() && field.required == Required::no) continue;
      Validator validator(runtime_.sources(), fmt::format("'{}' of {}", field.name, schema.name));
      validator.check(call.args[i], *field.type, Place{call.origin, {}});
      for (Error& error : validator.take()) errors.push_back(std::move(error));
    }
  } else {
    Validator validator(runtime_.sources(), call.subject());
    validator.check_fields(*call.table, schema.fields, schema.items.get(), call.table->place);
    errors = validator.take();
  }
  Result<Value> result = Value();
  if (errors.empty()) {
    result = primitive.body(call);
    if (result) return result;
    Error error = std::move(result).error();
    const Location &found = error.where(), &own = call.origin->where;
    bool vague = !found.known() || (found.column == 0 && found.file == own.file && found.line == own.line);
    errors.push_back(vague ? at(std::move(error), Place{call.origin, {}}) : std::move(error));
  }
  if (runtime_.stopped()) return *runtime_.stopped();
  std::stable_sort(errors.begin(), errors.end(), [](const Error& a, const Error& b) {
    const Location &first = a.where(), &second = b.where();
    return std::tie(first.file, first.line, first.column) < std::tie(second.file, second.line, second.column);
  });
  if (schema.on_error == OnError::report) {
    report(std::move(errors));
    return schema.declares.empty() ? Value() : handle(schema.declares, call.name);
  }
  Error last = std::move(errors.back());
  errors.pop_back();
  report(std::move(errors));
  return last;
}

Result<Value> Session::start_declaration(const Primitive* primitive, std::shared_ptr<const Rule> rule,
                                         const Value& name) {
  const std::string& callee = rule ? rule->name : primitive->schema.name;
  OriginPtr where = origin(callee, name.string() == nullptr ? "" : *name.string());
  if (name.string() == nullptr) {
    Schema schema;
    schema.name = callee;
    schema.shape = Shape::curried;
    return at(bad_form(schema, name), Place{where, {}});
  }
  TypePtr type = primitive == nullptr ? nullptr : primitive->schema.declared_name;
  if (!type) type = types::of(Type::Kind::name);
  Validator validator(runtime_.sources(), "the name of " + callee);
  validator.check(name, *type, Place{where, {}});
  if (!validator.ok()) return validator.take().front();
  Declarer declarer{primitive, std::move(rule), *name.string(), where, open_declarations_.size()};
  open_declarations_.push_back(declarer);
  return Value(Object{std::move(declarer)});
}

Result<Value> Session::declare_with(const Declarer& declarer, Value body, OriginPtr where) {
  closed_declarations_.insert(declarer.number);
  if (body.table() == nullptr) {
    Error error = fault(Fault::bad_call, "{} '{}' needs a table, found {}", declarer.origin->callee,
                        declarer.name, describe(body));
    return at(std::move(error), Place{declarer.origin, {}});
  }
  if (declarer.rule) return call_rule(declarer, body.table_ptr(), where);
  Call call{*this, declarer.primitive->schema, std::move(where), declarer.name, {}, {}, body.table_ptr()};
  return this->call(*declarer.primitive, call);
}

const Primitive* Session::find(const std::string& name) const {
  auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

std::vector<Schema> Session::schemas() const {
  std::vector<Schema> all;
  for (const auto& [name, primitive] : by_name_) all.push_back(primitive->schema);
  all.insert(all.end(), documented_.begin(), documented_.end());
  return all;
}

std::vector<Schema> Session::rules() const {
  std::vector<Schema> all;
  for (const auto& rule : rules_) all.push_back(schema_of(*rule));
  return all;
}

}  // namespace tierbuild::bindings
