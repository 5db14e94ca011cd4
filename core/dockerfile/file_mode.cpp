#include "dockerfile/file_mode.hpp"

#include <charconv>

namespace tierbuild::dockerfile {
namespace {

constexpr uint32_t kSetUid = 04000, kSetGid = 02000, kSticky = 01000;
constexpr uint32_t kUser = 0700, kGroup = 0070, kOther = 0007;
constexpr uint32_t kAll = kSetUid | kSetGid | kUser | kGroup | kOther;

// The permissions of a class, as those of others.
uint32_t of_class(uint32_t mode, char name) {
  return mode >> (name == 'u' ? 6 : name == 'g' ? 3 : 0) & 07;
}

}  // namespace

Result<FileMode> FileMode::parse(std::string_view text) {
  auto wrong = [&] {
    return Error::make(Code::invalid, "'{}' is no mode: it is octal, from 0 to 07777, or as chmod takes it",
                       text);
  };
  FileMode out;
  if (text.empty()) return wrong();
  if (text[0] >= '0' && text[0] <= '9') {
    uint32_t number = 0;
    auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number, 8);
    if (failure != std::errc{} || end != text.data() + text.size() || number > 07777) return wrong();
    out.number_ = number;
    return out;
  }
  size_t at = 0;
  for (;;) {
    uint32_t who = 0;
    for (; at < text.size() && std::string_view("augo").find(text[at]) != std::string_view::npos; ++at) {
      if (text[at] == 'a') who |= kAll;
      if (text[at] == 'u') who |= kSetUid | kUser;
      if (text[at] == 'g') who |= kSetGid | kGroup;
      if (text[at] == 'o') who |= kOther;
    }
    do {
      if (at == text.size() || std::string_view("+-=").find(text[at]) == std::string_view::npos)
        return wrong();
      Change change{.who = who, .op = text[at++]};
      bool others_only = who != 0 && (who & ~kOther) == 0, written = false;
      for (; at < text.size(); ++at) {
        char c = text[at];
        if (c == 'r')
          change.bits |= 0444;
        else if (c == 'w')
          change.bits |= 0222;
        else if (c == 'x' || (c == 'X' && change.op == '-'))
          change.bits |= 0111;
        else if (c == 'X')
          change.search = 0111;
        else if (c == 's')
          change.bits |= others_only ? 0 : kSetUid | kSetGid;
        else if (c == 't') {
          if (others_only) continue;
          if (change.who != 0) change.who |= kSticky;
          change.bits |= kSticky;
        } else if (c == 'u' || c == 'g' || c == 'o') {
          if (change.bits != 0 || change.search != 0) out.changes_.push_back(change);
          out.changes_.push_back({.who = who, .op = change.op, .copied = c});
          change.bits = change.search = 0;
          written = true;
        } else {
          break;
        }
      }
      bool clears = change.op == '=' && !written;
      if (change.bits != 0 || change.search != 0 || clears) out.changes_.push_back(change);
    } while (at < text.size() && text[at] != ',');
    if (at == text.size()) return out;
    ++at;
  }
}

uint32_t FileMode::applied(uint32_t mode, Of of) const {
  if (number_) return *number_;
  uint32_t now = mode;
  bool searched = of == Of::directory || (mode & 0111) != 0;
  for (const Change& change : changes_) {
    uint32_t who = change.who == 0 ? kAll | kSticky : change.who;
    uint32_t bits = change.bits;
    if (searched) bits |= change.search;
    if (change.copied != 0) {
      bits = of_class(now, change.copied) * 0111;
      who &= kUser | kGroup | kOther;
    }
    if (change.op == '-')
      now &= ~(bits & who);
    else if (change.op == '=')
      now = (now & ~(change.who == 0 && change.copied == 0 ? kAll : who)) | (bits & who);
    else
      now |= bits & who;
  }
  return now;
}

}  // namespace tierbuild::dockerfile
