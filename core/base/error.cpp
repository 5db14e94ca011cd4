#include "base/error.hpp"

#include <cerrno>
#include <cstring>

namespace tierbuild {

std::string_view name_of(Code code) {
  switch (code) {
    case Code::invalid:
      return "invalid";
    case Code::not_found:
      return "not_found";
    case Code::exists:
      return "exists";
    case Code::failed:
      return "failed";
    case Code::io:
      return "io";
    case Code::no_space:
      return "no_space";
    case Code::corrupt:
      return "corrupt";
    case Code::network:
      return "network";
    case Code::denied:
      return "denied";
    case Code::host_lacks:
      return "host_lacks";
    case Code::cancelled:
      return "cancelled";
    case Code::timeout:
      return "timeout";
    case Code::internal:
      return "internal";
  }
  return "internal";
}

std::string Location::str() const {
  std::string out = file;
  if (line > 0) out += fmt::format(":{}", line);
  if (line > 0 && column > 0) out += fmt::format(":{}", column);
  return out;
}

std::string Error::str() const {
  std::string out = message_;
  if (context_.empty()) return out;
  out += " (";
  for (size_t i = 0; i < context_.size(); ++i) out += (i == 0 ? "" : ", ") + context_[i];
  return out + ")";
}

Error Error::from_errno(int errnum, std::string message) {
  Code code = Code::io;
  if (errnum == ENOSPC || errnum == EDQUOT) code = Code::no_space;
  if (errnum == ENOENT) code = Code::not_found;
  if (errnum == EACCES || errnum == EPERM) code = Code::denied;
  Error error{code, fmt::format("{}: {}", message, std::strerror(errnum))};
  if (code == Code::no_space) error.hint_ = "free some space (`tierbuild prune` removes what no image needs)";
  return error;
}

}  // namespace tierbuild
