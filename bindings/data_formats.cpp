#include "bindings/data_formats.hpp"

#include <toml++/toml.h>
#include <yaml-cpp/yaml.h>
#include <charconv>
#include <nlohmann/json.hpp>
#include <sstream>

#include "bindings/faults.hpp"

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

// A plain YAML scalar by the core schema; quoted ones are always texts.
Value yaml_scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return Value(text);
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return Value();
  if (text == "true" || text == "True" || text == "TRUE") return Value(true);
  if (text == "false" || text == "False" || text == "FALSE") return Value(false);
  double number = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  bool numeric = failure == std::errc{} && end == text.data() + text.size() &&
                 text.find_first_not_of("0123456789+-.eE") == std::string::npos;
  return numeric ? Value(number) : Value(text);
}

Result<Value> from_yaml(const YAML::Node& node, size_t depth, Bounds& bounds) {
  TB_TRY(bounds.enter(depth));
  if (!node.IsDefined() || node.IsNull()) return Value();
  if (node.IsScalar()) return yaml_scalar(node);
  Table table;
  if (node.IsSequence()) {
    for (const YAML::Node& item : node) {
      TB_LET(Value value, from_yaml(item, depth + 1, bounds));
      TB_TRY(add_item(table, std::move(value)));
    }
  } else {
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) return malformed("a key is not a text");
      TB_LET(Value value, from_yaml(entry.second, depth + 1, bounds));
      add_field(table, entry.first.Scalar(), std::move(value));
    }
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
  try {
    Bounds bounds;
    return from_yaml(YAML::Load(text), 0, bounds);
  } catch (const std::exception& error) {
    return malformed(error.what());
  }
}

}  // namespace tierbuild::bindings
