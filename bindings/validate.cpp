#include "bindings/validate.hpp"

#include <charconv>
#include <cmath>

#include "base/strings.hpp"
#include "bindings/faults.hpp"
#include "graph/stamp.hpp"
#include "image/platform.hpp"

namespace tierbuild::bindings {
namespace {

using Kind = Type::Kind;

constexpr size_t kShownFields = 12;  // more would not help who reads them

bool is_text(Kind kind) {
  switch (kind) {
    case Kind::string:
    case Kind::stamped:
    case Kind::name:
    case Kind::path:
    case Kind::user:
    case Kind::mode:
    case Kind::duration:
    case Kind::bytes:
    case Kind::platform:
    case Kind::enumeration:
    case Kind::tier:
    case Kind::base:
    case Kind::source:
    case Kind::selector:
    case Kind::target:
    case Kind::handle:
    case Kind::word:
      return true;
    default:
      return false;
  }
}

bool is_number(Kind kind) {
  return kind == Kind::integer || kind == Kind::number || kind == Kind::port || kind == Kind::user;
}

// Objects that a kind accepts; its text and number forms are looked at elsewhere.
bool accepts(const Value& value, const Type& type) {
  const Handle* handle = value.as<Handle>();
  bool target = handle != nullptr && (handle->kind == "tier" || handle->kind == "service");
  switch (type.kind) {
    case Kind::tier:
      return (handle != nullptr && handle->kind == "tier") || value.as<project::ImagePtr>() != nullptr;
    case Kind::image:
    case Kind::base:
      return target || value.as<project::ImagePtr>() != nullptr;
    case Kind::target:
      return target;
    case Kind::selector:
      return target || (handle != nullptr && handle->kind == "group");
    case Kind::step:
      return value.as<StepValue>() != nullptr || value.as<LayerValue>() != nullptr;
    case Kind::layer:
      return value.as<LayerValue>() != nullptr;
    case Kind::mount:
      return value.as<project::MountValue>() != nullptr;
    case Kind::source:
      return value.as<project::FilesValue>() != nullptr || value.as<project::FetchValue>() != nullptr;
    case Kind::word:
      return value.as<project::TaskWord>() != nullptr;
    case Kind::type:
      return value.as<TypeValue>() != nullptr;
    case Kind::function:
      return value.function() != nullptr;
    case Kind::requirements:
      return value.as<RequirementsValue>() != nullptr;
    case Kind::wheel:
      return value.as<WheelValue>() != nullptr;
    case Kind::handle:
      return handle != nullptr &&
             std::find(type.choices.begin(), type.choices.end(), handle->kind) != type.choices.end();
    default:
      return false;
  }
}

// True for most values; where they stand need not be written down.
bool surely_fits(const Value& value, const Type& type) {
  const std::string* text = value.string();
  return text != nullptr && type.kind == Kind::string && text->find('\0') == std::string::npos &&
         !graph::has_stamp(*text);
}

bool is_mode(std::string_view text) {
  return (text.size() == 3 || text.size() == 4) &&
         text.find_first_not_of("01234567") == std::string_view::npos;
}

// `app`, `app:staff`, `1000`, `1000:1000`; an id above 2^31-1 would become another user's in the kernel.
bool is_user(std::string_view text) {
  for (std::string_view part : split(text, ':')) {
    if (part.empty() || part.find_first_of(" /\t\n\r") != std::string_view::npos) return false;
    if (part.find_first_not_of("0123456789") != std::string_view::npos) continue;
    if (part.size() > 10 || std::stoull(std::string(part)) > INT32_MAX) return false;
  }
  return split(text, ':').size() <= 2;
}

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 128) return false;
  auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  if (!plain(text[0]) && text[0] != '_') return false;
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return plain(c) || c == '-' || c == '_' || c == '.'; });
}

}  // namespace

bool fits(const Value& value, const Type& type) {
  SourceMap none;
  Validator validator(none, "value");
  validator.check(value, type, Place{});
  return validator.ok();
}

std::string Validator::phrase(const Place& place) const {
  if (place.path.empty()) return subject_;
  if (const int* item = std::get_if<int>(&place.path[0]); item != nullptr && place.path.size() == 1)
    return fmt::format("item {} of {}", *item, subject_);
  return fmt::format("'{}' of {}", str(place.path), subject_);
}

void Validator::add(Error error, const Place& place) {
  if (place.origin) error = std::move(error).at(sources_.locate(*place.origin, place.path));
  errors_.push_back(std::move(error));
}

void Validator::mismatch(const Value& value, const Type& type, const Place& place) {
  Error error =
      fault(Fault::wrong_type, "{} must be {}, found {}", phrase(place), describe(type), describe(value));
  if (type.kind == Kind::mode && value.number() != nullptr)
    error = std::move(error).hint("file modes are strings: 0755 is a decimal number in Lua");
  if ((type.kind == Kind::list || type.kind == Kind::argv) && value.string() != nullptr)
    error = std::move(error).hint(fmt::format("put it in braces: {{ '{}' }}", printable(*value.string())));
  if (const auto* declarer = value.as<Declarer>())
    error = std::move(error).hint(
        fmt::format("'{}' has no body yet: write {{ … }} after its name", declarer->name));
  add(std::move(error), place);
}

void Validator::check(const Value& value, const Type& type, const Place& place) {
  if (const auto* replace = value.as<Replace>()) return check(replace->value, type, place);
  if (value.is_nil() && (type.optional || type.kind == Kind::any)) return;
  if (type.kind == Kind::any) return;
  if (type.lone && value.object_ptr()) return check(value, *type.item, place);
  if (type.kind == Kind::either) {
    for (const TypePtr& alternative : type.alternatives)
      if (fits(value, *alternative)) return;
    // The alternative of the same shape has the most to say.
    for (const TypePtr& alternative : type.alternatives) {
      bool table = alternative->kind == Kind::list || alternative->kind == Kind::map ||
                   alternative->kind == Kind::record || alternative->kind == Kind::argv;
      bool same = (value.table() != nullptr && table) ||
                  (value.string() != nullptr && is_text(alternative->kind)) ||
                  (value.number() != nullptr && is_number(alternative->kind));
      if (same) return check(value, *alternative, place);
    }
    return mismatch(value, type, place);
  }
  if (value.object_ptr() || value.function() != nullptr) {
    if (!accepts(value, type)) mismatch(value, type, place);
    return;
  }
  if (const std::string* text = value.string(); text != nullptr && is_text(type.kind))
    return check_text(*text, type, place);
  if (const double* number = value.number(); number != nullptr && is_number(type.kind))
    return check_number(*number, type, place);
  if (value.boolean() != nullptr && type.kind == Kind::boolean) return;
  if (value.table() != nullptr) {
    if (type.kind == Kind::list || type.kind == Kind::argv) return check_list(value, type, place);
    if (type.kind == Kind::map) return check_map(value, type, place);
    if (type.kind == Kind::record) return check_fields(*value.table(), type.fields, type.item.get(), place);
  }
  mismatch(value, type, place);
}

void Validator::check_text(const std::string& text, const Type& type, const Place& place) {
  auto bad = [&](std::string_view expected) {
    add(fault(Fault::bad_value, "{} must be {}, found '{}'", phrase(place), expected, printable(text)),
        place);
  };
  if (text.find('\0') != std::string::npos) return bad("text without NUL bytes");
  if (type.kind != Kind::stamped && graph::has_stamp(text)) {
    std::string name = graph::stamps_in(text).empty() ? "" : graph::stamps_in(text).front();
    return add(
        fault(Fault::stamp, "{} holds stamp.{}, which is not known yet", phrase(place), name)
            .hint("stamps are filled in when the image is written, so that they never rebuild a layer: "
                  "they are legal in labels, annotations and tags only"),
        place);
  }
  switch (type.kind) {
    case Kind::name:
      if (!is_name(text)) bad("a name (letters, digits, '-', '_', '.')");
      break;
    case Kind::user:
      if (!is_user(text)) bad("a user's name or a number up to 2147483647, maybe with ':group'");
      break;
    case Kind::mode:
      if (!is_mode(text)) bad("a file mode in octal digits like '0755'");
      break;
    case Kind::duration:
      if (!parse_duration(text)) bad("a duration like '30s' or '1m30s'");
      break;
    case Kind::bytes:
      if (!parse_bytes(text)) bad("a size like '200MB' or '1.5GiB'");
      break;
    case Kind::platform:
      if (!image::Platform::parse(text)) bad("a platform like 'linux/amd64'");
      break;
    case Kind::path:
    case Kind::source:
    case Kind::tier:
    case Kind::base:
    case Kind::selector:
    case Kind::target:
    case Kind::handle:
      if (text.empty()) bad(fmt::format("{}, not empty", describe(type)));
      break;
    case Kind::enumeration:
      if (std::find(type.choices.begin(), type.choices.end(), text) == type.choices.end())
        add(fault(Fault::bad_value, "{} must be {}, found '{}'{}", phrase(place), describe(type),
                  printable(text), did_you_mean(text, type.choices)),
            place);
      break;
    default:
      break;
  }
}

void Validator::check_number(double number, const Type& type, const Place& place) {
  bool whole = std::isfinite(number) && std::floor(number) == number && std::fabs(number) < 9e15;
  std::string expected = describe(type);
  bool good = type.kind == Kind::number ? std::isfinite(number) : whole;
  double least = type.least, most = type.most;
  if (type.kind == Kind::port) std::tie(least, most) = std::pair(1, 65535);
  if (type.kind == Kind::user) std::tie(least, most) = std::pair(0, INT32_MAX);
  if (number < least || number > most) {
    good = false;
    if (most < 9e15)
      expected += fmt::format(" from {} to {}", least, most);
    else
      expected += " that is not negative";
  }
  if (!good) add(fault(Fault::bad_value, "{} must be {}, found {}", phrase(place), expected, number), place);
}

void Validator::check_list(const Value& value, const Type& type, const Place& place) {
  const Table& table = *value.table();
  static const TypePtr kText = types::string();
  const Type& item = type.item ? *type.item : *kText;
  if (!table.fields.empty())
    return add(fault(Fault::wrong_type, "{} must be {}, found the field '{}'", phrase(place), describe(type),
                     table.fields.begin()->first),
               place.at(table.fields.begin()->first));
  if (type.kind == Kind::argv && table.items.empty())
    return add(fault(Fault::bad_value, "{} must be a command, found an empty list", phrase(place)), place);
  for (size_t i = 0; i < table.items.size(); ++i)
    if (!surely_fits(table.items[i], item)) check(table.items[i], item, place.at(static_cast<int>(i + 1)));
}

void Validator::check_map(const Value& value, const Type& type, const Place& place) {
  const Table& table = *value.table();
  if (!table.items.empty())
    return add(fault(Fault::wrong_type, "{} must be {}, found {} without a name", phrase(place),
                     describe(type), describe(table.items[0])),
               place.at(1));
  for (const auto& [name, item] : table.fields) {
    if (graph::has_stamp(name))
      add(fault(Fault::stamp, "a name in {} holds a stamp", phrase(place)), place);
    else if (!surely_fits(item, *type.item))
      check(item, *type.item, place.at(name));
  }
}

void Validator::check_fields(const Table& table, const std::vector<Field>& fields, const Type* items,
                             const Place& place, Required required) {
  for (const auto& [name, value] : table.fields) {
    auto field = std::find_if(fields.begin(), fields.end(), [&, &wanted = name](const Field& candidate) {
      return candidate.name == wanted;
    });
    if (field == fields.end()) {
      std::vector<std::string> known;
      for (const Field& each : fields) known.push_back(each.name);
      Error error = fault(Fault::unknown_field, "unknown field '{}' in {}{}", printable(name), phrase(place),
                          did_you_mean(name, known));
      if (!suggest(name, known) && !known.empty() && known.size() <= kShownFields)
        error = std::move(error).hint("it has the fields " + join(known, ", "));
      add(std::move(error), place.at(name));
    } else if (!surely_fits(value, *field->type)) {
      check(value, *field->type, place.at(name));
    }
  }
  if (items == nullptr && !table.items.empty())
    add(fault(Fault::wrong_type, "{} takes named fields only, found {} without a name", phrase(place),
              describe(table.items[0])),
        place.at(1));
  if (items != nullptr)
    for (size_t i = 0; i < table.items.size(); ++i)
      if (!surely_fits(table.items[i], *items))
        check(table.items[i], *items, place.at(static_cast<int>(i + 1)));
  if (required == Required::no) return;
  for (const Field& field : fields)
    if (field.required == Required::yes && !table.has(field.name))
      add(fault(Fault::missing_field, "{} needs the field '{}' ({})", phrase(place), field.name,
                describe(*field.type)),
          place);
}

}  // namespace tierbuild::bindings
