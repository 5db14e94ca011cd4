// The error numbers of evaluation. `docs/errors.md` explains each; a test keeps the two together.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace tierbuild::bindings {

enum class Fault : uint8_t {
  syntax = 1,
  unreadable = 2,
  undeclared = 3,
  global_assignment = 4,
  unavailable = 5,
  runtime = 6,
  raised = 7,
  instructions = 8,
  memory = 9,
  interrupted = 10,
  missing_field = 11,
  unknown_field = 12,
  wrong_type = 13,
  bad_value = 14,
  unknown_member = 15,
  immutable = 16,
  bad_call = 17,
  stamp = 19,
  declared_twice = 20,
  no_source = 30,
  outside = 31,
  bad_data = 32,
  not_loaded = 33,
  unknown_arg = 34,
  bad_arg = 35,
  no_architecture = 36,
  bad_rule = 37,
  bad_table = 38,
  bad_time = 39,
  task_command = 40,
  bad_requirement = 45,
  conflict = 46,
  not_locked = 51,
};

/// Every number once, for the test of the documentation.
const std::vector<Fault>& all_faults();

/// `E012`.
std::string number_of(Fault fault);

/// An error of this kind; its code is `invalid` but for those that are not the author's fault.
template <class... Args>
Error fault(Fault kind, fmt::format_string<Args...> format, Args&&... args) {
  Code code = kind == Fault::interrupted    ? Code::cancelled
              : kind == Fault::task_command ? Code::failed
                                            : Code::invalid;
  return Error(code, fmt::format(format, std::forward<Args>(args)...)).id(number_of(kind));
}

/// ` (did you mean 'x'?)`, or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace tierbuild::bindings
