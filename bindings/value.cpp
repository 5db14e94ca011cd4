#include "bindings/value.hpp"

#include <cmath>

#include "base/strings.hpp"

namespace tierbuild::bindings {
namespace {

constexpr size_t kShownText = 40;

struct Describe {
  std::string operator()(std::monostate) const { return "nothing"; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(double value) const { return fmt::format("the number {}", value); }
  std::string operator()(const std::string& value) const {
    if (value.size() > kShownText)
      return fmt::format("the string '{}…'", printable(value.substr(0, kShownText)));
    return fmt::format("the string '{}'", printable(value));
  }
  std::string operator()(const TablePtr& value) const {
    if (value->empty()) return "an empty table";
    if (value->fields.empty()) return "a list";
    return fmt::format("a table with '{}'", value->fields.begin()->first);
  }
  std::string operator()(const ObjectPtr& value) const { return std::visit(*this, value->held); }
  std::string operator()(const std::shared_ptr<const LuaFunction>&) const { return "a function"; }

  std::string operator()(const Handle& value) const { return fmt::format("{} '{}'", value.kind, value.name); }
  std::string operator()(const project::ImagePtr&) const { return "an image"; }
  std::string operator()(const StepValue&) const { return "a step"; }
  std::string operator()(const LayerValue&) const { return "a layer"; }
  std::string operator()(const project::MountValue&) const { return "a mount"; }
  std::string operator()(const project::FilesValue&) const { return "files {…}"; }
  std::string operator()(const project::FetchValue&) const { return "fetch {…}"; }
  std::string operator()(const RequirementsValue&) const { return "a list of requirements"; }
  std::string operator()(const WheelValue&) const { return "a wheel"; }
  std::string operator()(const TypeValue&) const { return "a type"; }
  std::string operator()(const project::TaskWord& word) const {
    return word.kind == project::TaskWord::Kind::argv ? "ARGV" : "EACH";
  }
  std::string operator()(const Replace&) const { return "replace {…}"; }
  std::string operator()(const RuleValue&) const { return "a rule"; }
  std::string operator()(const Declarer& value) const {
    return fmt::format("a declaration '{}' without a body", value.name);
  }
  std::string operator()(const Failure&) const { return "an error"; }
};

}  // namespace

Value::Value(Table value) : data_(std::make_shared<const Table>(std::move(value))) {}
Value::Value(Object value) : data_(std::make_shared<const Object>(std::move(value))) {}

const Value& Table::operator[](const std::string& name) const {
  static const Value nil;
  auto found = fields.find(name);
  return found == fields.end() ? nil : found->second;
}

std::string describe(const Value& value) {
  return std::visit(Describe{}, value.data());
}

std::string str(const KeyPath& path) {
  std::string out;
  for (const Key& key : path) {
    if (const int* index = std::get_if<int>(&key))
      out += fmt::format("[{}]", *index);
    else
      out += (out.empty() ? "" : ".") + std::get<std::string>(key);
  }
  return out;
}

}  // namespace tierbuild::bindings
