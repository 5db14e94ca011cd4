#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "document/node.hpp"

namespace tierbuild::document {
namespace {

// Shows the parser one byte after the other, and others how far it has come.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor(const char* at, const char** seen) : at_(at), seen_(seen) {}
  reference operator*() const { return *at_; }
  Cursor& operator++() {
    *seen_ = ++at_;
    return *this;
  }
  Cursor operator++(int) {
    Cursor before = *this;
    ++*this;
    return before;
  }
  bool operator==(const Cursor& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  const char** seen_;
};

// Takes the parser's events. It does not say where they are: a token begins behind the one before and what
// may stand between two.
class Builder {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  Builder(std::string_view text, const std::string& file)
      : text_(text), file_(file), seen_(text.data()), end_(text.data()) {
    if (text.starts_with("\xEF\xBB\xBF")) end_ += 3;
    for (size_t i = 0; i < text.size(); ++i)
      if (text[i] == '\n') lines_.push_back(i + 1);
  }

  Result<Node> read() {
    Cursor first(text_.data(), &seen_), last(text_.data() + text_.size(), &seen_);
    if (!nlohmann::json::sax_parse(first, last, this) && !error_)
      fail("this is not JSON", place(text_.size()));
    if (error_) return *std::move(error_);
    return std::move(root_);
  }

  bool null() { return literal(Node::Kind::null, 4); }
  bool boolean(bool value) { return literal(Node::Kind::boolean, value ? 4 : 5); }
  bool number_integer(number_integer_t) { return number(); }
  bool number_unsigned(number_unsigned_t) { return number(); }
  bool number_float(number_float_t, const string_t&) { return number(); }
  bool binary(binary_t&) { return false; }

  bool string(string_t& value) {
    Node node = Node::of(value, start());
    end_ = seen_;
    return no_nul(value, node.where) && add(std::move(node));
  }
  bool key(string_t& name) {
    Location where = start();
    end_ = seen_;
    if (!names_.back().insert(name).second) return fail(fmt::format("'{}' stands here twice", name), where);
    key_ = Member{name, where, {}};
    return no_nul(name, where);
  }
  bool start_object(size_t) { return open(Node::Kind::map); }
  bool start_array(size_t) { return open(Node::Kind::list); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  template <class Fault>
  bool parse_error(size_t position, const std::string& token, const Fault&) {
    size_t at = std::min(position == 0 ? 0 : position - 1, text_.size());
    return fail(at >= text_.size() ? std::string("this is not JSON: it ends too early")
                                   : fmt::format("this is not JSON: '{}' is not expected here",
                                                 token.size() > 40 ? token.substr(token.size() - 40) : token),
                place(at));
  }

 private:
  bool fail(std::string message, Location where) {
    if (!error_) error_ = Error(Code::invalid, std::move(message)).at(std::move(where));
    return false;
  }

  bool no_nul(const std::string& text, const Location& where) {
    return text.find('\0') == std::string::npos || fail("a text holds a NUL", where);
  }

  Location place(size_t at) const {
    auto line = std::upper_bound(lines_.begin(), lines_.end(), at) - 1;
    return {file_, static_cast<int>(line - lines_.begin()) + 1, static_cast<int>(at - *line) + 1};
  }

  Location start() {
    const char* last = text_.data() + text_.size();
    while (end_ < last && std::string_view(" \t\r\n,:").find(*end_) != std::string_view::npos) ++end_;
    return place(static_cast<size_t>(end_ - text_.data()));
  }

  bool literal(Node::Kind kind, size_t length) {
    Node node;
    node.kind = kind;
    node.where = start();
    if (kind != Node::Kind::null) node.text.assign(end_, length);
    end_ += length;
    return add(std::move(node));
  }

  bool number() {
    Location where = start();
    const char* last = text_.data() + text_.size();
    const char* stop = std::find_if(end_, last, [](char c) {
      return std::string_view("0123456789+-.eE").find(c) == std::string_view::npos;
    });
    return literal(Node::Kind::number, static_cast<size_t>(stop - end_));
  }

  bool open(Node::Kind kind) {
    Node node;
    node.kind = kind;
    node.where = start();
    end_ = seen_;
    if (open_.size() >= kDeepest)
      return fail(fmt::format("the file is nested deeper than {} levels", kDeepest), node.where);
    if (!add(std::move(node))) return false;
    open_.push_back(added_);
    names_.emplace_back();
    return true;
  }

  bool close() {
    (void)start();
    end_ = seen_;
    open_.pop_back();
    names_.pop_back();
    return true;
  }

  bool add(Node node) {
    if (++nodes_ > kMostNodes)
      return fail(fmt::format("the file holds more than {} values", kMostNodes), node.where);
    if (open_.empty()) {
      root_ = std::move(node);
      added_ = &root_;
    } else if (Node& parent = *open_.back(); parent.is_list()) {
      added_ = &parent.items.emplace_back(std::move(node));
    } else {
      key_.value = std::move(node);
      added_ = &parent.members.emplace_back(std::move(key_)).value;
    }
    return true;
  }

  std::string_view text_;
  const std::string& file_;
  const char *seen_, *end_;  // what the parser has taken; the end of the last token
  std::vector<size_t> lines_ = {0};
  Node root_;
  Node* added_ = nullptr;
  std::vector<Node*> open_;  // only the last one grows
  std::vector<std::set<std::string>> names_;
  Member key_;
  size_t nodes_ = 0;
  std::optional<Error> error_;
};

}  // namespace

Result<Node> read_json(std::string_view text, const std::string& file) {
  if (text.size() > kMostBytes)
    return Error::make(Code::invalid, "the file has more than {} bytes", kMostBytes).at({file, 0, 0});
  return Builder(text, file).read();
}

}  // namespace tierbuild::document
