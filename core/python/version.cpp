#include "python/version.hpp"

#include <algorithm>
#include <charconv>

#include "base/strings.hpp"

namespace tierbuild::python {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_separator(char c) {
  return c == '-' || c == '_' || c == '.';
}

/// Reads the grammar of PEP 440 from lower-case text, in its forgiving spellings.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::optional<Version> run() {
    Version version;
    if (next() == 'v') ++at_;
    std::optional<uint64_t> first = number();
    if (!first) return std::nullopt;
    if (next() == '!') {
      ++at_;
      version.epoch = *first;
      first = number();
      if (!first) return std::nullopt;
    }
    version.release.push_back(*first);
    while (next() == '.' && is_digit(peek(1))) {
      ++at_;
      std::optional<uint64_t> part = number();
      if (!part) return std::nullopt;
      version.release.push_back(*part);
    }
    while (version.release.size() > 1 && version.release.back() == 0) version.release.pop_back();
    pre(version);
    post(version);
    dev(version);
    if (next() == '+' && !local(version)) return std::nullopt;
    if (at_ != text_.size() || overflow_) return std::nullopt;
    return version;
  }

 private:
  char peek(size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  char next() const { return peek(0); }

  std::optional<uint64_t> number() {
    uint64_t value = 0;
    auto [end, failure] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (failure == std::errc::invalid_argument) return std::nullopt;
    if (failure == std::errc::result_out_of_range) overflow_ = true;
    at_ = static_cast<size_t>(end - text_.data());
    return value;
  }

  // One of `words` and its number, as `.post1`, `-r4`, `rc`; without a number it is 0.
  std::optional<std::pair<std::string_view, uint64_t>> tagged(std::initializer_list<std::string_view> words) {
    size_t start = at_;
    if (is_separator(next())) ++at_;
    for (std::string_view word : words) {
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      if (is_separator(next()) && is_digit(peek(1))) ++at_;
      return std::pair{word, number().value_or(0)};
    }
    at_ = start;
    return std::nullopt;
  }

  void pre(Version& version) {
    auto found = tagged({"alpha", "a", "beta", "b", "preview", "pre", "rc", "c"});
    if (!found) return;
    char first = found->first.front();
    version.pre = {first == 'a' ? "a" : first == 'b' ? "b" : "rc", found->second};
  }
  void post(Version& version) {
    if (next() == '-' && is_digit(peek(1))) {
      ++at_;
      version.post = number();
    } else if (auto found = tagged({"post", "rev", "r"})) {
      version.post = found->second;
    }
  }
  void dev(Version& version) {
    if (auto found = tagged({"dev"})) version.dev = found->second;
  }

  bool local(Version& version) {
    do {
      ++at_;
      size_t start = at_;
      while (is_digit(next()) || is_letter(next())) ++at_;
      std::string_view part = text_.substr(start, at_ - start);
      if (part.empty()) return false;
      if (std::all_of(part.begin(), part.end(), is_digit)) {
        size_t end = at_;
        at_ = start;
        version.local.emplace_back(number().value_or(0));
        at_ = end;
      } else {
        version.local.emplace_back(std::string(part));
      }
    } while (is_separator(next()));
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
  bool overflow_ = false;
};

// A release before any pre-release of it sorts as if its parts were below, one after as if above.
constexpr int kBelow = -1, kThere = 0, kAbove = 1;

std::tuple<int, std::string_view, uint64_t> pre_key(const Version& version) {
  if (version.pre) return {kThere, version.pre->first, version.pre->second};
  return {!version.post && version.dev ? kBelow : kAbove, {}, 0};
}
std::pair<int, uint64_t> post_key(const Version& version) {
  return version.post ? std::pair{kThere, *version.post} : std::pair{kBelow, uint64_t{0}};
}
std::pair<int, uint64_t> dev_key(const Version& version) {
  return version.dev ? std::pair{kThere, *version.dev} : std::pair{kAbove, uint64_t{0}};
}

bool is_prerelease(const Version& version) {
  return version.pre || version.dev;
}
bool same_base(const Version& one, const Version& other) {
  return one.epoch == other.epoch && one.release == other.release;
}
Version without_local(Version version) {
  version.local.clear();
  return version;
}
Version base_of(const Version& version) {
  Version base;
  base.epoch = version.epoch;
  base.release = version.release;
  return base;
}

/// A clause that is well formed.
struct Clause {
  std::string_view op;
  Version version;
  bool wildcard = false;
  size_t written = 0;  // parts of the release as written, trailing zeros counted
};

size_t written_parts(std::string_view text) {
  size_t bang = text.find('!');
  if (bang != std::string_view::npos) text.remove_prefix(bang + 1);
  text = trim(text);
  if (text.starts_with('v') || text.starts_with('V')) text.remove_prefix(1);
  size_t parts = 1;
  for (size_t i = 0; i + 1 < text.size() && (is_digit(text[i]) || text[i] == '.'); ++i)
    if (text[i] == '.' && is_digit(text[i + 1])) ++parts;
  return parts;
}

std::optional<Clause> clause_of(const Specifier& specifier) {
  Clause clause{specifier.op, {}, false, 0};
  std::string_view text = specifier.version;
  bool equality = clause.op == "==" || clause.op == "!=";
  if (equality && text.ends_with(".*")) {
    clause.wildcard = true;
    text.remove_suffix(2);
  }
  auto version = parse_version(text);
  if (!version || clause.op == "===") return std::nullopt;
  clause.version = std::move(*version);
  clause.written = written_parts(text);
  if (clause.op == "~=" && clause.written < 2) return std::nullopt;
  return clause;
}

bool has_prefix(const Version& version, const Version& prefix, size_t length) {
  if (version.epoch != prefix.epoch) return false;
  auto part = [](const Version& of, size_t i) { return i < of.release.size() ? of.release[i] : 0; };
  for (size_t i = 0; i < length; ++i)
    if (part(version, i) != part(prefix, i)) return false;
  return true;
}

bool equals(const Version& version, const Clause& clause) {
  if (clause.wildcard) return has_prefix(version, clause.version, clause.written);
  return (clause.version.local.empty() ? without_local(version) : version) == clause.version;
}

bool fulfils(const Version& version, const Clause& clause) {
  const Version& bound = clause.version;
  if (clause.op == "==") return equals(version, clause);
  if (clause.op == "!=") return !equals(version, clause);
  if (clause.op == "<=") return without_local(version) <= bound;
  if (clause.op == ">=") return without_local(version) >= bound;
  if (clause.op == "~=")
    return without_local(version) >= bound && has_prefix(version, bound, clause.written - 1);
  // An exclusive bound also excludes the pre-releases, post-releases and local versions of its own release.
  if (clause.op == "<")
    return version < bound && (is_prerelease(bound) || !is_prerelease(version) || !same_base(version, bound));
  bool variant = (version.post && !bound.post) || !version.local.empty();
  return version > bound && !(variant && same_base(version, bound));
}

bool fulfils(std::string_view text, const std::optional<Version>& version, const Specifier& specifier) {
  std::optional<Clause> clause = clause_of(specifier);
  if (clause && version) return fulfils(*version, *clause);
  return lower(trim(text)) == lower(trim(specifier.version));
}

// Versions such that, if any version fulfils the clauses, one of these does: the bounds themselves, what lies
// closest to them on either side, and what follows a wildcard.
std::vector<Version> candidates_of(const std::vector<Clause>& clauses) {
  size_t longest = 0;
  for (const Clause& clause : clauses) longest = std::max(longest, clause.written);
  Version zero;
  zero.release = {0};
  std::vector<Version> candidates{zero};
  for (const Clause& clause : clauses) {
    const Version& bound = clause.version;
    Version base = base_of(bound);
    candidates.push_back(bound);
    candidates.push_back(base);
    for (Version lowest : {base, bound}) {
      if (lowest.dev) continue;
      lowest.local.clear();
      lowest.dev = 0;
      candidates.push_back(std::move(lowest));
    }
    Version above = base;
    above.release.resize(longest, 0);
    above.release.push_back(1);
    candidates.push_back(std::move(above));
    Version post = without_local(bound);
    post.dev.reset();
    post.post = bound.post.value_or(0) + (bound.post ? 1 : 0);
    candidates.push_back(post);
    if (bound.post.value_or(0) > 0) post.post = *bound.post - 1;
    candidates.push_back(std::move(post));
    if (!clause.wildcard) continue;
    Version following = base;
    following.release.resize(clause.written, 0);
    ++following.release.back();
    candidates.push_back(following);
    following.dev = 0;
    candidates.push_back(std::move(following));
  }
  for (Version& candidate : candidates)
    while (candidate.release.size() > 1 && candidate.release.back() == 0) candidate.release.pop_back();
  return candidates;
}

}  // namespace

std::strong_ordering Version::operator<=>(const Version& other) const {
  if (auto order = epoch <=> other.epoch; order != 0) return order;
  if (auto order = release <=> other.release; order != 0) return order;
  if (auto order = pre_key(*this) <=> pre_key(other); order != 0) return order;
  if (auto order = post_key(*this) <=> post_key(other); order != 0) return order;
  if (auto order = dev_key(*this) <=> dev_key(other); order != 0) return order;
  return local <=> other.local;  // a number follows any word: its alternative comes second
}

std::optional<Version> parse_version(std::string_view text) {
  return Reader(lower(trim(text))).run();
}

bool satisfies(std::string_view version, std::span<const Specifier> specifiers) {
  std::optional<Version> parsed = parse_version(version);
  return std::all_of(specifiers.begin(), specifiers.end(),
                     [&](const Specifier& specifier) { return fulfils(version, parsed, specifier); });
}

bool compatible(std::span<const Specifier> one, std::span<const Specifier> other) {
  std::vector<Specifier> both(one.begin(), one.end());
  both.insert(both.end(), other.begin(), other.end());
  std::vector<Clause> clauses;
  for (const Specifier& specifier : both) {
    std::optional<Clause> clause = clause_of(specifier);
    if (!clause) return satisfies(specifier.version, both);  // only that text can do
    clauses.push_back(std::move(*clause));
  }
  std::vector<Version> candidates = candidates_of(clauses);
  return std::any_of(candidates.begin(), candidates.end(), [&](const Version& version) {
    return std::all_of(clauses.begin(), clauses.end(),
                       [&](const Clause& clause) { return fulfils(version, clause); });
  });
}

}  // namespace tierbuild::python
