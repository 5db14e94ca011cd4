#include "dockerfile/words.hpp"

#include "dockerfile/pattern.hpp"
#include "dockerfile/runes.hpp"

namespace tierbuild::dockerfile {
namespace {

constexpr int kDeepest = 64;

/// The words of a text, while it is read.
class Splitter {
 public:
  /// A character that ends a word if it is a blank.
  void add(std::string_view text, char32_t c) {
    if (!is_space(c))
      raw(text);
    else
      close();
  }
  void add(std::string_view text) {
    for (size_t at = 0; at < text.size();) {
      Rune rune = rune_at(text, at);
      add(text.substr(at, rune.length), rune.value);
      at += rune.length;
    }
  }
  void raw(std::string_view text) { word_ += text; }
  std::vector<std::string> take() {
    close();
    return std::move(words_);
  }

 private:
  void close() {
    if (!word_.empty()) words_.push_back(std::exchange(word_, {}));
  }
  std::string word_;
  std::vector<std::string> words_;
};

class Expander {
 public:
  Expander(std::string_view text, const WordRules& rules, const Lookup& lookup, Expansion& out)
      : text_(text), rules_(rules), lookup_(lookup), out_(out) {}

  Status run() {
    TB_LET(Part all, until(kEnd, rules_.escapes));
    out_.text = std::move(all.text);
    out_.words = std::move(all.words);
    return {};
  }

 private:
  using Escapes = WordRules::Escapes;
  using Quotes = WordRules::Quotes;
  static constexpr int kEnd = -1;
  struct Part {
    std::string text;
    std::vector<std::string> words;
  };

  bool done() const { return at_ >= text_.size(); }
  int peek() const { return done() ? kEnd : static_cast<unsigned char>(text_[at_]); }
  Rune rune() const { return rune_at(text_, at_); }
  // The character here, past which the place moves; nothing at the end.
  std::string_view take() {
    if (done()) return {};
    std::string_view taken = text_.substr(at_, rune().length);
    at_ += taken.size();
    return taken;
  }
  Error fail(size_t at, std::string message) const {
    return Error(Code::invalid, std::move(message)).at({{}, 0, static_cast<int>(at) + 1});
  }

  /// The text up to `stop`, which is passed but not part of it.
  Result<Part> until(int stop, Escapes escapes) {
    if (++depth_ > kDeepest) return fail(at_, "variables are nested too deep");
    Escapes outer = std::exchange(escapes_, escapes);
    size_t begin = at_;
    Part part;
    Splitter words;
    bool stopped = stop == kEnd;
    while (!done()) {
      int c = peek();
      if (c == stop) {
        ++at_;
        stopped = true;
        break;
      }
      if (c == '$') {
        TB_LET(std::string value, dollar());
        part.text += value;
        words.add(value);
      } else if ((c == '\'' || c == '"') && rules_.quotes != Quotes::ordinary) {
        TB_LET(std::string value, c == '"' ? double_quoted() : single_quoted());
        part.text += value;
        words.raw(value);
      } else if (c == '<') {
        std::string value = angles();
        part.text += value;
        words.raw(value);
      } else if (c == rules_.escape) {
        std::string_view escape = take();
        if (escapes_ == Escapes::keep) {
          words.raw(escape);
          part.text += escape;
        }
        std::string_view escaped = take();
        words.raw(escaped);
        part.text += escaped;
      } else {
        Rune here = rune();
        std::string_view character = take();
        words.add(character, here.value);
        part.text += character;
      }
    }
    if (!stopped) return fail(begin, fmt::format("'{}' is missing", static_cast<char>(stop)));
    escapes_ = outer;
    --depth_;
    part.words = words.take();
    return part;
  }

  Result<std::string> single_quoted() {
    size_t open = at_++;
    size_t close = text_.find('\'', at_);
    if (close == std::string_view::npos) return fail(open, "the single quote is not closed");
    at_ = close + 1;
    size_t kept = rules_.quotes == Quotes::keep ? 1 : 0;
    return std::string(text_.substr(open + 1 - kept, close - open - 1 + 2 * kept));
  }

  Result<std::string> double_quoted() {
    size_t open = at_++;
    std::string out;
    if (rules_.quotes == Quotes::keep) out += '"';
    while (!done()) {
      int c = peek();
      if (c == '"') {
        ++at_;
        if (rules_.quotes == Quotes::keep) out += '"';
        return out;
      }
      if (c == '$') {
        TB_LET(std::string value, dollar());
        out += value;
        continue;
      }
      ++at_;
      if (c != rules_.escape) {
        out += static_cast<char>(c);
        continue;
      }
      if (escapes_ == Escapes::keep) out += rules_.escape;
      int next = peek();
      if (next == kEnd) break;
      bool special = next == '"' || next == '$' || next == rules_.escape;
      out += special ? text_[at_++] : rules_.escape;
    }
    return fail(open, "the double quote is not closed");
  }

  // `<<` keeps the blanks behind it in the same word, so that `<< EOF` is one.
  std::string angles() {
    size_t begin = at_++;
    if (peek() != '<') return "<";
    ++at_;
    while (peek() == ' ' || peek() == '\t' || peek() == '\r') ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::string name() {
    if (done()) return {};
    auto digit = [this] { return peek() >= '0' && peek() <= '9'; };
    size_t begin = at_;
    if (digit()) {
      while (digit()) ++at_;
    } else if (std::string_view("@*#?-$!").find(static_cast<char>(peek())) != std::string_view::npos) {
      ++at_;
    } else {
      while (!done() && is_name(rune().value)) at_ += rune().length;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::optional<std::string> value_of(const std::string& name) {
    std::optional<std::string> value = lookup_(name);
    (value ? out_.set : out_.unset).insert(name);
    return value;
  }

  bool stays(const std::optional<std::string>& value) const {
    return !value && rules_.unset == WordRules::Unset::remain;
  }

  Result<std::string> dollar() {
    size_t begin = at_++;
    if (peek() == '{') return braced(begin);
    std::string variable = name();
    if (variable.empty()) return std::string("$");
    auto value = value_of(variable);
    if (stays(value)) return "$" + variable;
    return value.value_or("");
  }

  Result<std::string> braced(size_t begin) {
    ++at_;
    if (done()) return fail(begin, "the '}' of '${' is missing");
    if (peek() == '{' || peek() == '}' || peek() == ':')
      return fail(begin, "'${' must be followed by the name of a variable");
    std::string variable = name();
    size_t at = at_;
    if (done()) return fail(begin, fmt::format("the '}}' of '${{{}' is missing", variable));
    std::string op(take());
    if (op == "}") {
      auto value = value_of(variable);
      if (stays(value)) return "${" + variable + "}";
      return value.value_or("");
    }
    if (op == "/") return replaced(begin, variable);
    bool empty_is_unset = op == ":";
    if (empty_is_unset) op += take();
    char kind = op.back();
    bool trims = kind == '#' || kind == '%';
    bool known = trims ? !empty_is_unset : std::string_view("-+?").find(kind) != std::string_view::npos;
    if (!known || op.size() != (empty_is_unset ? 2U : 1U))
      return fail(at, fmt::format("'${{{}{}…}}' is not a form of substitution", variable, op));
    TB_LET(std::string word, closing_word(begin, variable, trims ? Escapes::keep : Escapes::remove));
    auto value = value_of(variable);
    if (stays(value)) return "${" + variable + op + word + "}";
    if (trims) return trimmed(at, kind, word, value.value_or(""));
    bool counts = value && !(empty_is_unset && value->empty());
    if (kind == '-') return counts ? *value : word;
    if (kind == '+') return counts ? word : std::string();
    if (counts) return *value;
    if (word.empty()) word = value ? "is not allowed to be empty" : "is not allowed to be unset";
    return fail(begin, fmt::format("{}: {}", variable, word));
  }

  Result<std::string> closing_word(size_t begin, const std::string& variable, Escapes escapes) {
    Result<Part> word = until('}', escapes);
    if (!word && done()) return fail(begin, fmt::format("the '}}' of '${{{}' is missing", variable));
    if (!word) return std::move(word).error();
    return std::move(word->text);
  }

  Result<std::string> trimmed(size_t at, char kind, std::string_view word, const std::string& value) {
    auto reach = Pattern::Reach::shortest;
    if (word.starts_with(kind)) {
      reach = Pattern::Reach::longest;
      word.remove_prefix(1);
    }
    Result<Pattern> pattern = Pattern::compile(word);
    if (!pattern) return fail(at, pattern.error().message());
    return kind == '#' ? pattern->without_prefix(value, reach) : pattern->without_suffix(value, reach);
  }

  Result<std::string> replaced(size_t begin, const std::string& variable) {
    size_t at = at_;
    bool all = peek() == '/';
    if (all) ++at_;
    Result<Part> sought = until('/', Escapes::keep);
    if (!sought && done())
      return fail(begin, fmt::format("'${{{}/pattern' needs a second '/' and the text behind it", variable));
    if (!sought) return std::move(sought).error();
    TB_LET(std::string replacement, closing_word(begin, variable, Escapes::keep));
    auto value = value_of(variable);
    if (stays(value)) return fmt::format("${{{}/{}/{}}}", variable, sought->text, replacement);
    Result<Pattern> pattern = Pattern::compile(sought->text);
    if (!pattern) return fail(at, pattern.error().message());
    return all ? pattern->replace_all(value.value_or(""), replacement)
               : pattern->replace_first(value.value_or(""), replacement);
  }

  std::string_view text_;
  const WordRules& rules_;
  const Lookup& lookup_;
  Expansion& out_;
  size_t at_ = 0;
  int depth_ = 0;
  Escapes escapes_ = Escapes::remove;
};

}  // namespace

Result<Expansion> expand(std::string_view text, const WordRules& rules, const Lookup& lookup) {
  Expansion out;
  TB_TRY(Expander(text, rules, lookup, out).run());
  return out;
}

}  // namespace tierbuild::dockerfile
