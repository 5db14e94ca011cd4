// YAML by libyaml, whose port to Go docker's tools read their files with.
#include <yaml.h>

#include <algorithm>
#include <map>
#include <set>

#include "document/node.hpp"

namespace tierbuild::document {
namespace {

struct Anchor {
  Node node;
  size_t nodes = 0;  // that it is made of
};

// Texts as the core schema tells them apart.
Node::Kind kind_of(std::string_view text) {
  static const std::set<std::string_view> kNull = {"", "~", "null", "Null", "NULL"};
  static const std::set<std::string_view> kBoolean = {"true", "True", "TRUE", "false", "False", "FALSE"};
  static const std::set<std::string_view> kNoDigits = {".inf",  ".Inf",  ".INF", "+.inf", "-.inf",
                                                       "-.Inf", "-.INF", ".nan", ".NaN",  ".NAN"};
  if (kNull.contains(text)) return Node::Kind::null;
  if (kBoolean.contains(text)) return Node::Kind::boolean;
  if (kNoDigits.contains(text)) return Node::Kind::number;
  if (text.starts_with("0x") || text.starts_with("0o")) {
    bool fits = text.size() > 2 && text.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string::npos;
    return fits ? Node::Kind::number : Node::Kind::text;
  }
  size_t at = text[0] == '+' || text[0] == '-' ? 1 : 0, digits = 0;
  auto skip_digits = [&] {
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) ++digits;
  };
  skip_digits();
  if (at < text.size() && text[at] == '.') ++at, skip_digits();
  if (digits == 0) return Node::Kind::text;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at, digits = 0;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    skip_digits();
  }
  return at == text.size() && digits > 0 ? Node::Kind::number : Node::Kind::text;
}

class Reader {
 public:
  Reader(std::string_view text, const std::string& file)
      : file_(file), lines_(1 + static_cast<int>(std::count(text.begin(), text.end(), '\n'))) {
    TB_CHECK(yaml_parser_initialize(&parser_) == 1);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() {
    drop();
    yaml_parser_delete(&parser_);
  }

  Result<std::vector<Node>> documents() {
    std::vector<Node> all;
    for (;;) {
      TB_TRY(next());
      if (event_.type == YAML_STREAM_END_EVENT) return all;
      if (event_.type != YAML_DOCUMENT_START_EVENT) continue;
      anchors_.clear();
      open_.clear();
      TB_TRY(next());
      TB_LET(Node node, value(0));
      all.push_back(std::move(node));
    }
  }

 private:
  void drop() {
    if (std::exchange(has_event_, false)) yaml_event_delete(&event_);
  }

  Status next() {
    drop();
    if (yaml_parser_parse(&parser_, &event_) == 1) {
      has_event_ = true;
      return {};
    }
    const char* problem = parser_.problem != nullptr ? parser_.problem : "it cannot be read";
    Location where = parser_.error == YAML_READER_ERROR ? Location{file_, 0, 0} : place(parser_.problem_mark);
    return Error::make(Code::invalid, "this is not YAML: {}", problem).at(where);
  }

  // The end of a text without a line end is behind its last line.
  Location place(const yaml_mark_t& mark) const {
    return {file_, std::min(static_cast<int>(mark.line) + 1, lines_), static_cast<int>(mark.column) + 1};
  }
  Location here() const { return place(event_.start_mark); }

  Status count(size_t nodes, const Location& where) {
    nodes_ += nodes;
    if (nodes_ <= kMostNodes) return {};
    return Error::make(Code::invalid, "the file holds more than {} values, aliases counted", kMostNodes)
        .at(where);
  }

  static std::string text(const yaml_char_t* bytes) {
    return bytes == nullptr ? std::string() : reinterpret_cast<const char*>(bytes);
  }

  // The value that the present event begins; its last event is the present one then.
  Result<Node> value(size_t depth) {
    Location where = here();
    if (depth > kDeepest)
      return Error::make(Code::invalid, "the file is nested deeper than {} levels", kDeepest).at(where);
    if (event_.type == YAML_ALIAS_EVENT) return alias(where);
    TB_TRY(count(1, where));
    size_t before = nodes_ - 1;
    std::string anchor;
    Node node;
    node.where = where;
    if (event_.type == YAML_SCALAR_EVENT) {
      anchor = text(event_.data.scalar.anchor);
      TB_TRY(scalar(node));
    } else if (event_.type == YAML_SEQUENCE_START_EVENT) {
      anchor =
          begin(node, Node::Kind::list, event_.data.sequence_start.anchor, event_.data.sequence_start.tag);
      TB_TRY(list(node, depth));
    } else {
      anchor = begin(node, Node::Kind::map, event_.data.mapping_start.anchor, event_.data.mapping_start.tag);
      TB_TRY(map(node, depth));
    }
    if (!anchor.empty()) {
      open_.erase(anchor);
      anchors_[anchor] = {node, nodes_ - before};
      TB_TRY(count(nodes_ - before, where));  // the copy that was just made
    }
    return node;
  }

  std::string begin(Node& node, Node::Kind kind, const yaml_char_t* anchor, const yaml_char_t* tag) {
    node.kind = kind;
    node.tag = own_tag(tag);
    std::string name = text(anchor);
    if (!name.empty()) open_.insert(name);
    return name;
  }

  static std::string own_tag(const yaml_char_t* tag) {
    std::string name = text(tag);
    return name.size() > 1 && name[0] == '!' ? name : std::string();
  }

  Result<Node> alias(const Location& where) {
    std::string name = text(event_.data.alias.anchor);
    if (open_.contains(name))
      return Error::make(Code::invalid, "'*{}' stands inside of what it names", name).at(where);
    auto found = anchors_.find(name);
    if (found == anchors_.end())
      return Error::make(Code::invalid, "'*{}' names an anchor that is not above it", name).at(where);
    TB_TRY(count(found->second.nodes, where));
    return found->second.node;
  }

  Status scalar(Node& node) {
    const auto& data = event_.data.scalar;
    node.text.assign(reinterpret_cast<const char*>(data.value), data.length);
    node.tag = own_tag(data.tag);
    std::string tag = text(data.tag);
    bool is_text = data.style != YAML_PLAIN_SCALAR_STYLE || tag == "!" || tag == YAML_STR_TAG;
    node.kind = is_text ? Node::Kind::text : kind_of(node.text);
    if (node.text.find('\0') != std::string::npos)
      return Error(Code::invalid, "a text holds a NUL").at(node.where);
    if (node.is_null()) node.text.clear();
    return {};
  }

  Status list(Node& node, size_t depth) {
    for (;;) {
      TB_TRY(next());
      if (event_.type == YAML_SEQUENCE_END_EVENT) return {};
      TB_LET(Node item, value(depth + 1));
      node.items.push_back(std::move(item));
    }
  }

  Status map(Node& node, size_t depth) {
    std::map<std::string, Location> seen;
    std::vector<Node> merged;
    for (;;) {
      TB_TRY(next());
      if (event_.type == YAML_MAPPING_END_EVENT) break;
      bool is_merge = event_.type == YAML_SCALAR_EVENT && text(event_.data.scalar.value) == "<<" &&
                      event_.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
      TB_LET(Node key, value(depth + 1));
      if (key.is_list() || key.is_map())
        return Error::make(Code::invalid, "a key must be a text, not {}", name_of(key.kind)).at(key.where);
      TB_TRY(next());
      TB_LET(Node content, value(depth + 1));
      if (is_merge) {
        TB_TRY(take_merged(std::move(content), merged));
        continue;
      }
      auto [first, is_new] = seen.emplace(key.text, key.where);
      if (!is_new)
        return Error::make(Code::invalid, "'{}' stands here twice, first in line {}", key.text,
                           first->second.line)
            .at(key.where);
      node.members.push_back({std::move(key.text), std::move(key.where), std::move(content)});
    }
    for (Node& from : merged)
      for (Member& member : from.members)
        if (seen.emplace(member.name, member.where).second) node.members.push_back(std::move(member));
    return {};
  }

  // What stands behind `<<`: a map, or a list of them, of which the first that has a name wins.
  static Status take_merged(Node content, std::vector<Node>& merged) {
    if (content.is_map()) {
      merged.push_back(std::move(content));
      return {};
    }
    bool are_maps = content.is_list() && std::all_of(content.items.begin(), content.items.end(),
                                                     [](const Node& item) { return item.is_map(); });
    if (!are_maps)
      return Error::make(Code::invalid, "'<<' takes a map or a list of maps, not {}", name_of(content.kind))
          .at(content.where);
    for (Node& item : content.items) merged.push_back(std::move(item));
    return {};
  }

  const std::string& file_;
  int lines_;
  yaml_parser_t parser_ = {};
  yaml_event_t event_ = {};
  bool has_event_ = false;
  std::map<std::string, Anchor> anchors_;
  std::set<std::string> open_;  // anchors of what is being read
  size_t nodes_ = 0;
};

}  // namespace

Result<std::vector<Node>> read_yaml(std::string_view text, const std::string& file) {
  if (text.size() > kMostBytes)
    return Error::make(Code::invalid, "the file has more than {} bytes", kMostBytes).at({file, 0, 0});
  return Reader(text, file).documents();
}

}  // namespace tierbuild::document
