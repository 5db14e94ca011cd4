#include "bindings/lua_pattern.hpp"

#include <cctype>
#include <cstring>

#include "base/scope_guard.hpp"

namespace tierbuild::bindings {
namespace {

constexpr int kDeepest = 150;
constexpr size_t kMostCaptures = 32;
constexpr size_t kNone = std::string_view::npos;
constexpr size_t kSkippedAtOnce = 16;  // bytes that are searched for another one count little

bool in_class(unsigned char c, char name) {
  bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z', digit = c >= '0' && c <= '9';
  bool result = false;
  switch (name | 0x20) {
    case 'a':
      result = upper || lower;
      break;
    case 'c':
      result = c < 32 || c == 127;
      break;
    case 'd':
      result = digit;
      break;
    case 'l':
      result = lower;
      break;
    case 'p':
      result = c > 32 && c < 127 && !upper && !lower && !digit;
      break;
    case 's':
      result = c == ' ' || (c >= 9 && c <= 13);
      break;
    case 'u':
      result = upper;
      break;
    case 'w':
      result = upper || lower || digit;
      break;
    case 'x':
      result = digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      break;
    case 'z':
      result = c == 0;
      break;
    default:
      return static_cast<unsigned char>(name) == c;
  }
  return (name >= 'A' && name <= 'Z') ? !result : result;
}

// The byte that every match of a pattern begins with, if that is plain to see.
std::optional<char> first_byte(std::string_view pattern) {
  constexpr std::string_view kMagic = "^$*+?.([%-)";
  if (pattern.empty()) return std::nullopt;
  bool escaped = pattern[0] == '%';
  size_t end = escaped ? 2 : 1;
  if (pattern.size() < end) return std::nullopt;
  char byte = pattern[end - 1];
  bool is_plain =
      escaped ? !std::isalnum(static_cast<unsigned char>(byte)) : kMagic.find(byte) == std::string_view::npos;
  bool may_lack =
      pattern.size() > end && std::string_view("*?-").find(pattern[end]) != std::string_view::npos;
  return is_plain && !may_lack ? std::optional(byte) : std::nullopt;
}

/// Backtracking over one text. `p` is a place in the pattern, `s` in the text; a match returns its end.
class Matcher {
 public:
  Matcher(std::string_view pattern, std::string_view text, uint64_t budget)
      : pattern_(pattern), text_(text), budget_(budget) {}

  size_t run(size_t p, size_t s) {
    captures_.clear();
    return match(p, s, 0);
  }
  const std::vector<PatternCapture>& captures() const { return captures_; }
  const char* failure() const { return failure_; }
  uint64_t work() const { return work_; }
  void add_work(uint64_t more) { work_ += more; }

 private:
  size_t fail(const char* why) {
    if (failure_ == nullptr) failure_ = why;
    return kNone;
  }
  bool at_end(size_t p) const { return p >= pattern_.size(); }
  unsigned char byte(size_t s) const { return static_cast<unsigned char>(text_[s]); }

  // The end of the single-character item at `p`, or kNone.
  size_t item_end(size_t p) {
    char c = pattern_[p++];
    if (c == '%') return at_end(p) ? fail("the pattern ends with '%'") : p + 1;
    if (c != '[') return p;
    if (!at_end(p) && pattern_[p] == '^') ++p;
    do {
      if (at_end(p)) return fail("']' is missing in the pattern");
      if (pattern_[p++] == '%') ++p;
    } while (at_end(p) || pattern_[p] != ']');
    return p + 1;
  }

  bool in_set(unsigned char c, size_t p, size_t end) const {
    bool negated = pattern_[p + 1] == '^';
    size_t at = p + 1 + (negated ? 1 : 0);
    for (bool first = true; at < end && (first || pattern_[at] != ']'); first = false) {
      if (pattern_[at] == '%' && at + 1 < end) {
        if (in_class(c, pattern_[at + 1])) return !negated;
        at += 2;
      } else if (at + 2 < end && pattern_[at + 1] == '-') {
        auto low = static_cast<unsigned char>(pattern_[at]),
             high = static_cast<unsigned char>(pattern_[at + 2]);
        if (low <= c && c <= high) return !negated;
        at += 3;
      } else {
        if (static_cast<unsigned char>(pattern_[at]) == c) return !negated;
        ++at;
      }
    }
    return negated;
  }

  bool matches_one(size_t s, size_t p, size_t end) {
    if (++work_ > budget_) {
      fail("the pattern takes too long on this text");
      return false;
    }
    if (s >= text_.size()) return false;
    switch (pattern_[p]) {
      case '.':
        return true;
      case '%':
        return in_class(byte(s), pattern_[p + 1]);
      case '[':
        return in_set(byte(s), p, end - 1);
      default:
        return pattern_[p] == text_[s];
    }
  }

  size_t match(size_t p, size_t s, int depth) {
    if (depth > kDeepest) return fail("the pattern is too complex");
    while (failure_ == nullptr) {
      if (++work_ > budget_) return fail("the pattern takes too long on this text");
      if (at_end(p)) return s;
      char c = pattern_[p];
      if (c == '(') return open_capture(p, s, depth);
      if (c == ')') return close_capture(p, s, depth);
      if (c == '$' && p + 1 == pattern_.size()) return s == text_.size() ? s : kNone;
      if (c == '%' && p + 1 < pattern_.size()) {
        char next = pattern_[p + 1];
        if (next == 'b' || next == 'f' || (next >= '0' && next <= '9')) {
          s = next == 'b' ? balance(p, s) : next == 'f' ? frontier(p, s) : back_reference(next, s);
          if (s == kNone) return kNone;
          p = next == 'b' ? p + 4 : next == 'f' ? item_end(p + 2) : p + 2;
          continue;
        }
      }
      size_t end = item_end(p);
      if (end == kNone) return kNone;
      char suffix = at_end(end) ? '\0' : pattern_[end];
      if (suffix == '*') return longest(p, end, s, 0, depth);
      if (suffix == '+') return longest(p, end, s, 1, depth);
      if (suffix == '-') return shortest(p, end, s, depth);
      if (suffix == '?') {
        if (matches_one(s, p, end)) {
          size_t result = match(end + 1, s + 1, depth + 1);
          if (result != kNone) return result;
        }
        p = end + 1;
        continue;
      }
      if (!matches_one(s, p, end)) return kNone;
      ++s;
      p = end;
    }
    return kNone;
  }

  size_t longest(size_t p, size_t end, size_t s, size_t least, int depth) {
    size_t count = 0;
    while (matches_one(s + count, p, end)) ++count;
    for (; failure_ == nullptr && count + 1 > least; --count) {
      size_t result = match(end + 1, s + count, depth + 1);
      if (result != kNone) return result;
      if (count == 0) break;
    }
    return kNone;
  }

  size_t shortest(size_t p, size_t end, size_t s, int depth) {
    while (failure_ == nullptr) {
      size_t result = match(end + 1, s, depth + 1);
      if (result != kNone) return result;
      if (!matches_one(s, p, end)) return kNone;
      ++s;
    }
    return kNone;
  }

  size_t open_capture(size_t p, size_t s, int depth) {
    if (captures_.size() >= kMostCaptures) return fail("the pattern has too many captures");
    bool position = p + 1 < pattern_.size() && pattern_[p + 1] == ')';
    size_t held = captures_.size();
    captures_.push_back({s, position ? s : kNone, position});
    size_t result = match(p + (position ? 2 : 1), s, depth + 1);
    if (result == kNone) captures_.resize(held);
    return result;
  }

  size_t close_capture(size_t p, size_t s, int depth) {
    for (size_t i = captures_.size(); i-- > 0;) {
      if (captures_[i].end != kNone) continue;
      captures_[i].end = s;
      size_t result = match(p + 1, s, depth + 1);
      if (result == kNone && i < captures_.size()) captures_[i].end = kNone;
      return result;
    }
    return fail("')' without '(' in the pattern");
  }

  size_t balance(size_t p, size_t s) {
    if (p + 3 >= pattern_.size()) return fail("'%b' needs two characters");
    if (s >= text_.size() || text_[s] != pattern_[p + 2]) return kNone;
    size_t open = 1;
    for (size_t at = s + 1; at < text_.size(); ++at) {
      ++work_;
      if (text_[at] == pattern_[p + 3]) {
        if (--open == 0) return at + 1;
      } else if (text_[at] == pattern_[p + 2]) {
        ++open;
      }
    }
    return kNone;
  }

  size_t frontier(size_t p, size_t s) {
    if (p + 2 >= pattern_.size() || pattern_[p + 2] != '[') return fail("'%f' needs a set like %f[%w]");
    size_t end = item_end(p + 2);
    if (end == kNone) return kNone;
    unsigned char before = s == 0 ? 0 : byte(s - 1), here = s < text_.size() ? byte(s) : 0;
    return !in_set(before, p + 2, end - 1) && in_set(here, p + 2, end - 1) ? s : kNone;
  }

  size_t back_reference(char digit, size_t s) {
    size_t index = static_cast<size_t>(digit - '1');
    if (digit == '0' || index >= captures_.size() || captures_[index].end == kNone)
      return fail("the pattern refers to a capture that it does not have");
    std::string_view held =
        text_.substr(captures_[index].begin, captures_[index].end - captures_[index].begin);
    work_ += held.size();
    return text_.substr(s, held.size()) == held ? s + held.size() : kNone;
  }

  std::string_view pattern_, text_;
  uint64_t budget_, work_ = 0;
  std::vector<PatternCapture> captures_;
  const char* failure_ = nullptr;
};

}  // namespace

Result<std::optional<PatternMatch>> LuaPattern::find(std::string_view text, size_t from) {
  bool anchored = pattern_.starts_with('^');
  const std::optional<char> first = first_byte(pattern_);
  Matcher matcher(pattern_, text, budget_ > work_ ? budget_ - work_ : 0);
  ScopeGuard count([&] { work_ += matcher.work(); });
  for (size_t s = from; s <= text.size(); ++s) {
    if (first) {
      const void* next = s < text.size() ? std::memchr(text.data() + s, *first, text.size() - s) : nullptr;
      size_t skipped = next == nullptr ? text.size() - s : static_cast<const char*>(next) - (text.data() + s);
      matcher.add_work(skipped / kSkippedAtOnce);
      if (next == nullptr) break;
      s += skipped;
    }
    size_t end = matcher.run(anchored ? 1 : 0, s);
    if (matcher.failure() != nullptr) return Error(Code::invalid, matcher.failure());
    if (end != kNone) {
      for (const PatternCapture& capture : matcher.captures())
        if (capture.end == kNone) return Error(Code::invalid, "'(' without ')' in the pattern");
      return std::optional(PatternMatch{s, end, matcher.captures()});
    }
    if (anchored) break;
  }
  return std::optional<PatternMatch>();
}

}  // namespace tierbuild::bindings
