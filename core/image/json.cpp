#include "image/json.hpp"

namespace tierbuild::image {
namespace {

constexpr size_t kMaxDocument = 8 << 20;
constexpr int kMaxDepth = 64;

bool too_deep(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxDepth) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::string_view what) {
  if (text.size() > kMaxDocument)
    return Error::make(Code::corrupt, "{} has {} bytes, more than {}", what, text.size(), kMaxDocument);
  if (too_deep(text))
    return Error::make(Code::corrupt, "{} is nested deeper than {} levels", what, kMaxDepth);
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return Error::make(Code::corrupt, "{} is not valid JSON", what);
  return json;
}

Result<Json> parse_object(std::string_view text, std::string_view what) {
  TB_LET(Json json, parse_json(text, what));
  if (!json.is_object()) return Error::make(Code::corrupt, "{} is not a JSON object", what);
  return json;
}

std::string dump(const OrderedJson& json) {
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

Fields::Fields(const Json& object, std::string what) : object_(object), what_(std::move(what)) {
  if (!object.is_object() && !object.is_null()) fail("it is not an object");
}

const Json* Fields::find(const char* name) const {
  if (!object_.is_object()) return nullptr;
  auto found = object_.find(name);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

void Fields::fail(std::string reason) {
  if (reason_.empty()) reason_ = std::move(reason);
}

Status Fields::status() const {
  if (reason_.empty()) return {};
  return Error::make(Code::corrupt, "{}: {}", what_, reason_);
}

std::string Fields::checked(const Json& value, const char* name) {
  if (value.is_null()) return {};
  if (!value.is_string()) {
    fail(fmt::format("'{}' is not a text", name));
    return {};
  }
  const auto& text = value.get_ref<const std::string&>();
  if (text.find('\0') != std::string::npos) fail(fmt::format("'{}' has a NUL byte", name));
  return text;
}

std::string Fields::text(const char* name) {
  const Json* value = find(name);
  return value == nullptr ? std::string() : checked(*value, name);
}

bool Fields::flag(const char* name) {
  const Json* value = find(name);
  if (value == nullptr) return false;
  if (!value->is_boolean()) fail(fmt::format("'{}' is not true or false", name));
  return value->is_boolean() && value->get<bool>();
}

int64_t Fields::integer(const char* name) {
  const Json* value = find(name);
  if (value == nullptr) return 0;
  bool fits = value->is_number_integer() &&
              (!value->is_number_unsigned() || value->get<uint64_t>() <= static_cast<uint64_t>(INT64_MAX));
  if (fits) return value->get<int64_t>();
  fail(fmt::format("'{}' is not a whole number in range", name));
  return 0;
}

std::vector<std::string> Fields::texts(const char* name) {
  std::vector<std::string> out;
  for (const Json& item : list(name)) out.push_back(checked(item, name));
  return out;
}

std::vector<std::string> Fields::words(const char* name) {
  const Json* value = find(name);
  if (value != nullptr && value->is_string()) return {checked(*value, name)};
  return texts(name);
}

std::set<std::string> Fields::keys(const char* name) {
  std::set<std::string> out;
  const Json& values = object(name);
  if (!values.is_object()) return out;
  for (const auto& item : values.items()) {
    if (item.key().find('\0') != std::string::npos) fail(fmt::format("'{}' has a NUL byte", name));
    out.insert(item.key());
  }
  return out;
}

std::map<std::string, std::string> Fields::map(const char* name) {
  std::map<std::string, std::string> out;
  const Json& values = object(name);
  if (!values.is_object()) return out;
  for (const auto& item : values.items()) out[item.key()] = checked(item.value(), name);
  return out;
}

Digest Fields::digest(const char* name) {
  auto parsed = Digest::parse(text(name));
  if (parsed) return *parsed;
  fail(fmt::format("'{}': {}", name, parsed.error().message()));
  return {};
}

const Json& Fields::object(const char* name) {
  static const Json kNull;
  const Json* value = find(name);
  if (value == nullptr) return kNull;
  if (value->is_object()) return *value;
  fail(fmt::format("'{}' is not an object", name));
  return kNull;
}

const Json& Fields::list(const char* name) {
  static const Json kEmpty = Json::array();
  const Json* value = find(name);
  if (value == nullptr) return kEmpty;
  if (value->is_array()) return *value;
  fail(fmt::format("'{}' is not a list", name));
  return kEmpty;
}

}  // namespace tierbuild::image
