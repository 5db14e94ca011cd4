#include "bindings/type.hpp"

#include "base/strings.hpp"

namespace tierbuild::bindings {
namespace {

struct KindNames {
  const char* one;        // in a message
  const char* many;       // in a message, after "a list of"
  const char* signature;  // in the reference
};

KindNames names_of(Type::Kind kind) {
  switch (kind) {
    case Type::Kind::any:
      return {"a value", "values", "any"};
    case Type::Kind::string:
      return {"a string", "strings", "string"};
    case Type::Kind::stamped:
      return {"a string", "strings", "string"};
    case Type::Kind::name:
      return {"a name", "names", "string"};
    case Type::Kind::user:
      return {"a user's name or number", "users", "string|integer"};
    case Type::Kind::integer:
      return {"a whole number", "whole numbers", "integer"};
    case Type::Kind::number:
      return {"a number", "numbers", "number"};
    case Type::Kind::boolean:
      return {"true or false", "booleans", "boolean"};
    case Type::Kind::port:
      return {"a port", "ports", "integer"};
    case Type::Kind::path:
      return {"a path", "paths", "string"};
    case Type::Kind::mode:
      return {"a file mode like '0755'", "file modes", "string"};
    case Type::Kind::duration:
      return {"a duration like '30s'", "durations", "string"};
    case Type::Kind::bytes:
      return {"a size like '200MB'", "sizes", "string"};
    case Type::Kind::platform:
      return {"a platform like 'linux/amd64'", "platforms", "string"};
    case Type::Kind::tier:
      return {"a tier", "tiers", "tier|image|string"};
    case Type::Kind::image:
      return {"an image", "images", "image"};
    case Type::Kind::base:
      return {"an image, a tier or an image's name", "images", "image|string"};
    case Type::Kind::step:
      return {"a step", "steps", "step"};
    case Type::Kind::layer:
      return {"a layer", "layers", "layer"};
    case Type::Kind::mount:
      return {"a mount", "mounts", "mount"};
    case Type::Kind::source:
      return {"a path, files {…} or fetch {…}", "paths", "string|files|fetch"};
    case Type::Kind::selector:
      return {"a selector", "selectors", "string|handle"};
    case Type::Kind::target:
      return {"a tier or service", "tiers or services", "string|handle"};
    case Type::Kind::word:
      return {"a string, EACH or ARGV", "words", "string"};
    case Type::Kind::function:
      return {"a function", "functions", "function"};
    case Type::Kind::type:
      return {"a type such as t.string", "types", "type"};
    case Type::Kind::argv:
      return {"a list of words (a command)", "commands", "string[]"};
    case Type::Kind::list:
      return {"a list", "lists", "table"};
    case Type::Kind::map:
      return {"a table", "tables", "table"};
    case Type::Kind::enumeration:
      return {"a choice", "choices", "string"};
    case Type::Kind::record:
      return {"a table", "tables", "table"};
    case Type::Kind::either:
      return {"a value", "values", "any"};
    case Type::Kind::handle:
      return {"a handle", "handles", "string|handle"};
    case Type::Kind::requirements:
      return {"a list of requirements", "lists of requirements", "requirements"};
    case Type::Kind::wheel:
      return {"a wheel", "wheels", "wheel"};
  }
  return {"a value", "values", "any"};
}

std::string quoted(const std::vector<std::string>& words, std::string_view separator) {
  std::vector<std::string> out;
  for (const std::string& word : words) out.push_back("'" + word + "'");
  return join(out, separator);
}

}  // namespace

std::string describe(const Type& type) {
  if (!type.noun.empty()) return type.noun;
  switch (type.kind) {
    case Type::Kind::list:
      return "a list of " + (type.item->noun.empty() && type.item->kind != Type::Kind::enumeration
                                 ? std::string(names_of(type.item->kind).many)
                                 : "items, each " + describe(*type.item));
    case Type::Kind::map:
      return "a table that maps names to " + std::string(names_of(type.item->kind).many);
    case Type::Kind::enumeration:
      return "one of " + quoted(type.choices, ", ");
    case Type::Kind::handle:
      return "a " + join(type.choices, " or ");
    case Type::Kind::either: {
      std::vector<std::string> parts;
      for (const TypePtr& alternative : type.alternatives) parts.push_back(describe(*alternative));
      return join(parts, " or ");
    }
    default:
      return names_of(type.kind).one;
  }
}

std::string signature(const Type& type) {
  std::string out;
  switch (type.kind) {
    case Type::Kind::list:
      out = signature(*type.item);
      out = (out.find('|') == std::string::npos ? out : "(" + out + ")") + "[]";
      break;
    case Type::Kind::map:
      out = fmt::format("table<string, {}>", signature(*type.item));
      break;
    case Type::Kind::enumeration:
      out = quoted(type.choices, "|");
      break;
    case Type::Kind::either: {
      std::vector<std::string> parts;
      for (const TypePtr& alternative : type.alternatives) parts.push_back(signature(*alternative));
      out = join(parts, "|");
      break;
    }
    case Type::Kind::function:
      out = type.choices.empty() ? "function" : fmt::format("fun({})", join(type.choices, ", "));
      break;
    default:
      out = names_of(type.kind).signature;
  }
  return out + (type.optional ? "?" : "");
}

namespace types {
namespace {

TypePtr make(Type type) {
  size_t below = type.item ? type.item->depth : 0;
  for (const Field& field : type.fields) below = std::max(below, field.type->depth);
  for (const TypePtr& alternative : type.alternatives) below = std::max(below, alternative->depth);
  type.depth = below + 1;
  return std::make_shared<const Type>(std::move(type));
}

}  // namespace

TypePtr of(Type::Kind kind) {
  Type type;
  type.kind = kind;
  return make(std::move(type));
}
TypePtr any() {
  return of(Type::Kind::any);
}
TypePtr string() {
  return of(Type::Kind::string);
}
TypePtr stamped() {
  return of(Type::Kind::stamped);
}
TypePtr boolean() {
  return of(Type::Kind::boolean);
}
TypePtr integer() {
  return of(Type::Kind::integer);
}
TypePtr user() {
  return of(Type::Kind::user);
}
TypePtr whole(double most) {
  Type type;
  type.kind = Type::Kind::integer;
  type.least = 0;
  type.most = most;
  return make(std::move(type));
}
TypePtr id() {
  return whole(INT32_MAX);
}
TypePtr number() {
  return of(Type::Kind::number);
}
TypePtr duration() {
  return of(Type::Kind::duration);
}
TypePtr bytes() {
  return of(Type::Kind::bytes);
}
TypePtr argv() {
  return of(Type::Kind::argv);
}
TypePtr function(std::vector<std::string> parameters) {
  Type type;
  type.kind = Type::Kind::function;
  type.choices = std::move(parameters);
  return make(std::move(type));
}

TypePtr list(TypePtr item) {
  Type type;
  type.kind = Type::Kind::list;
  type.item = std::move(item);
  return make(std::move(type));
}
TypePtr map(TypePtr item) {
  Type type;
  type.kind = Type::Kind::map;
  type.item = std::move(item);
  return make(std::move(type));
}
TypePtr enumeration(std::vector<std::string> choices) {
  Type type;
  type.kind = Type::Kind::enumeration;
  type.choices = std::move(choices);
  return make(std::move(type));
}
TypePtr record(std::vector<Field> fields, TypePtr items, std::string noun) {
  Type type;
  type.kind = Type::Kind::record;
  type.fields = std::move(fields);
  type.item = std::move(items);
  type.noun = std::move(noun);
  return make(std::move(type));
}
TypePtr list_with(TypePtr item, std::vector<Field> options, std::string noun) {
  Type type;
  type.kind = Type::Kind::record;
  type.fields = std::move(options);
  type.item = std::move(item);
  type.noun = std::move(noun);
  type.appends = true;
  return make(std::move(type));
}
TypePtr either(std::vector<TypePtr> alternatives, std::string noun) {
  Type type;
  type.kind = Type::Kind::either;
  type.alternatives = std::move(alternatives);
  type.noun = std::move(noun);
  return make(std::move(type));
}
TypePtr handle(std::vector<std::string> kinds) {
  Type type;
  type.kind = Type::Kind::handle;
  type.choices = std::move(kinds);
  return make(std::move(type));
}
TypePtr optional(const TypePtr& type, std::optional<Value> fallback) {
  Type made = *type;
  made.optional = true;
  made.fallback = std::move(fallback);
  return make(std::move(made));
}

}  // namespace types
}  // namespace tierbuild::bindings
