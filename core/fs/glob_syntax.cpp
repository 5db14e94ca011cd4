#include "fs/glob_syntax.hpp"

namespace tierbuild::fs {
namespace {

constexpr size_t kMaxLength = 4096;
constexpr size_t kMaxAlternatives = 256;
constexpr size_t kMaxDepth = 32;
constexpr size_t kNone = std::string_view::npos;

/// The place of the `]` that closes the bracket at `open`, or kNone.
size_t bracket_end(std::string_view text, size_t open) {
  size_t at = open + 1;
  if (at < text.size() && (text[at] == '!' || text[at] == '^')) ++at;
  for (size_t first = at; at < text.size() && text[at] != '/'; ++at) {
    if (text[at] == ']' && at != first) return at;
    if (text[at] == '\\') ++at;
  }
  return kNone;
}

class BraceExpander {
 public:
  explicit BraceExpander(std::string_view text) : text_(text) {}

  Result<std::vector<std::string>> run() {
    if (text_.size() > kMaxLength)
      return Error::make(Code::invalid, "a pattern of {} bytes is too long", text_.size());
    return sequence(kNone);
  }

 private:
  Error fail(size_t at, std::string_view what) const {
    return Error::make(Code::invalid, "pattern '{}': {} (column {})", text_, what, at + 1);
  }

  /// All readings of the text up to its end, or up to the `,` or `}` that ends an alternative of the brace
  /// `open`.
  Result<std::vector<std::string>> sequence(size_t open) {
    std::vector<std::string> readings{""};
    while (at_ < text_.size()) {
      char c = text_[at_];
      if (open != kNone && (c == ',' || c == '}')) break;
      if (c == '{') {
        size_t brace = at_;
        TB_LET(std::vector<std::string> choices, alternatives());
        if (readings.size() * choices.size() > kMaxAlternatives) return fail(brace, "too many alternatives");
        std::vector<std::string> longer;
        for (const std::string& reading : readings)
          for (const std::string& choice : choices) longer.push_back(reading + choice);
        readings = std::move(longer);
      } else {
        TB_LET(size_t length, token_length());
        std::string_view token = text_.substr(at_, length);
        if (token == "\\/") token.remove_prefix(1);
        for (std::string& reading : readings) reading += token;
        at_ += length;
      }
    }
    return readings;
  }

  Result<std::vector<std::string>> alternatives() {
    size_t open = at_;
    if (depth_ == kMaxDepth) return fail(open, "braces are nested too deep");
    ++depth_;
    std::vector<std::string> choices;
    do {
      ++at_;
      TB_LET(std::vector<std::string> readings, sequence(open));
      choices.insert(choices.end(), readings.begin(), readings.end());
      if (choices.size() > kMaxAlternatives) return fail(open, "too many alternatives");
      if (at_ == text_.size()) return fail(open, "'{' is not closed");
    } while (text_[at_] == ',');
    ++at_;
    --depth_;
    return choices;
  }

  /// The length of the character, escape or bracket at the current place.
  Result<size_t> token_length() const {
    if (text_[at_] == '\\') {
      if (at_ + 1 == text_.size()) return fail(at_, "nothing follows the '\\'");
      return size_t{2};
    }
    if (text_[at_] != '[') return size_t{1};
    size_t end = bracket_end(text_, at_);
    if (end == kNone) return fail(at_, "'[' is not closed");
    if (size_t named = text_.substr(0, end).find("[:", at_ + 1); named != kNone)
      return fail(named, "named classes such as [:alpha:] are not known");
    return end + 1 - at_;
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t depth_ = 0;
};

/// One character of a bracket, without its escape; moves `at` past it.
char bracket_char(std::string_view text, size_t& at) {
  if (text[at] == '\\') ++at;
  return text[at++];
}

/// True if the bracket at pattern[at] holds the character; moves `at` past the bracket.
bool match_bracket(std::string_view pattern, size_t& at, char c) {
  size_t end = bracket_end(pattern, at);
  ++at;
  bool negated = pattern[at] == '!' || pattern[at] == '^';
  if (negated) ++at;
  bool found = false;
  auto byte = static_cast<unsigned char>(c);
  while (at < end) {
    auto low = static_cast<unsigned char>(bracket_char(pattern, at));
    auto high = low;
    if (at + 1 < end && pattern[at] == '-') {
      ++at;
      high = static_cast<unsigned char>(bracket_char(pattern, at));
    }
    found = found || (low <= byte && byte <= high);
  }
  at = end + 1;
  return found != negated;
}

/// Matches one non-star token at pattern[at] against a character; moves `at` past the token.
bool match_char(std::string_view pattern, size_t& at, char c) {
  if (pattern[at] == '[') return match_bracket(pattern, at, c);
  if (pattern[at] == '?') return ++at, true;
  return bracket_char(pattern, at) == c;
}

}  // namespace

Result<std::vector<std::string>> expand_braces(std::string_view pattern) {
  return BraceExpander(pattern).run();
}

bool has_wildcard(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '*' || text[i] == '?' || text[i] == '[')
      return true;
  }
  return false;
}

std::string unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    out += text[i];
  }
  return out;
}

bool match_name(std::string_view pattern, std::string_view name) {
  size_t p = 0, n = 0, after_star = kNone, retry = 0;
  for (;;) {
    if (p < pattern.size() && pattern[p] == '*') {
      after_star = ++p;
      retry = n;
      continue;
    }
    if (p == pattern.size() && n == name.size()) return true;
    if (p < pattern.size() && n < name.size() && match_char(pattern, p, name[n])) {
      ++n;
      continue;
    }
    if (after_star == kNone || retry == name.size()) return false;
    n = ++retry;
    p = after_star;
  }
}

}  // namespace tierbuild::fs
