#include "build/place_owner.hpp"

#include <charconv>

#include "base/strings.hpp"

namespace tierbuild::build {
namespace {

std::optional<uint32_t> number_of(std::string_view text) {
  uint32_t value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || value > INT32_MAX) return std::nullopt;
  return value;
}

// The fields of the line of /etc/passwd or /etc/group that begins with the name; none if there is none.
Result<std::vector<std::string>> account(const archive::MergedView* image, const char* file,
                                         std::string_view name) {
  std::vector<std::string> found;
  if (image == nullptr || image->layers_bottom_first().empty())
    return Error::make(Code::invalid, "the owner '{}' cannot be looked up: the image has no files yet", name)
        .hint("use a number");
  TB_LET(std::optional<std::string> text, image->read(file), "while looking up the owner '{}'", name);
  if (!text) return found;
  for (std::string_view line : split(*text, '\n')) {
    std::vector<std::string_view> fields = split(line, ':');
    if (fields[0] != name || fields.size() < 3) continue;
    found.assign(fields.begin(), fields.end());
    break;
  }
  return found;
}

}  // namespace

Result<Ids> ids_of(std::string_view owner, const archive::MergedView* image) {
  Ids ids;
  std::string_view user = owner.substr(0, owner.find(':'));
  if (auto number = number_of(user)) {
    ids = {*number, *number};
  } else if (!user.empty() && user != "root") {
    TB_LET(std::vector<std::string> fields, account(image, "etc/passwd", user));
    if (fields.size() > 3) ids = {number_of(fields[2]).value_or(0), number_of(fields[3]).value_or(0)};
  }
  if (user.size() == owner.size()) return ids;
  std::string_view group = owner.substr(user.size() + 1);
  if (auto number = number_of(group)) {
    ids.gid = *number;
  } else if (group.empty() || group == "root") {
    ids.gid = 0;
  } else {
    TB_LET(std::vector<std::string> fields, account(image, "etc/group", group));
    if (!fields.empty()) ids.gid = number_of(fields[2]).value_or(0);
  }
  return ids;
}

}  // namespace tierbuild::build
