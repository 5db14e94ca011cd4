#include "graph/change.hpp"

#include <array>

#include "base/strings.hpp"

namespace tierbuild::graph {
namespace {

using How = Change::How;
using Subject = Change::Subject;

constexpr size_t kLongestValue = 60;

// Cut between characters; on one line.
std::string shortened(std::string_view text) {
  std::string line = printable(trim(text));
  std::replace(line.begin(), line.end(), '\n', ' ');
  if (line.size() <= kLongestValue) return line;
  size_t end = kLongestValue;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;
  return line.substr(0, end) + "…";
}

std::string short_value(const std::string& value) {
  constexpr std::string_view kPrefix = "sha256:";
  constexpr size_t kShown = 12, kHexDigits = 64;
  if (value.starts_with(kPrefix)) return value.substr(0, kPrefix.size() + kShown);
  bool digest =
      value.size() == kHexDigits && value.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (digest) return value.substr(0, kShown);
  return value.empty() ? "nothing" : shortened(value);
}

std::string arrow(const std::string& before, const std::string& now) {
  return fmt::format("{} → {}", short_value(before), short_value(now));
}

// "NAME is new", "NAME is gone", or "NAME: before → now".
std::string with_values(const std::string& name, const Change& change) {
  if (change.how == How::added)
    return change.now.empty() ? fmt::format("{} is new", name)
                              : fmt::format("{} is new: {}", name, short_value(change.now));
  if (change.how == How::gone)
    return change.before.empty() ? fmt::format("{} is gone", name)
                                 : fmt::format("{} is gone, it was {}", name, short_value(change.before));
  return fmt::format("{}: {}", name, arrow(change.before, change.now));
}

std::string of_file(const Change& change) {
  std::string name = printable(change.name);
  switch (change.how) {
    case How::added:
      return name + " is new";
    case How::gone:
      return change.now.empty() ? name + " is gone" : fmt::format("{} is left out by {}", name, change.now);
    case How::renamed:
      return fmt::format("{} was renamed to {}", printable(change.before), name);
    case How::mode:
      return fmt::format("{}: mode {} → {}", name, change.before, change.now);
    case How::changed:
      break;
  }
  return name + " changed";
}

std::string of_requirement(const Change& change) {
  switch (change.how) {
    case How::added:
      return fmt::format("{} {} is new", change.name, change.now);
    case How::gone:
      return fmt::format("{} {} is gone", change.name, change.before);
    default:
      break;
  }
  if (change.before == change.now) return fmt::format("{} {} has other hashes", change.name, change.now);
  return fmt::format("{} {}", change.name, arrow(change.before, change.now));
}

std::string of_image(const Change& change) {
  if (change.name.empty()) return "the layers below changed";
  switch (change.how) {
    case How::added:
      return change.name + " is new";
    case How::gone:
      return change.name + " is gone";
    default:
      return change.name + " changed";
  }
}

std::string of_step(const Change& change) {
  if (change.how == How::renamed) return fmt::format("{} was renamed to {}", change.before, change.name);
  return change.name.empty() ? "never built" : fmt::format("it is a new step of {}", change.name);
}

std::string quoted(const std::string& text) {
  return "`" + shortened(text) + "`";
}

std::string of_line(const std::string& name, const Change& change) {
  if (change.how == How::added) return fmt::format("{}: {} is new", name, quoted(change.now));
  if (change.how == How::gone) return fmt::format("{}: {} is gone", name, quoted(change.before));
  return fmt::format("{}: {} → {}", name, quoted(change.before), quoted(change.now));
}

std::string without_place(const Change& change) {
  switch (change.subject) {
    case Subject::file:
      return of_file(change);
    case Subject::link:
      return with_values("link " + printable(change.name), change);
    case Subject::requirement:
      return of_requirement(change);
    case Subject::text:
      return of_line(printable(change.name), change);
    case Subject::script:
      return of_line("its script", change);
    case Subject::word:
      return of_line(change.name == "argv" ? "its command" : printable(change.name), change);
    case Subject::package:
      if (change.how == How::changed) return with_values("package " + printable(change.name), change);
      return fmt::format("package {} is {}", printable(change.name),
                         change.how == How::gone ? "gone" : "new");
    case Subject::field:
    case Subject::mount:
    case Subject::item:
      return with_values(printable(change.name), change);
    case Subject::image:
      return of_image(change);
    case Subject::step:
      return of_step(change);
    case Subject::record:
      return change.now.empty() ? "its layer is no longer in the store"
                                : "its record is no longer in the store: it was pruned";
    case Subject::request:
      return change.name + " asked for it";
    case Subject::places:
      return "the place, owner or order of copied files changed";
    case Subject::version:
      return "another version of tierbuild made it";
  }
  return {};
}

}  // namespace

std::string_view name_of(Subject subject) {
  static constexpr std::array<std::string_view, 16> kNames{
      "file",  "link", "requirement", "text", "script", "word",    "package", "field",
      "mount", "item", "image",       "step", "record", "request", "places",  "version"};
  return kNames[static_cast<size_t>(subject)];
}

std::string_view name_of(How how) {
  static constexpr std::array<std::string_view, 5> kNames{"changed", "added", "gone", "renamed", "mode"};
  return kNames[static_cast<size_t>(how)];
}

std::string text_of(const Change& change) {
  std::string text = without_place(change);
  if (!change.where.known() || change.subject != Subject::requirement) return text;
  for (size_t i = 0; i < change.via.size(); ++i)
    text += (i == 0 ? ", via " : ", ") + change.via[i].file + ":" + std::to_string(change.via[i].line);
  return fmt::format("{}:{}: {}", change.where.file, change.where.line, text);
}

std::string text_of(const std::vector<Change>& changes) {
  if (changes.empty()) return {};
  std::string text = text_of(changes.front());
  if (changes.size() > 1) text += fmt::format(", and {} more", changes.size() - 1);
  return text;
}

}  // namespace tierbuild::graph
