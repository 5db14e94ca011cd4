// tierbuild::Host: evaluates Buildfiles inside another program and teaches them that program's own words.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#if defined(__GNUC__)
#define TIERBUILD_API __attribute__((visibility("default")))
#else
#define TIERBUILD_API
#endif

namespace tierbuild {

/// A value of a Buildfile. Tiers, services and groups appear as their id, such as "tier:base".
class HostValue {
 public:
  using List = std::vector<HostValue>;
  using Map = std::map<std::string, HostValue>;

  HostValue() = default;
  HostValue(bool value) : held_(value) {}
  HostValue(double value) : held_(value) {}
  HostValue(int value) : held_(static_cast<double>(value)) {}
  HostValue(std::string value) : held_(std::move(value)) {}
  HostValue(const char* value) : held_(std::string(value)) {}
  HostValue(List value) : held_(std::move(value)) {}
  HostValue(Map value) : held_(std::move(value)) {}

  bool is_nil() const { return held_.index() == 0; }
  /// The value if it has that type, else null.
  const bool* boolean() const { return std::get_if<bool>(&held_); }
  const double* number() const { return std::get_if<double>(&held_); }
  const std::string* string() const { return std::get_if<std::string>(&held_); }
  const List* list() const { return std::get_if<List>(&held_); }
  const Map* map() const { return std::get_if<Map>(&held_); }
  /// The text, or `fallback` if it is none.
  std::string text(std::string fallback = {}) const { return string() == nullptr ? fallback : *string(); }

 private:
  std::variant<std::monostate, bool, double, std::string, List, Map> held_;
};

/// Line and column count from 1; 0 is unknown. The file is relative to the root of the workspace.
struct HostPlace {
  std::string file;
  int line = 0;
  int column = 0;
};

/// One error of a Buildfile, as docs/errors.md explains it.
struct Diagnostic {
  std::string number;  // "E012"
  std::string message;
  std::string hint;  // what to do next; may be empty
  HostPlace place;
  std::vector<std::string> notes;

  /// `file:line:column: error[E012]: message`.
  std::string str() const {
    std::string at = place.file;
    if (place.line > 0) at += ":" + std::to_string(place.line);
    if (place.line > 0 && place.column > 0) at += ":" + std::to_string(place.column);
    return (at.empty() ? "" : at + ": ") + "error[" + number + "]: " + message;
  }
};

enum class FieldType : std::uint8_t {
  any,
  string,
  boolean,
  integer,
  number,
  port,      // 1 to 65535
  path,      // of the workspace
  duration,  // "30s"
  bytes,     // "200MB"
  strings,   // a list
  texts,     // a table from names to strings
  target,    // a tier or service, given as its handle or name
};

struct HostField {
  std::string name;
  FieldType type = FieldType::any;
  std::string doc;
  bool required = false;
};

/// What a Buildfile handed to a primitive; already checked against its fields.
struct Invocation {
  std::string name;  // `deploy 'site' {…}`: "site"; empty for a primitive without a name
  HostValue::List items;
  HostValue::Map fields;
  HostPlace place;

  /// The field, or nil.
  const HostValue& operator[](const std::string& field) const {
    static const HostValue nil;
    auto found = fields.find(field);
    return found == fields.end() ? nil : found->second;
  }
};

/// Why a primitive refuses what it was given; reported at the author's line.
struct Refusal {
  std::string message;
  std::string hint;
};

using Answer = std::variant<HostValue, Refusal>;

enum class Form : std::uint8_t {
  named,  // deploy 'site' { … }
  table,  // deploy { … }
};

/// A word of one's own for Buildfiles. Its fields are checked, and misspelt ones get a suggestion, as those
/// of the language itself.
struct HostPrimitive {
  std::string name;  // "deploy", or "acme.deploy"
  std::string doc;
  Form form = Form::named;
  std::vector<HostField> fields;
  FieldType items = FieldType::any;
  bool takes_items = false;  // values without a name
  std::function<Answer(const Invocation&)> call;
};

struct HostTarget {
  std::string kind;  // "tier" or "service"
  std::string name;
  std::string doc;
  std::string image;  // name pattern of its image; empty: its name
  HostPlace place;
};

struct HostTask {
  std::string name;
  std::string doc;
  std::vector<std::string> args;
  HostPlace place;
};

/// A function of the language, for a reference or an editor.
struct HostSchema {
  std::string name, doc, returns;
  struct Parameter {
    std::string name, type, doc, fallback;
    bool required = false;
  };
  std::vector<Parameter> fields;
};

struct HostOptions {
  std::map<std::string, std::string> args;  // as `--arg name=value`
  std::string platform;                     // "linux/arm64"; empty: this machine's
  std::uint64_t instructions = 200'000'000;
  std::uint64_t memory = 512ull << 20;
  std::function<bool()> interrupted;  // polled; true ends the evaluation
};

/// Not safe for use by several threads at once; different hosts are independent.
class TIERBUILD_API Host {
 public:
  explicit Host(HostOptions options = {});
  ~Host();
  Host(Host&&) noexcept;
  Host& operator=(Host&&) noexcept;

  /// Adds a primitive to all later evaluations. It must not have the name of one that exists: then, or with
  /// a field listed twice, the result says why and nothing is added; it is empty otherwise.
  std::string define(HostPrimitive primitive);

  /// Evaluates a Buildfile and all it includes. No diagnostics: it succeeded, and the lists below are filled.
  /// After an error they are empty. An exception thrown by a primitive becomes a diagnostic at its call.
  std::vector<Diagnostic> evaluate(const std::string& file);

  /// In the order of declaration.
  const std::vector<HostTarget>& targets() const;
  const std::vector<HostTask>& tasks() const;
  /// What the result depends on: `read a/b`, `exists a/c`, `glob a/*.py`, relative to the root.
  const std::vector<std::string>& reads() const;
  /// The absolute root of the workspace that was evaluated last.
  const std::string& root() const;

  /// All that Buildfiles may call here, the added primitives included, sorted by name.
  std::vector<HostSchema> reference() const;

  /// The version of the library: "0.1.0".
  static const char* version();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tierbuild
