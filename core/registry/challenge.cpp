#include "registry/challenge.hpp"

#include <optional>

#include "base/strings.hpp"

namespace tierbuild::registry {
namespace {

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_token(char c) {
  return is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token68(char c) {
  return is_alnum(c) || std::string_view("-._~+/").find(c) != std::string_view::npos;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool done() const { return at_ == text_.size(); }
  size_t at() const { return at_; }
  void back_to(size_t at) { at_ = at; }

  template <class Predicate>
  std::string_view run(Predicate accepts) {
    size_t start = at_;
    while (!done() && accepts(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }
  bool take(char c) {
    if (done() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void blanks() {
    run([](char c) { return c == ' ' || c == '\t'; });
  }
  void separators() {
    run([](char c) { return c == ' ' || c == '\t' || c == ','; });
  }

  /// `name = value`; takes nothing if something else comes.
  std::optional<std::pair<std::string, std::string>> param() {
    size_t start = at_;
    std::string name = lower(run(is_token));
    blanks();
    if (!name.empty() && take('=')) {
      blanks();
      std::optional<std::string> value = take('"') ? quoted() : token();
      if (value) return std::pair(std::move(name), *std::move(value));
    }
    back_to(start);
    return std::nullopt;
  }

 private:
  std::optional<std::string> token() {
    std::string_view text = run(is_token);
    return text.empty() ? std::nullopt : std::optional(std::string(text));
  }
  std::optional<std::string> quoted() {
    std::string out;
    while (!done()) {
      char c = text_[at_++];
      if (c == '"') return out;
      if (c == '\\') {
        if (done()) break;
        c = text_[at_++];
      }
      out += c;
    }
    return std::nullopt;
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

std::vector<Challenge> parse_challenges(std::string_view header) {
  std::vector<Challenge> out;
  Reader in(header);
  for (in.separators(); !in.done(); in.separators()) {
    if (!out.empty()) {
      if (auto param = in.param()) {
        out.back().params.insert(*std::move(param));
        continue;
      }
    }
    std::string scheme = lower(in.run(is_token));
    if (scheme.empty()) break;
    out.push_back({std::move(scheme), {}});
    in.blanks();
    // `Negotiate dG9rZW4=` has one opaque word instead of parameters.
    size_t start = in.at();
    if (in.param()) {
      in.back_to(start);
    } else if (!in.run(is_token68).empty()) {
      in.run([](char c) { return c == '='; });
      in.blanks();
      bool ends_here = in.done() || in.take(',');
      if (!ends_here) break;
    }
  }
  return out;
}

}  // namespace tierbuild::registry
