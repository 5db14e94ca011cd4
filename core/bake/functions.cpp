// The functions of expressions.
#include <algorithm>
#include <cmath>

#include "bake/expression.hpp"
#include "base/strings.hpp"

namespace tierbuild::bake {
namespace {

using document::Member;
using document::Node;
using Arguments = std::vector<Node>;

struct Function {
  std::string_view name;
  size_t least, most;
  Result<Node> (*call)(const Arguments& arguments);
};

Node text(std::string value) {
  return Node::of(std::move(value), {});
}
Node truth(bool value) {
  return Node::flag(value, {});
}

std::string replaced(std::string value, const std::string& from, const std::string& to) {
  if (from.empty()) return value;
  for (size_t at = 0; (at = value.find(from, at)) != std::string::npos && value.size() < 1 << 20;
       at += to.size())
    value.replace(at, from.size(), to);
  return value;
}

Node texts(const std::vector<std::string>& values) {
  Node list = Node::list({});
  for (const std::string& value : values) list.items.push_back(text(value));
  return list;
}

std::string upper(std::string value) {
  for (char& c : value) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return value;
}

Result<Node> numbers(const Arguments& arguments, double (*apply)(double, double)) {
  double value = number_of(arguments[0]);
  for (size_t i = 1; i < arguments.size(); ++i) value = apply(value, number_of(arguments[i]));
  if (std::isnan(value)) return Error(Code::invalid, "a number is missing");
  return number_node(value);
}

constexpr size_t kAny = 32;
const Function kFunctions[] = {
    {"upper", 1, 1, [](const Arguments& a) -> Result<Node> { return text(upper(a[0].text)); }},
    {"lower", 1, 1, [](const Arguments& a) -> Result<Node> { return text(lower(a[0].text)); }},
    {"trimspace", 1, 1,
     [](const Arguments& a) -> Result<Node> { return text(std::string(trim(a[0].text))); }},
    {"trimprefix", 2, 2,
     [](const Arguments& a) -> Result<Node> {
       return text(a[0].text.starts_with(a[1].text) ? a[0].text.substr(a[1].text.size()) : a[0].text);
     }},
    {"trimsuffix", 2, 2,
     [](const Arguments& a) -> Result<Node> {
       bool ends = a[0].text.ends_with(a[1].text);
       return text(ends ? a[0].text.substr(0, a[0].text.size() - a[1].text.size()) : a[0].text);
     }},
    {"replace", 3, 3,
     [](const Arguments& a) -> Result<Node> { return text(replaced(a[0].text, a[1].text, a[2].text)); }},
    {"substr", 3, 3,
     [](const Arguments& a) -> Result<Node> {
       double from = number_of(a[1]), count = number_of(a[2]), size = static_cast<double>(a[0].text.size());
       if (std::isnan(from) || std::isnan(count)) return Error(Code::invalid, "'substr' takes numbers");
       from = std::clamp(from < 0 ? size + from : from, 0.0, size);
       count = std::clamp(count < 0 ? size : count, 0.0, size - from);
       return text(a[0].text.substr(static_cast<size_t>(from), static_cast<size_t>(count)));
     }},
    {"sanitize", 1, 1,
     [](const Arguments& a) -> Result<Node> {
       std::string value = a[0].text;
       for (char& c : value)
         if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '_') c = '_';
       return text(value);
     }},
    {"split", 2, 2,
     [](const Arguments& a) -> Result<Node> {
       std::vector<std::string> parts;
       size_t begin = 0, end = 0;
       for (; !a[0].text.empty() &&
              (end = a[1].text.empty() ? begin + 1 : a[0].text.find(a[1].text, begin)) < a[0].text.size();
            begin = end + a[1].text.size())
         parts.push_back(a[0].text.substr(begin, end - begin));
       parts.push_back(a[0].text.substr(begin));
       return texts(parts);
     }},
    {"join", 2, 2,
     [](const Arguments& a) -> Result<Node> {
       std::vector<std::string> parts;
       for (const Node& item : a[1].items) parts.push_back(item.text);
       return text(join(parts, a[0].text));
     }},
    {"concat", 1, kAny,
     [](const Arguments& a) -> Result<Node> {
       Node list = Node::list({});
       for (const Node& part : a) list.items.insert(list.items.end(), part.items.begin(), part.items.end());
       if (list.items.size() > document::kMostNodes) return Error(Code::invalid, "a list grows too long");
       return list;
     }},
    {"distinct", 1, 1,
     [](const Arguments& a) -> Result<Node> {
       Node list = Node::list({});
       if (a[0].items.size() > 1000) return Error(Code::invalid, "a list is too long for 'distinct'");
       for (const Node& item : a[0].items)
         if (std::none_of(list.items.begin(), list.items.end(),
                          [&](const Node& other) { return other.same(item); }))
           list.items.push_back(item);
       return list;
     }},
    {"contains", 2, 2,
     [](const Arguments& a) -> Result<Node> {
       return truth(std::any_of(a[0].items.begin(), a[0].items.end(),
                                [&](const Node& item) { return item.same(a[1]); }));
     }},
    {"length", 1, 1,
     [](const Arguments& a) -> Result<Node> {
       size_t size = a[0].is_list()  ? a[0].items.size()
                     : a[0].is_map() ? a[0].members.size()
                                     : a[0].text.size();
       return number_node(static_cast<double>(size));
     }},
    {"keys", 1, 1,
     [](const Arguments& a) -> Result<Node> {
       std::vector<std::string> names;
       for (const Member& member : a[0].members) names.push_back(member.name);
       std::sort(names.begin(), names.end());
       return texts(names);
     }},
    {"lookup", 3, 3,
     [](const Arguments& a) -> Result<Node> {
       const Node* found = a[0].find(a[1].text);
       return found == nullptr ? a[2] : *found;
     }},
    {"coalesce", 1, kAny,
     [](const Arguments& a) -> Result<Node> {
       for (const Node& value : a)
         if (!value.is_null()) return value;
       return Node{};
     }},
    {"equal", 2, 2, [](const Arguments& a) -> Result<Node> { return truth(a[0].same(a[1])); }},
    {"notequal", 2, 2, [](const Arguments& a) -> Result<Node> { return truth(!a[0].same(a[1])); }},
    {"and", 2, 2,
     [](const Arguments& a) -> Result<Node> { return truth(a[0].text == "true" && a[1].text == "true"); }},
    {"or", 2, 2,
     [](const Arguments& a) -> Result<Node> { return truth(a[0].text == "true" || a[1].text == "true"); }},
    {"not", 1, 1, [](const Arguments& a) -> Result<Node> { return truth(a[0].text != "true"); }},
    {"add", 2, 2, [](const Arguments& a) { return numbers(a, [](double x, double y) { return x + y; }); }},
    {"subtract", 2, 2,
     [](const Arguments& a) { return numbers(a, [](double x, double y) { return x - y; }); }},
    {"multiply", 2, 2,
     [](const Arguments& a) { return numbers(a, [](double x, double y) { return x * y; }); }},
    {"min", 1, kAny,
     [](const Arguments& a) { return numbers(a, [](double x, double y) { return std::min(x, y); }); }},
    {"max", 1, kAny,
     [](const Arguments& a) { return numbers(a, [](double x, double y) { return std::max(x, y); }); }},
};

}  // namespace

Result<Node> call_function(const std::string& name, const Arguments& arguments) {
  auto found = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                            [&](const Function& function) { return function.name == name; });
  if (found == std::end(kFunctions))
    return Error::make(Code::not_found, "the function '{}' is not known here", printable(name))
        .hint("`docker buildx bake --print > docker-bake.json` writes a file without expressions");
  if (arguments.size() < found->least || arguments.size() > found->most)
    return Error::make(Code::invalid, "'{}' takes {} arguments, not {}", name, found->least,
                       arguments.size());
  return found->call(arguments);
}

}  // namespace tierbuild::bake
