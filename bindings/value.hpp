// Value: anything a Buildfile can hand to a primitive, copied out of Lua and never changed afterwards.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "bindings/origin.hpp"
#include "project/project.hpp"

namespace tierbuild::bindings {

struct Object;
struct Table;
using ObjectPtr = std::shared_ptr<const Object>;
using TablePtr = std::shared_ptr<const Table>;

/// A function of a Buildfile, kept in the state that it came from.
struct LuaFunction {
  int reference = 0;
  OriginPtr origin;  // the lines it stands on
};

class Value {
 public:
  using Data = std::variant<std::monostate, bool, double, std::string, TablePtr, ObjectPtr,
                            std::shared_ptr<const LuaFunction>>;

  Value() = default;
  Value(bool value) : data_(value) {}
  Value(double value) : data_(value) {}
  Value(int value) : data_(static_cast<double>(value)) {}
  Value(std::string value) : data_(std::move(value)) {}
  Value(const char* value) : data_(std::string(value)) {}
  Value(TablePtr value) : data_(std::move(value)) {}
  Value(ObjectPtr value) : data_(std::move(value)) {}
  Value(std::shared_ptr<const LuaFunction> value) : data_(std::move(value)) {}
  explicit Value(Table value);
  explicit Value(Object value);

  bool is_nil() const { return data_.index() == 0; }
  const bool* boolean() const { return std::get_if<bool>(&data_); }
  const double* number() const { return std::get_if<double>(&data_); }
  const std::string* string() const { return std::get_if<std::string>(&data_); }
  const Table* table() const {
    auto* held = std::get_if<TablePtr>(&data_);
    return held == nullptr ? nullptr : held->get();
  }
  TablePtr table_ptr() const {
    auto* held = std::get_if<TablePtr>(&data_);
    return held == nullptr ? nullptr : *held;
  }
  ObjectPtr object_ptr() const {
    auto* held = std::get_if<ObjectPtr>(&data_);
    return held == nullptr ? nullptr : *held;
  }
  const LuaFunction* function() const {
    auto* held = std::get_if<std::shared_ptr<const LuaFunction>>(&data_);
    return held == nullptr ? nullptr : held->get();
  }
  /// The object if it is a T.
  template <class T>
  const T* as() const;
  const Data& data() const { return data_; }

 private:
  Data data_;
};

/// A Lua table: its items 1..n and its named fields.
struct Table {
  std::vector<Value> items;
  std::map<std::string, Value> fields;
  Place place;
  std::vector<Place> item_places =
      {};  // of the items, where two tables were appended; else they follow from `place`

  Place place_of_item(size_t index) const {
    return item_places.empty() ? place.at(static_cast<int>(index + 1)) : item_places[index];
  }
  const Value& operator[](const std::string& name) const;
  bool has(const std::string& name) const { return fields.contains(name); }
  bool empty() const { return items.empty() && fields.empty(); }
};

// --- objects: opaque to Lua, immutable

/// What a declaration returns: usable wherever its name is.
struct Handle {
  std::string kind;  // tier, service, group, task, registry
  std::string name;
  int order = 0;  // in which handles were declared

  /// `tier:python-base`.
  std::string id() const { return kind + ":" + name; }
};

struct StepValue {
  project::StepPtr step;
};
/// What pip was asked for.
struct PipEntries {
  std::vector<python::Requirement> installed;
  std::vector<python::Requirement> covered;      // what subtraction took away
  std::vector<python::Requirement> constraints;  // what bounded the versions
};
/// A step whose layer does not depend on what is below it.
struct LayerValue {
  project::StepPtr step;
  PipEntries pip = {};  // if it was made by pip
};
struct Requirements;
struct RequirementsValue {
  std::shared_ptr<const Requirements> list;
};
struct Wheel;
struct WheelValue {
  std::shared_ptr<const Wheel> wheel;
};
struct Type;
struct TypeValue {
  std::shared_ptr<const Type> type;
};
/// `replace {…}`: the value stands instead of the merged one.
struct Replace {
  Value value;
};
struct Rule;
struct RuleValue {
  std::shared_ptr<const Rule> rule;
};
/// `service 'x'`, waiting for its table.
struct Declarer {
  const struct Primitive* primitive = nullptr;
  std::shared_ptr<const Rule> rule;  // set instead of `primitive` for a rule
  std::string name;
  OriginPtr origin;
  size_t number = 0;  // of this declaration, to find those that never got a body
};
/// An error on its way through Lua.
struct Failure {
  Error error;
};

struct Object {
  std::variant<Handle, project::ImagePtr, StepValue, LayerValue, project::MountValue, project::FilesValue,
               project::FetchValue, RequirementsValue, WheelValue, TypeValue, project::TaskWord, Replace,
               RuleValue, Declarer, Failure>
      held;
};

template <class T>
const T* Value::as() const {
  auto* held = std::get_if<ObjectPtr>(&data_);
  return held == nullptr ? nullptr : std::get_if<T>(&(*held)->held);
}

/// For messages: `the string 'x'`, `a table`, `nothing`, `tier 'base'`.
std::string describe(const Value& value);

}  // namespace tierbuild::bindings
