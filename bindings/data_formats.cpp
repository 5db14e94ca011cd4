#include "bindings/data_formats.hpp"

#include <toml++/toml.h>
#include <charconv>
#include <nlohmann/json.hpp>
#include <sstream>

#include "bindings/faults.hpp"
#include "document/node.hpp"

namespace tierbuild::bindings {
namespace {

constexpr size_t kMostValues = 1'000'000;
constexpr size_t kDeepest = 100;

Error malformed(std::string_view why) {
  return fault(Fault::bad_data, "{}", why);
}

/// Counts values and depth, so that no file can ask for endless work.
struct Bounds {
  size_t values = 0;
  Status enter(size_t depth) {
    if (depth > kDeepest) return malformed("the data is nested too deeply");
    if (++values > kMostValues) return malformed("the data holds too many values");
    return {};
  }
};

Status add_item(Table& table, Value value) {
  if (value.is_nil()) return malformed("a list holds null");
  table.items.push_back(std::move(value));
  return {};
}

void add_field(Table& table, const std::string& name, Value value) {
  if (!value.is_nil()) table.fields.insert_or_assign(name, std::move(value));
}

Result<Value> from_json(const nlohmann::json& json, size_t depth, Bounds& bounds) {
  TB_TRY(bounds.enter(depth));
  if (json.is_boolean()) return Value(json.get<bool>());
  if (json.is_number()) return Value(json.get<double>());
  if (json.is_string()) return Value(json.get<std::string>());
  if (json.is_null()) return Value();
  Table table;
  if (json.is_array()) {
    for (const auto& item : json) {
      TB_LET(Value value, from_json(item, depth + 1, bounds));
      TB_TRY(add_item(table, std::move(value)));
    }
  } else {
    for (const auto& [name, item] : json.items()) {
      TB_LET(Value value, from_json(item, depth + 1, bounds));
      add_field(table, name, std::move(value));
    }
  }
  return Value(std::move(table));
}

Result<Value> from_toml(const toml::node& node, size_t depth, Bounds& bounds) {
  TB_TRY(bounds.enter(depth));
  if (const auto* text = node.as_string()) return Value(text->get());
  if (const auto* whole = node.as_integer()) return Value(static_cast<double>(whole->get()));
  if (const auto* number = node.as_floating_point()) return Value(number->get());
  if (const auto* boolean = node.as_boolean()) return Value(boolean->get());
  Table table;
  if (const auto* array = node.as_array()) {
    for (const auto& item : *array) {
      TB_LET(Value value, from_toml(item, depth + 1, bounds));
      TB_TRY(add_item(table, std::move(value)));
    }
  } else if (const auto* fields = node.as_table()) {
    for (const auto& [name, item] : *fields) {
      TB_LET(Value value, from_toml(item, depth + 1, bounds));
      add_field(table, std::string(name.str()), std::move(value));
    }
  } else {
    std::ostringstream text;  // dates and times
    if (const auto* date = node.as_date()) text << date->get();
    if (const auto* time = node.as_time()) text << time->get();
    if (const auto* both = node.as_date_time()) text << both->get();
    return Value(text.str());
  }
  return Value(std::move(table));
}

// The end of the TOML string that begins at `at`.
size_t string_end(const std::string& text, size_t at) {
  const char quote = text[at];
  const std::string three(3, quote);
  const bool literal = quote == '\'', long_one = text.compare(at, 3, three) == 0;
  for (size_t i = at + (long_one ? 3 : 1); i < text.size(); ++i) {
    if (text[i] == '\\' && !literal)
      ++i;
    else if (long_one ? text.compare(i, 3, three) == 0 : text[i] == quote || text[i] == '\n')
      return long_one ? i + 2 : i;
  }
  return text.size();
}

// The most dots in one key: the parser recurses for each of its parts.
size_t most_dots(const std::string& text) {
  size_t dots = 0, most = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '#') i = std::min(text.find('\n', i), text.size());
    if (c == '"' || c == '\'') i = string_end(text, i);
    if (c == '.') most = std::max(most, ++dots);
    if (c == '#' || c == '\n' || c == '=' || c == ',' || c == '{' || c == '[') dots = 0;
  }
  return most;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// A number as the core schema of YAML writes it.
double yaml_number(std::string text) {
  if (text.starts_with("0x")) return static_cast<double>(std::strtoull(text.c_str() + 2, nullptr, 16));
  if (text.starts_with("0o")) return static_cast<double>(std::strtoull(text.c_str() + 2, nullptr, 8));
  size_t digits = text.find_first_not_of("+-");
  if (text[digits] == '.' && digits + 1 < text.size() && !is_digit(text[digits + 1]))
    text.erase(digits, 1);  // `.inf`
  double number = 0;
  const char* first = text.data() + (text.starts_with('+') ? 1 : 0);
  std::from_chars(first, text.data() + text.size(), number);
  return number;
}

Result<Value> from_yaml(const document::Node& node, size_t depth, Bounds& bounds) {
  using Kind = document::Node::Kind;
  TB_TRY(bounds.enter(depth));
  if (node.is_null()) return Value();
  if (node.kind == Kind::boolean) return Value(node.text[0] == 't' || node.text[0] == 'T');
  if (node.kind == Kind::number) return Value(yaml_number(node.text));
  if (node.is_scalar()) return Value(node.text);
  Table table;
  for (const document::Node& item : node.items) {
    TB_LET(Value value, from_yaml(item, depth + 1, bounds));
    TB_TRY(add_item(table, std::move(value)));
  }
  for (const document::Member& member : node.members) {
    TB_LET(Value value, from_yaml(member.value, depth + 1, bounds));
    add_field(table, member.name, std::move(value));
  }
  return Value(std::move(table));
}

}  // namespace

Result<Value> parse_json(const std::string& text) {
  // The parser recurses for each bracket: look at the depth before it runs.
  size_t depth = 0, deepest = 0;
  bool inside = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (inside && c == '\\')
      ++i;
    else if (c == '"')
      inside = !inside;
    else if (!inside && (c == '[' || c == '{'))
      deepest = std::max(deepest, ++depth);
    else if (!inside && (c == ']' || c == '}') && depth > 0)
      --depth;
  }
  if (deepest > kDeepest) return malformed("the data is nested too deeply");
  try {
    Bounds bounds;
    return from_json(nlohmann::json::parse(text), 0, bounds);
  } catch (const std::exception& error) {
    std::string_view why = error.what();  // "[json.exception…] parse error at line 1, …"
    if (size_t end = why.find("] "); why.starts_with('[') && end != std::string_view::npos)
      why.remove_prefix(end + 2);
    return malformed(why);
  }
}

Result<Value> parse_toml(const std::string& text) {
  if (most_dots(text) > kDeepest) return malformed("the data is nested too deeply");
  try {
    Bounds bounds;
    return from_toml(toml::parse(text), 0, bounds);
  } catch (const toml::parse_error& error) {
    return malformed(fmt::format("line {}: {}", error.source().begin.line, error.description()));
  } catch (const std::exception& error) {
    return malformed(error.what());
  }
}

Result<Value> parse_yaml(const std::string& text) {
  auto documents = document::read_yaml(text, "");
  if (!documents) {
    const Error& error = documents.error();
    return malformed(error.where().line > 0 ? fmt::format("line {}: {}", error.where().line, error.message())
                                            : error.message());
  }
  Bounds bounds;
  if (documents->empty()) return Value();
  return from_yaml(documents->front(), 0, bounds);
}

}  // namespace tierbuild::bindings
