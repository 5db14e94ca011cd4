#include "bake/expression.hpp"

#include <charconv>
#include <cmath>

#include "base/strings.hpp"

namespace tierbuild::bake {
namespace {

using document::Member;
using document::Node;
using Kind = Node::Kind;

constexpr size_t kDeepest = 48;
constexpr size_t kLongest = 1 << 20;

Error lacking(std::string_view what) {
  return Error::make(Code::invalid, "{} is not read here", what)
      .hint("`docker buildx bake --print > docker-bake.json` writes a file without expressions");
}

bool is_letter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

Node truth(bool value) {
  return Node::flag(value, {});
}
Node text_node(std::string text) {
  return Node::of(std::move(text), {});
}
bool is_true(const Node& node) {
  return node.text == "true";
}

/// Reads and evaluates at once: nothing is called twice, and there are no loops.
class Evaluation {
 public:
  Evaluation(std::string_view text, const Variable& variable, size_t depth)
      : text_(text), variable_(variable), depth_(depth) {}

  // All parts of a text with `${…}` in it.
  Result<Node> whole_template() {
    std::string out;
    std::optional<Node> only;
    size_t parts = 0;
    while (at_ < text_.size()) {
      std::string_view rest = text_.substr(at_);
      if (rest.starts_with("$${") || rest.starts_with("%%{")) {
        out += rest.substr(1, 2);
        at_ += 3, ++parts;
      } else if (rest.starts_with("%{")) {
        return lacking("'%{' in a text");
      } else if (rest.starts_with("${")) {
        at_ += 2;
        if (at_ < text_.size() && text_[at_] == '~') ++at_;
        TB_LET(Node value, expression());
        if (peek() == '~') ++at_;
        if (peek() != '}') return wrong("'}' is missing");
        ++at_;
        parts += only || !out.empty() ? 1 : 0;
        if (value.is_list() || value.is_map()) {
          if (parts > 0 || at_ < text_.size()) return wrong("a list or map stands inside of a text");
        } else {
          out += value.text;
        }
        only = std::move(value);
        ++parts;
      } else {
        out += text_[at_++];
        parts += 2;
      }
      if (out.size() > kLongest) return wrong("a text grows beyond 1 MiB");
    }
    if (only && parts == 1) return *std::move(only);
    return text_node(std::move(out));
  }

 private:
  Error wrong(std::string_view what) const {
    return Error::make(Code::invalid, "{} in '{}'", what, printable(text_.substr(0, 80)));
  }

  char peek() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(std::string_view token) {
    (void)peek();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  Result<Node> expression() {
    if (++depth_ > kDeepest) return wrong("too deep nesting");
    auto value = conditional();
    --depth_;
    return value;
  }

  Result<Node> conditional() {
    TB_LET(Node condition, operation(0));
    if (!take("?")) return condition;
    TB_LET(Node first, expression());
    if (!take(":")) return wrong("':' is missing");
    TB_LET(Node second, expression());
    return is_true(condition) ? first : second;
  }

  // Binary operators by precedence; longer spellings first.
  Result<Node> operation(size_t level) {
    static const std::vector<std::vector<std::string_view>> kLevels = {
        {"||"}, {"&&"}, {"==", "!="}, {"<=", ">=", "<", ">"}, {"+", "-"}, {"*", "/", "%"}};
    if (level == kLevels.size()) return unary();
    TB_LET(Node left, operation(level + 1));
    for (;;) {
      std::string_view found;
      for (std::string_view token : kLevels[level])
        if (found.empty() && take(token)) found = token;
      if (found.empty()) return left;
      TB_LET(Node right, operation(level + 1));
      TB_LET(left, apply(found, left, right));
    }
  }

  Result<Node> apply(std::string_view token, const Node& left, const Node& right) const {
    if (token == "||") return truth(is_true(left) || is_true(right));
    if (token == "&&") return truth(is_true(left) && is_true(right));
    if (token == "==") return truth(left.same(right));
    if (token == "!=") return truth(!left.same(right));
    double a = number_of(left), b = number_of(right);
    if (std::isnan(a) || std::isnan(b)) return wrong(fmt::format("'{}' takes numbers", token));
    if (token == "<=") return truth(a <= b);
    if (token == ">=") return truth(a >= b);
    if (token == "<") return truth(a < b);
    if (token == ">") return truth(a > b);
    if (token == "+") return number_node(a + b);
    if (token == "-") return number_node(a - b);
    if (token == "*") return number_node(a * b);
    if (b == 0) return wrong("a division by zero");
    return number_node(token == "/" ? a / b : std::fmod(a, b));
  }

  Result<Node> unary() {
    if (++depth_ > kDeepest) return wrong("too deep nesting");
    Result<Node> value = signed_value();
    --depth_;
    return value;
  }

  Result<Node> signed_value() {
    if (peek() == '!' && !text_.substr(at_).starts_with("!=")) {
      ++at_;
      TB_LET(Node value, unary());
      return truth(!is_true(value));
    }
    if (take("-")) {
      TB_LET(Node value, unary());
      return number_node(-number_of(value));
    }
    TB_LET(Node value, primary());
    for (;;) {
      if (take("[")) {
        TB_LET(Node index, expression());
        if (!take("]")) return wrong("']' is missing");
        TB_LET(value, element(value, index));
      } else if (peek() == '.') {
        ++at_;
        std::string name = word();
        if (name.empty()) return wrong("a name is missing behind '.'");
        TB_LET(value, element(value, text_node(std::move(name))));
      } else {
        return value;
      }
    }
  }

  Result<Node> element(const Node& value, const Node& index) const {
    if (value.is_map()) {
      if (const Node* found = value.find(index.text)) return *found;
      return wrong(fmt::format("no '{}'", printable(index.text)));
    }
    double position = number_of(index);
    if (!value.is_list() || std::isnan(position) || position < 0 ||
        position >= static_cast<double>(value.items.size()))
      return wrong(fmt::format("no element '{}'", printable(index.text)));
    return value.items[static_cast<size_t>(position)];
  }

  std::string word() {
    (void)peek();
    size_t begin = at_;
    while (at_ < text_.size() &&
           (is_letter(text_[at_]) || is_digit(text_[at_]) || (text_[at_] == '-' && at_ > begin)))
      ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  Result<Node> primary() {
    char c = peek();
    if (c == '(') {
      ++at_;
      TB_LET(Node value, expression());
      if (!take(")")) return wrong("')' is missing");
      return value;
    }
    if (c == '"') return quoted();
    if (c == '[') {
      ++at_;
      TB_LET(std::vector<Node> items, list("]"));
      Node value = Node::list({});
      value.items = std::move(items);
      return value;
    }
    if (c == '{') return lacking("a map in an expression");
    if (is_digit(c)) {
      size_t begin = at_;
      while (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '.')) ++at_;
      double value = number_of(text_node(std::string(text_.substr(begin, at_ - begin))));
      if (std::isnan(value)) return wrong("no number");
      return number_node(value);
    }
    if (!is_letter(c)) return wrong("a value is missing");
    std::string name = word();
    if (name == "for") return lacking("'for'");
    if (name == "true" || name == "false") return truth(name == "true");
    if (name == "null") return Node{};
    if (name == "target" && peek() == '.') {  // `target.NAME.KEY`
      for (int part = 0; part < 2; ++part) {
        if (!take(".")) return wrong("'target' is followed by a name and a key");
        name += "." + word();
      }
      return variable_(name);
    }
    if (peek() != '(') return variable_(name);
    ++at_;
    TB_LET(std::vector<Node> arguments, list(")"));
    return call_function(name, arguments);
  }

  Result<std::vector<Node>> list(std::string_view end) {
    std::vector<Node> items;
    size_t total = 0;
    while (!take(end)) {
      TB_LET(Node item, expression());
      total += weight(item);
      if (total > document::kMostBytes) return wrong("a list grows too large");
      items.push_back(std::move(item));
      if (take(",")) continue;
      if (!take(end)) return wrong(fmt::format("'{}' is missing", end));
      break;
    }
    return items;
  }

  // A text in quotes, which may hold `${…}` with quotes again.
  Result<Node> quoted() {
    std::string inside;
    size_t braces = 0;
    bool inner = false;
    for (++at_; at_ < text_.size(); ++at_) {
      char c = text_[at_];
      if (c == '"' && braces == 0) break;
      if (c == '"') inner = !inner;
      if (c == '\\' && braces == 0 && at_ + 1 < text_.size()) {
        char next = text_[++at_];
        inside += next == 'n' ? '\n' : next == 't' ? '\t' : next == 'r' ? '\r' : next;
        continue;
      }
      if (c == '{' && at_ > 0 && text_[at_ - 1] == '$' && !inner) ++braces;
      if (c == '}' && braces > 0 && !inner) --braces;
      inside += c;
    }
    if (at_ >= text_.size()) return wrong("'\"' is missing");
    ++at_;
    if (depth_ > kDeepest) return wrong("too deep nesting");
    return Evaluation(inside, variable_, depth_ + 1).whole_template();
  }

  std::string_view text_;
  const Variable& variable_;
  size_t depth_;
  size_t at_ = 0;
};

}  // namespace

size_t weight(const Node& node) {
  size_t total = 64 + node.text.size();
  for (const Node& item : node.items) total += weight(item);
  for (const Member& member : node.members) total += member.name.size() + weight(member.value);
  return total;
}

Node number_node(double value) {
  Node node = text_node(std::abs(value) < 1e15 && value == std::floor(value)
                            ? fmt::format("{}", static_cast<int64_t>(value))
                            : fmt::format("{}", value));
  node.kind = Kind::number;
  return node;
}

double number_of(const Node& node) {
  double value = 0;
  const char* end = node.text.data() + node.text.size();
  auto [stop, failure] = std::from_chars(node.text.data(), end, value);
  return node.is_scalar() && failure == std::errc() && stop == end ? value : std::nan("");
}

Result<Node> filled(const Node& text, const Variable& variable) {
  if (text.kind != Kind::text || text.text.find_first_of("$%") == std::string::npos) return text;
  auto value = Evaluation(text.text, variable, 0).whole_template();
  if (!value) return std::move(value).error().at(text.where);
  value->where = text.where;
  return value;
}

Result<Node> filled_all(const Node& node, const Variable& variable) {
  TB_LET(Node out, filled(node, variable));
  if (node.is_scalar()) return out;
  for (Node& item : out.items) {
    TB_LET(item, filled_all(item, variable));
  }
  for (Member& member : out.members) {
    TB_LET(member.value, filled_all(member.value, variable));
  }
  return out;
}

}  // namespace tierbuild::bake
