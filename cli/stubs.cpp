#include "cli/stubs.hpp"

#include <cctype>
#include <map>
#include <set>

#include "base/strings.hpp"
#include "cli/schema_order.hpp"

namespace tierbuild::cli {
namespace {

using bindings::Field;
using bindings::Home;
using bindings::Required;
using bindings::Schema;
using bindings::Shape;
using bindings::Type;

constexpr std::array<std::string_view, 22> kReserved{
    "and",   "break", "do",  "else", "elseif", "end",    "false", "for",  "function", "if",    "in",
    "local", "nil",   "not", "or",   "repeat", "return", "then",  "true", "until",    "while", "goto"};
constexpr std::array<std::string_view, 9> kLuaTypes{"any",    "boolean", "function", "integer", "nil",
                                                    "number", "string",  "table",    "fun"};

bool is_name(std::string_view text) {
  bool plain = !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) == 0;
  for (unsigned char c : text) plain = plain && (std::isalnum(c) != 0 || c == '_');
  return plain && std::find(kReserved.begin(), kReserved.end(), text) == kReserved.end();
}

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::string doc_lines(const std::string& doc) {
  return fmt::format("---{}\n", one_line(doc));
}

std::string list_of(const std::string& item) {
  return (item.find('|') == std::string::npos ? item : "(" + item + ")") + "[]";
}

// Functions of Lua whose order the language fixes; the language server knows more about their types.
bool is_lua_own(const std::string& name) {
  return name == "pairs" || name == "next";
}

// The language server has an alias `type` of its own.
std::string class_name(const std::string& value) {
  return value == "type" ? "value_type" : value;
}

class Stubs {
 public:
  Stubs(const std::vector<Schema>& schemas, const std::vector<Schema>& rules)
      : schemas_(by_importance(schemas)), rules_(rules) {}

  std::string write() {
    for (const Schema& schema : schemas_) open_spaces(schema);
    for (const Schema& schema : schemas_)
      if (schema.name != "rule" && !is_lua_own(schema.name)) define(schema);
    define_rules();
    for (const Schema& schema : schemas_) note_values(schema);
    return "---@meta tierbuild\n-- Written by `tierbuild lsp`: the language of Buildfile.lua and the rules "
           "of this workspace.\n\n" +
           value_classes() + classes_ + spaces_ + functions_;
  }

 private:
  const Schema* find(const std::string& name) const {
    auto found = std::find_if(schemas_.begin(), schemas_.end(),
                              [&](const Schema& schema) { return schema.name == name; });
    return found == schemas_.end() ? nullptr : &*found;
  }

  // --- types

  // `path` names the class of a table with fields.
  std::string type_text(const Type& type, const std::string& path) {
    switch (type.kind) {
      case Type::Kind::list:
        return list_of(type_text(*type.item, path));
      case Type::Kind::map:
        return fmt::format("table<string, {}>", type_text(*type.item, path));
      case Type::Kind::record:
        return class_of(path, type.fields, type.item.get());
      case Type::Kind::either: {
        std::vector<std::string> parts;
        for (const bindings::TypePtr& alternative : type.alternatives) {
          std::string part = type_text(*alternative, path);
          if (std::find(parts.begin(), parts.end(), part) == parts.end()) parts.push_back(std::move(part));
        }
        return join(parts, "|");
      }
      default: {
        Type plain = type;
        plain.optional = false;  // said by the field
        return note(bindings::signature(plain));
      }
    }
  }

  // Tables of the same fields are of one class.
  std::string class_of(const std::string& path, const std::vector<Field>& fields, const Type* items) {
    if (fields.empty() && items != nullptr) return list_of(type_text(*items, path));
    std::string body;
    for (const Field& field : fields) {
      std::string name = is_name(field.name) ? field.name : fmt::format("['{}']", field.name);
      if (field.required == Required::no) name += "?";
      std::string doc = one_line(field.doc);
      if (!field.fallback.empty()) doc += fmt::format(" (default: {})", one_line(field.fallback));
      body += fmt::format("---@field {} {} {}\n", name, type_text(*field.type, path + "." + field.name), doc);
    }
    if (items != nullptr) body += fmt::format("---@field [integer] {}\n", type_text(*items, path + ".item"));
    auto [known, is_new] = tables_.try_emplace(body, path);
    if (is_new) classes_ += fmt::format("---@class {}\n{}\n", path, body);
    return known->second;
  }

  // Every word of a type that is no type of Lua's must be a class.
  std::string note(const std::string& text) {
    std::string out, word;
    bool quoted = false;
    for (char c : text + "\n") {
      if (!quoted && (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_')) {
        word += c;
        continue;
      }
      bool parameter = c == ':';  // `fun(ctx: ctx)`
      bool known = std::find(kLuaTypes.begin(), kLuaTypes.end(), word) != kLuaTypes.end();
      if (is_name(word) && !parameter && !known) {
        word = class_name(word);
        values_.insert(word);
      }
      if (c == '\'') quoted = !quoted;
      out += word + c;
      word.clear();
    }
    out.pop_back();
    return out;
  }

  std::string result_of(const Schema& schema) {
    return note(schema.declares.empty() ? schema.returns : schema.declares);
  }

  // --- classes of values

  // Methods, and members of what functions are called with, belong to classes too.
  void note_values(const Schema& schema) {
    size_t colon = schema.name.find(':');
    if (colon != std::string::npos) values_.insert(class_name(schema.name.substr(0, colon)));
    if (schema.home == Home::argument) values_.insert(schema.name.substr(0, schema.name.find('.')));
  }

  std::string doc_of_value(const std::string& name) const {
    if (name == "handle") return "What a declaration returns: usable wherever its name is.";
    for (const Schema& schema : schemas_)
      if (schema.declares == name)
        return fmt::format("What `{}` declares; its name means the same.", bindings::call_form(schema));
    for (const Schema& schema : schemas_)
      if (class_name(schema.returns) == name || schema.returns == name + "[]")
        return fmt::format("What `{}` and its like return.", bindings::call_form(schema));
    return "What a function is called with.";
  }

  std::string value_classes() {
    values_.insert("handle");
    std::string out;
    for (const std::string& name : values_) {
      bool declared = std::any_of(schemas_.begin(), schemas_.end(),
                                  [&](const Schema& schema) { return schema.declares == name; });
      bool is_target = name == "tier" || name == "service";
      const char* above = is_target         ? ": image, handle"
                          : declared        ? ": handle"
                          : name == "layer" ? ": step"
                                            : "";
      out += doc_lines(doc_of_value(name)) + fmt::format("---@class {}{}\n", name, above);
      out += fmt::format("local {}_ = {{}}\n\n", name);
    }
    return out;
  }

  // --- names

  // `image` of `image.from`: a table, which may be called if `image` itself is a function.
  void open_spaces(const Schema& schema) {
    if (schema.home == Home::argument) return;
    for (size_t dot = schema.name.find('.'); dot != std::string::npos; dot = schema.name.find('.', dot + 1)) {
      std::string space = schema.name.substr(0, dot);
      if (!opened_.insert(space).second) continue;
      const Schema* callable = find(space);
      spaces_ += doc_lines(callable != nullptr ? callable->doc : fmt::format("The names `{}.…`.", space));
      spaces_ += fmt::format("---@class {}.space\n", space);
      if (callable != nullptr) spaces_ += fmt::format("---@overload {}\n", function_type(*callable));
      spaces_ += fmt::format("{} = {{}}\n\n", space);
    }
  }

  std::string table_class(const Schema& schema) {
    std::string path = schema.name;
    std::replace(path.begin(), path.end(), ':', '.');
    if (schema.fields.empty() && !schema.items) return "table";
    return class_of(path + ".fields", schema.fields, schema.items.get());
  }

  static std::string returning(const std::string& result) { return result.empty() ? "" : ": " + result; }

  std::string function_type(const Schema& schema) {
    std::string result = result_of(schema);
    if (schema.shape == Shape::curried)
      return fmt::format("fun(name: string): fun(fields: {}){}", table_class(schema), returning(result));
    if (schema.shape == Shape::table)
      return fmt::format("fun(fields: {}){}", table_class(schema), returning(result));
    std::vector<std::string> parameters;
    for (const Field& field : schema.fields)
      parameters.push_back(fmt::format("{}{}: {}", parameter_name(field),
                                       field.required == Required::yes ? "" : "?",
                                       type_text(*field.type, schema.name + "." + field.name)));
    return fmt::format("fun({}){}", join(parameters, ", "), returning(result));
  }

  static std::string parameter_name(const Field& field) {
    return is_name(field.name) ? field.name : field.name + "_";
  }

  void define(const Schema& schema) {
    if (opened_.contains(schema.name)) return;
    std::string name = schema.name;
    if (size_t colon = name.find(':'); colon != std::string::npos)
      name = class_name(name.substr(0, colon)) + "_" + name.substr(colon);
    if (schema.home == Home::argument) name.insert(name.find('.'), "_");
    std::string result = result_of(schema);
    std::string out = doc_lines(schema.doc);
    switch (schema.shape) {
      case Shape::value:
        functions_ += out + fmt::format("---@type {}\n{} = nil\n\n", result, name);
        return;
      case Shape::curried:
        out += fmt::format("---@param name string\n---@return fun(fields: {}){}\n", table_class(schema),
                           returning(result));
        functions_ += out + fmt::format("function {}(name) end\n\n", name);
        return;
      case Shape::table:
        out += fmt::format("---@param fields {}\n", table_class(schema));
        if (!result.empty()) out += fmt::format("---@return {}\n", result);
        functions_ += out + fmt::format("function {}(fields) end\n\n", name);
        return;
      case Shape::call:
        break;
    }
    std::vector<std::string> parameters;
    for (const Field& field : schema.fields) {
      parameters.push_back(parameter_name(field));
      std::string doc = one_line(field.doc);
      if (!field.fallback.empty()) doc += fmt::format(" (default: {})", one_line(field.fallback));
      out +=
          fmt::format("---@param {}{} {} {}\n", parameters.back(), field.required == Required::yes ? "" : "?",
                      type_text(*field.type, schema.name + "." + field.name), doc);
    }
    if (!result.empty()) out += fmt::format("---@return {}\n", result);
    functions_ += out + fmt::format("function {}({}) end\n\n", name, join(parameters, ", "));
  }

  // `rule 'x' {…}` returns what is called like a declaration; the parameters of a rule that the workspace has
  // are known by its name.
  void define_rules() {
    const Schema* general = find("rule");
    if (general == nullptr) return;
    std::string fields = table_class(*general);
    std::string made = fmt::format("fun(name: string): fun(fields: table<string, any>): {}", note("handle"));
    std::string out = doc_lines(general->doc);
    for (const Schema& rule : rules_) {
      std::string path = "rule." + rule.name;
      std::replace(path.begin(), path.end(), '-', '_');
      std::string typed = class_of(path + ".fields", rule.fields, nullptr);
      classes_ += fmt::format("{}---@alias {} fun(name: string): fun(fields: {}): {}\n\n",
                              doc_lines(rule.doc), path, typed, result_of(rule));
      out += fmt::format("---@overload fun(name: '{}'): fun(fields: {}): {}\n", rule.name, fields, path);
    }
    out += fmt::format("---@param name string\n---@return fun(fields: {}): {}\n", fields, made);
    functions_ += out + "function rule(name) end\n\n";
  }

  std::vector<Schema> schemas_;
  const std::vector<Schema>& rules_;
  std::string classes_, spaces_, functions_;
  std::map<std::string, std::string> tables_;  // annotations of the fields → class
  std::set<std::string> values_, opened_;
};

}  // namespace

std::string stubs(const std::vector<Schema>& schemas, const std::vector<Schema>& rules) {
  return Stubs(schemas, rules).write();
}

}  // namespace tierbuild::cli
