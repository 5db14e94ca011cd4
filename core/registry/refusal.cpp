#include "registry/refusal.hpp"

#include <nlohmann/json.hpp>

#include "base/strings.hpp"

namespace tierbuild::registry {
namespace {

constexpr size_t kMaxWords = 300;

// The message of `{"errors": [{"code": …, "message": …}]}`, or nothing.
std::string words_of(const Response& response) {
  const nlohmann::json body = nlohmann::json::parse(response.body, nullptr, false);
  if (!body.is_object() || !body.contains("errors") || !body["errors"].is_array() || body["errors"].empty())
    return {};
  const nlohmann::json& first = body["errors"][0];
  for (const char* field : {"message", "code"})
    if (first.is_object() && first.contains(field) && first[field].is_string())
      if (std::string words = first[field].get<std::string>(); !words.empty())
        return printable(words.substr(0, kMaxWords));
  return {};
}

}  // namespace

Error refusal(Direction direction, const std::string& host, const Response& response) {
  const std::string words = words_of(response);
  const std::string reason = words.empty() ? "" : fmt::format(" ({})", words);
  switch (response.status) {
    case 401:
    case 403:
      return Error::make(Code::denied, "denied{}", reason)
          .hint(fmt::format(
              "if the name is right, log in with `tierbuild login {}`, or set REGISTRY_AUTH_FILE", host));
    case 404:
      return Error::make(Code::not_found, "not found{}", reason)
          .hint(direction == Direction::pull
                    ? "check the name and the tag of the image"
                    : "check the name; some registries want a repository to be made first");
    case 413:
      return Error::make(Code::network, "too large for the registry{}", reason)
          .hint(
              "give `registry` a smaller `chunk`, or raise the limit of the registry or of the proxy before "
              "it");
    case 429:
      return Error::make(Code::network, "too many requests{}", reason)
          .hint(fmt::format("wait, or log in with `tierbuild login {}` for a higher limit", host));
    default:
      return Error::make(Code::network, "the registry answers with status {}{}", response.status, reason);
  }
}

Error prefixed(const std::string& what, Error error) {
  Error out = Error::make(error.code(), "{}: {}", what, error.message()).hint(error.hint());
  for (const std::string& frame : error.context()) out = std::move(out).with("{}", frame);
  return out;
}

}  // namespace tierbuild::registry
