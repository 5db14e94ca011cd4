#include "bindings/faults.hpp"

#include "base/strings.hpp"

namespace tierbuild::bindings {

const std::vector<Fault>& all_faults() {
  static const std::vector<Fault> all{
      Fault::syntax,      Fault::unreadable,      Fault::undeclared,      Fault::global_assignment,
      Fault::unavailable, Fault::runtime,         Fault::raised,          Fault::instructions,
      Fault::memory,      Fault::interrupted,     Fault::missing_field,   Fault::unknown_field,
      Fault::wrong_type,  Fault::bad_value,       Fault::unknown_member,  Fault::immutable,
      Fault::bad_call,    Fault::stamp,           Fault::declared_twice,  Fault::no_source,
      Fault::outside,     Fault::bad_data,        Fault::not_loaded,      Fault::unknown_arg,
      Fault::bad_arg,     Fault::no_architecture, Fault::bad_rule,        Fault::bad_table,
      Fault::bad_time,    Fault::task_command,    Fault::bad_requirement, Fault::conflict,
      Fault::not_locked};
  return all;
}

std::string number_of(Fault fault) {
  return fmt::format("E{:03}", static_cast<int>(fault));
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  std::optional<std::string> near = suggest(word, candidates);
  return near && *near != word ? fmt::format(" (did you mean '{}'?)", *near) : "";
}

}  // namespace tierbuild::bindings
