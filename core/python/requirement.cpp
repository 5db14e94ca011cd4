#include "python/requirement.hpp"

#include <algorithm>
#include <array>

#include "base/strings.hpp"
#include "python/marker.hpp"
#include "python/version.hpp"

namespace tierbuild::python {
namespace {

constexpr std::string_view kBlank = " \t";
constexpr std::string_view kArchives[] = {".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar"};
// Longest first, so that `==` is not taken for the start of `===`.
constexpr std::string_view kOperators[] = {"===", "==", "!=", "<=", ">=", "~=", "<", ">"};

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_name_character(char c) {
  return is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
}
bool is_version_character(char c) {
  return is_name_character(c) || c == '*' || c == '+' || c == '!';
}
bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

// `scheme://…`, `git+ssh://…`, `file:…`.
bool is_url(std::string_view text) {
  size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  std::string_view scheme = text.substr(0, colon);
  if (!std::all_of(scheme.begin(), scheme.end(), [](char c) { return is_alphanumeric(c) || c == '+'; }))
    return false;
  return scheme == "file" || text.substr(colon).starts_with("://");
}

bool is_path(std::string_view text) {
  std::string_view word = text.substr(0, text.find_first_of(" \t;@[=<>!~"));
  if (word.starts_with('.') || word.find('/') != std::string_view::npos) return true;
  std::string small = lower(word);
  return std::any_of(std::begin(kArchives), std::end(kArchives),
                     [&](std::string_view archive) { return small.ends_with(archive); });
}

bool has_digest(std::string_view url) {
  size_t hash = url.find('#');
  if (hash == std::string_view::npos) return false;
  for (std::string_view part : split(url.substr(hash + 1), '&'))
    for (std::string_view algorithm : {"sha256=", "sha384=", "sha512="})
      if (part.starts_with(algorithm)) return true;
  return false;
}

// `git+https://host/repository@COMMIT#egg=x` with all 40 (or 64) digits of the commit.
bool has_full_commit(std::string_view url) {
  if (url.substr(0, url.find(':')).find('+') == std::string_view::npos) return false;
  url = url.substr(0, url.find('#'));
  size_t at = url.rfind('@');
  if (at == std::string_view::npos) return false;
  std::string_view commit = url.substr(at + 1);
  return (commit.size() == 40 || commit.size() == 64) && is_hex(commit);
}

class Parser {
 public:
  Parser(std::string_view text, Location where) : text_(text) { found_.where = std::move(where); }

  Result<Requirement> run() {
    skip_blanks();
    if (done()) return fail("a requirement is empty");
    if (is_url(rest()) || is_path(rest())) {
      TB_TRY(direct());
    } else {
      TB_TRY(named());
    }
    TB_TRY(marker());
    return std::move(found_);
  }

 private:
  bool done() const { return at_ >= text_.size(); }
  char next() const { return done() ? '\0' : text_[at_]; }
  std::string_view rest() const { return text_.substr(at_); }
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(kBlank, at_), text_.size()); }

  template <class Accepts>
  std::string_view take(Accepts accepts) {
    size_t start = at_;
    while (!done() && accepts(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  Error fail(std::string message) const { return fail_at(at_, std::move(message)); }
  Error fail_at(size_t offset, std::string message) const {
    Location where = found_.where;
    if (where.column > 0) where.column += static_cast<int>(offset);
    return Error(Code::invalid, std::move(message))
        .at(std::move(where))
        .hint("requirements look like uvicorn[standard]==0.37.0; python_version < \"3.12\"");
  }

  Status named() {
    size_t start = at_;
    std::string_view name = take(is_name_character);
    if (name.empty() || !is_alphanumeric(name.front()) || !is_alphanumeric(name.back()))
      return fail_at(start,
                     fmt::format("'{}' does not begin with the name of a package", printable(trim(text_))));
    found_.spelled = name;
    found_.name = normalise(name);
    skip_blanks();
    if (next() == '[') {
      TB_TRY(extras());
      skip_blanks();
    }
    if (next() == '@') {
      ++at_;
      skip_blanks();
      found_.url = take([](char c) { return kBlank.find(c) == std::string_view::npos; });
      if (found_.url.empty()) return fail(fmt::format("'{} @' needs a URL", found_.spelled));
      return {};
    }
    return specifiers();
  }

  Status extras() {
    size_t start = at_++;
    size_t end = text_.find(']', at_);
    if (end == std::string_view::npos) return fail_at(start, "']' is missing after the extras");
    std::string_view inside = text_.substr(at_, end - at_);
    if (!trim(inside).empty())
      for (std::string_view part : split(inside, ',')) {
        std::string_view extra = trim(part);
        if (extra.empty() || !std::all_of(extra.begin(), extra.end(), is_name_character))
          return fail_at(start, fmt::format("'{}' is not the name of an extra", printable(extra)));
        found_.extras.push_back(normalise(extra));
      }
    std::sort(found_.extras.begin(), found_.extras.end());
    found_.extras.erase(std::unique(found_.extras.begin(), found_.extras.end()), found_.extras.end());
    at_ = end + 1;
    return {};
  }

  Status specifiers() {
    bool closing = next() == '(';
    if (closing) ++at_;
    while (true) {
      skip_blanks();
      if (done() || next() == ';' || (closing && next() == ')')) break;
      TB_TRY(specifier());
      skip_blanks();
      if (next() != ',') break;
      ++at_;
    }
    if (!closing) return {};
    if (next() != ')') return fail("')' is missing after the versions");
    ++at_;
    return {};
  }

  Status specifier() {
    size_t start = at_;
    for (std::string_view op : kOperators) {
      if (!rest().starts_with(op)) continue;
      at_ += op.size();
      skip_blanks();
      size_t written = at_;
      std::string version(op == "===" ? take([](char c) { return c > ' ' && c != ';' && c != ')'; })
                                      : take(is_version_character));
      if (version.empty()) return fail(fmt::format("'{}' needs a version after it", op));
      bool wildcard = version.ends_with(".*") && (op == "==" || op == "!=");
      std::string_view plain = std::string_view(version).substr(0, version.size() - (wildcard ? 2 : 0));
      if (op != "===" && !parse_version(plain))
        return fail_at(written, fmt::format("'{}' is not a version", printable(version)));
      found_.specifiers.push_back({std::string(op), std::move(version)});
      return {};
    }
    std::string_view word = rest().substr(0, rest().find_first_of(" \t;,"));
    if (word.starts_with('='))
      return fail_at(start,
                     fmt::format("'{}' is not a comparison; a version is pinned with '=='", printable(word)));
    return fail_at(start, fmt::format("'{}' is not expected after '{}'", printable(word), found_.spelled));
  }

  // A URL, a VCS entry, or a path, which may have extras: `./packages/core[all]`.
  Status direct() {
    size_t end = at_;
    while (end < text_.size()) {
      if (kBlank.find(text_[end]) != std::string_view::npos && trim(text_.substr(end)).starts_with(';'))
        break;
      if (text_[end] == ';' && !is_url(rest())) break;
      ++end;
    }
    bool url = is_url(rest());
    std::string_view target = trim(text_.substr(at_, end - at_));
    if (url && target.find_first_of(kBlank) != std::string_view::npos)
      return fail_at(at_ + target.find_first_of(kBlank), "a URL holds no blanks");
    size_t bracket = target.rfind('[');
    if (!url && bracket != std::string_view::npos && target.ends_with(']')) {
      size_t start = at_;
      at_ += bracket;
      TB_TRY(extras());
      target = trim(text_.substr(start, bracket));
    }
    found_.url = target;
    name_from_target();
    at_ = end;
    return {};
  }

  // `#egg=name[extra]`, or the file name of a wheel.
  void name_from_target() {
    std::string_view target = found_.url;
    size_t hash = target.find('#');
    if (hash != std::string_view::npos)
      for (std::string_view part : split(target.substr(hash + 1), '&')) {
        if (!part.starts_with("egg=") || part.find('#') != std::string_view::npos) continue;
        auto egg = parse_requirement(part.substr(4), {});
        if (!egg || !egg->url.empty()) continue;
        found_.spelled = egg->spelled;
        found_.name = egg->name;
        if (found_.extras.empty()) found_.extras = egg->extras;
        return;
      }
    target = target.substr(0, target.find_first_of("#?"));
    std::string_view file = target.substr(target.rfind('/') + 1);
    if (!lower(file).ends_with(".whl")) return;
    found_.spelled = file.substr(0, file.find('-'));
    found_.name = normalise(found_.spelled);
  }

  Status marker() {
    skip_blanks();
    if (done()) return {};
    if (next() != ';') return fail(fmt::format("'{}' is not expected here", printable(rest().substr(0, 40))));
    ++at_;
    skip_blanks();
    found_.marker = trim(rest());
    if (found_.marker.empty()) return fail("a condition is expected after ';'");
    Result<bool> checked = evaluate_marker(found_.marker, {});
    if (checked) return {};
    size_t offset = at_ + static_cast<size_t>(std::max(checked.error().where().column, 1)) - 1;
    return fail_at(offset, checked.error().message());
  }

  std::string_view text_;
  size_t at_ = 0;
  Requirement found_;
};

}  // namespace

bool Requirement::pinned() const {
  if (!url.empty()) return !hashes.empty() || has_digest(url) || has_full_commit(url);
  return std::any_of(specifiers.begin(), specifiers.end(), [](const Specifier& specifier) {
    return specifier.op == "===" || (specifier.op == "==" && !specifier.version.ends_with(".*"));
  });
}

std::string Requirement::text() const {
  std::string list = extras.empty() ? "" : "[" + join(extras, ",") + "]";
  std::string text = editable ? "-e " : "";
  if (url.empty()) {
    text += name + list;
    for (size_t i = 0; i < specifiers.size(); ++i)
      text += (i == 0 ? "" : ",") + specifiers[i].op + specifiers[i].version;
  } else if (is_path(url) && !is_url(url)) {
    text += url + list;
  } else if (name.empty() || editable) {
    text += url;
  } else {
    text += name + list + " @ " + url;
  }
  // After a URL the blank is what separates.
  if (!marker.empty()) text += (url.empty() ? "; " : " ; ") + marker;
  return text;
}

std::string normalise(std::string_view name) {
  std::string out;
  for (char c : lower(name)) {
    bool separator = c == '-' || c == '_' || c == '.';
    if (!separator)
      out += c;
    else if (out.empty() || out.back() != '-')
      out += '-';
  }
  return out;
}

Result<Requirement> parse_requirement(std::string_view text, Location where) {
  return Parser(text, std::move(where)).run();
}

}  // namespace tierbuild::python
