// Validation: values against types, with messages that say what was expected, what was found, and where.
#pragma once

#include <string>
#include <vector>

#include "bindings/source_map.hpp"
#include "bindings/type.hpp"

namespace tierbuild::bindings {

/// Collects the errors of one call or declaration.
class Validator {
 public:
  /// `subject` is how messages call the whole: `service 'discord'`.
  Validator(const SourceMap& sources, std::string subject)
      : sources_(sources), subject_(std::move(subject)) {}

  /// Checks a value found at `place`; adds an error for each fault in it.
  void check(const Value& value, const Type& type, const Place& place);
  /// Checks the named fields and the positional items of a table. Without `items`, positional ones are
  /// faults.
  void check_fields(const Table& table, const std::vector<Field>& fields, const Type* items,
                    const Place& place, Required required = Required::yes);
  /// Adds an error at a place.
  void add(Error error, const Place& place);
  /// `'copy[1].to' of service 'x'`, or the subject for an empty path.
  std::string phrase(const Place& place) const;

  bool ok() const { return errors_.empty(); }
  std::vector<Error> take() { return std::move(errors_); }

 private:
  void mismatch(const Value& value, const Type& type, const Place& place);
  void check_text(const std::string& text, const Type& type, const Place& place);
  void check_number(double number, const Type& type, const Place& place);
  void check_list(const Value& value, const Type& type, const Place& place);
  void check_map(const Value& value, const Type& type, const Place& place);

  const SourceMap& sources_;
  std::string subject_;
  std::vector<Error> errors_;
};

/// True if `value` has the type; for choosing between alternatives.
bool fits(const Value& value, const Type& type);

}  // namespace tierbuild::bindings
