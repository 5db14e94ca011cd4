#include "dockerfile/mount.hpp"

#include <charconv>

#include "base/strings.hpp"
#include "dockerfile/duration.hpp"
#include "dockerfile/statement.hpp"

namespace tierbuild::dockerfile {
namespace {

const std::vector<std::string> kKeys{
    "type", "from",     "source", "src", "target",  "dst",  "destination", "readonly", "ro", "readwrite",
    "rw",   "required", "size",   "id",  "sharing", "mode", "uid",         "gid",      "env"};
const std::vector<std::string> kTypes{"bind", "cache", "tmpfs", "secret", "ssh"};
const std::vector<std::string> kSharings{"shared", "private", "locked"};

std::optional<size_t> index_of(const std::vector<std::string>& names, const std::string& name) {
  auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<size_t>(found - names.begin());
}

std::optional<uint32_t> number(std::string_view text, int base) {
  uint32_t value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

class MountReader {
 public:
  MountReader(const Word& word, const File& file) : word_(word), file_(file) {}

  Result<Mount> read(const ReplaceVariables& replace) {
    TB_LET(std::vector<std::string> fields, fields_of());
    for (const std::string& field : fields) TB_TRY(take(field, replace));
    TB_TRY(fits());
    if (!access_given_) mount_.read_only = !holds_nothing();
    return std::move(mount_);
  }

  Result<std::vector<std::string>> fields_of() const {
    Result<std::vector<std::string>> fields = comma_fields(word_.text);
    if (!fields) return std::move(fields).error().at(file_.at(word_.range));
    return fields;
  }

  Error fail(std::string message) const {
    return Error(Code::invalid, std::move(message)).at(file_.at(word_.range));
  }

 private:
  using Type = Mount::Type;

  bool holds_nothing() const { return mount_.type == Type::cache || mount_.type == Type::tmpfs; }
  const std::string& type() const { return kTypes[static_cast<size_t>(mount_.type)]; }

  Status take(const std::string& field, const ReplaceVariables& replace) {
    size_t equals = field.find('=');
    std::string key = lower(std::string_view(field).substr(0, equals));
    if (!index_of(kKeys, key)) return fail(fmt::format("a mount has no key '{}'{}", key, guess(key, kKeys)));
    if (equals == std::string::npos) return take_alone(key);
    Result<std::string> value = replace(field.substr(equals + 1));
    if (!value) return std::move(value).error();
    return take(key, *value);
  }

  Status take_alone(const std::string& key) {
    bool read = key == "readonly" || key == "ro", write = key == "readwrite" || key == "rw";
    if (read || write) {
      mount_.read_only = read;
      access_given_ = true;
      return {};
    }
    if (key == "required") return take(key, "true");
    return fail(fmt::format("the key '{}' of a mount needs a value", key));
  }

  Status take(const std::string& key, const std::string& value) {
    auto wrong = [&] {
      return fail(fmt::format("'{}' is no value for the key '{}' of a mount", value, key));
    };
    auto not_here = [&] { return fail(fmt::format("a mount of type '{}' has no key '{}'", type(), key)); };
    if (key == "type") {
      auto index = index_of(kTypes, lower(value));
      if (!index) return fail(fmt::format("'{}' is no type of a mount{}", value, guess(value, kTypes)));
      mount_.type = static_cast<Type>(*index);
    } else if (key == "from") {
      mount_.from = value;
    } else if (key == "source" || key == "src") {
      mount_.source = value;
    } else if (key == "target" || key == "dst" || key == "destination") {
      mount_.target = value;
    } else if (key == "readonly" || key == "ro" || key == "readwrite" || key == "rw") {
      auto flag = go_bool(value);
      if (!flag) return wrong();
      bool writes = key == "readwrite" || key == "rw";
      mount_.read_only = *flag != writes;
      access_given_ = true;
    } else if (key == "required") {
      if (mount_.type != Type::secret && mount_.type != Type::ssh) return not_here();
      auto flag = go_bool(value);
      if (!flag) return wrong();
      mount_.required = *flag;
    } else if (key == "size") {
      if (mount_.type != Type::tmpfs) return not_here();
      auto bytes = go_bytes(value);
      if (!bytes) return wrong();
      mount_.size = *bytes;
    } else if (key == "id") {
      mount_.id = value;
    } else if (key == "sharing") {
      auto index = index_of(kSharings, lower(value));
      if (!index) return fail(fmt::format("'{}' is no sharing of a cache{}", value, guess(value, kSharings)));
      mount_.sharing = static_cast<Mount::Sharing>(*index);
    } else if (key == "env") {
      mount_.env = value;
    } else {
      auto parsed = number(value, key == "mode" ? 8 : 10);
      if (!parsed) return wrong();
      (key == "mode" ? mount_.mode : key == "uid" ? mount_.uid : mount_.gid) = parsed;
    }
    return {};
  }

  Status fits() const {
    bool has_owner = mount_.type == Type::secret || mount_.type == Type::ssh || mount_.type == Type::cache;
    const std::array<std::pair<const char*, bool>, 3> owner{{{"mode", mount_.mode.has_value()},
                                                             {"uid", mount_.uid.has_value()},
                                                             {"gid", mount_.gid.has_value()}}};
    for (auto [name, given] : owner)
      if (given && !has_owner) return fail(fmt::format("a mount of type '{}' has no key '{}'", type(), name));
    if (mount_.sharing && mount_.type != Type::cache)
      return fail(fmt::format("a mount of type '{}' has no key 'sharing'", type()));
    if (mount_.type != Type::secret) return {};
    if (!mount_.from.empty()) return fail("a mount of type 'secret' has no key 'from'");
    if (mount_.source.empty() && mount_.target.empty() && mount_.id.empty())
      return fail("a secret needs an 'id' or a 'target'");
    if (!mount_.source.empty() && !mount_.id.empty())
      return fail("a secret has either an 'id' or a 'source'");
    return {};
  }

  const Word& word_;
  const File& file_;
  Mount mount_;
  bool access_given_ = false;
};

}  // namespace

Result<std::vector<std::string>> comma_fields(std::string_view text) {
  std::vector<std::string> fields(1);
  for (size_t at = 0; at < text.size();) {
    if (text[at] != '"') {
      size_t end = std::min(text.find(',', at), text.size());
      fields.back() = text.substr(at, end - at);
      if (fields.back().find('"') != std::string::npos)
        return Error::make(Code::invalid, "a '\"' may only enclose a whole field: {}", text);
      at = end;
    } else {
      for (++at;;) {
        if (at >= text.size()) return Error::make(Code::invalid, "a '\"' is not closed: {}", text);
        char c = text[at++];
        bool doubled = c == '"' && at < text.size() && text[at] == '"';
        if (c == '"' && !doubled) break;
        if (doubled) ++at;
        fields.back() += c;
      }
    }
    if (at >= text.size()) break;
    if (text[at] != ',') return Error::make(Code::invalid, "a '\"' may only enclose a whole field: {}", text);
    ++at;
    fields.emplace_back();
  }
  return fields;
}

Result<Mount> parse_mount(const Word& word, const File& file, const ReplaceVariables& replace) {
  return MountReader(word, file).read(replace);
}

Status check_mount(const Word& word, const File& file) {
  MountReader reader(word, file);
  TB_LET(std::vector<std::string> fields, reader.fields_of());
  for (const std::string& field : fields) {
    size_t equals = field.find('=');
    if (equals == std::string::npos || lower(std::string_view(field).substr(0, equals)) != "from") continue;
    size_t dollar = field.find('$', equals);
    if (dollar != std::string::npos && dollar + 1 < field.size())
      return reader.fail("the key 'from' of a mount takes no variables")
          .hint("give the image a stage of its own: FROM $image AS name");
  }
  return {};
}

}  // namespace tierbuild::dockerfile
