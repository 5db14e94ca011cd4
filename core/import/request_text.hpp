// What a request says besides its Dockerfile, as fields of a target.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "dockerfile/request.hpp"
#include "import/translate.hpp"

namespace tierbuild::imports {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// `name = value` lines, their values in one column.
std::string lines_of(const Fields& fields);

class RequestText {
 public:
  /// `variable` gives the name of a target in Lua, empty if it has none; lines for people go to `left_out`.
  RequestText(const Places& places, std::function<std::string(const std::string& target)> variable,
              std::vector<std::string>& left_out)
      : places_(places), variable_(std::move(variable)), left_out_(left_out) {}

  /// `dockerfile` and the fields that go with it; `file` is that of an inline Dockerfile.
  void dockerfile(const dockerfile::Request& request, const std::string& file, Fields& fields);
  /// Of every target: platforms, tags of a service, annotations.
  void common(const dockerfile::Request& request, bool is_service, Fields& fields);
  /// What a Buildfile has no field for.
  void tell_of_the_rest(const dockerfile::Request& request);

 private:
  void contexts(const dockerfile::Request& request, Fields& fields);
  void leave_out(const dockerfile::Request& request, const std::string& what);

  const Places& places_;
  std::function<std::string(const std::string& target)> variable_;
  std::vector<std::string>& left_out_;
};

}  // namespace tierbuild::imports
