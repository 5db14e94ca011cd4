#include "dockerfile/request.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "base/strings.hpp"

namespace tierbuild::dockerfile {
namespace {

constexpr const char* kLimits[] = {"as",      "core",     "cpu",        "data",   "fsize", "locks",
                                   "memlock", "msgqueue", "nice",       "nofile", "nproc", "rss",
                                   "rtprio",  "rttime",   "sigpending", "stack"};

std::optional<int64_t> limit_of(std::string_view text) {
  int64_t value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool fits = failure == std::errc() && end == text.data() + text.size() && value >= -1;
  return fits ? std::optional(value) : std::nullopt;
}

}  // namespace

Result<std::pair<std::string, Request::Ulimit>> parse_ulimit(std::string_view text) {
  size_t equals = text.find('=');
  std::string name(text.substr(0, equals));
  std::vector<std::string_view> parts =
      split(equals == std::string_view::npos ? std::string_view() : text.substr(equals + 1), ':');
  auto soft = limit_of(parts.front()), hard = limit_of(parts.back());
  if (!soft || !hard || parts.size() > 2)
    return Error::make(Code::invalid, "'{}' is not NAME=SOFT[:HARD]", printable(text));
  if (std::find(std::begin(kLimits), std::end(kLimits), name) == std::end(kLimits)) {
    auto near = suggest(name, std::vector<std::string>(std::begin(kLimits), std::end(kLimits)));
    return Error::make(Code::invalid, "there is no limit '{}'{}", printable(name),
                       near ? fmt::format(" (did you mean '{}'?)", *near) : "");
  }
  if (*hard != -1 && (*soft == -1 || *soft > *hard))
    return Error::make(Code::invalid, "the soft limit of '{}' is above the hard one", name);
  return std::pair(std::move(name), Request::Ulimit{*soft, *hard});
}

std::optional<uint64_t> parse_size(std::string_view text) {
  std::string number = lower(text);
  if (number.ends_with('b')) number.pop_back();
  if (number.ends_with('i')) number.pop_back();
  if (!number.empty() && std::isalpha(static_cast<unsigned char>(number.back())) != 0) number += "ib";
  return parse_bytes(number);
}

Result<std::pair<std::string, std::string>> parse_host(std::string_view text) {
  size_t cut = text.find('=');
  if (cut == std::string_view::npos) cut = text.find(':');
  std::string name(text.substr(0, cut)), address;
  if (cut != std::string_view::npos) address = text.substr(cut + 1);
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  TB_TRY(check_host(name, address));
  return std::pair(std::move(name), std::move(address));
}

Status check_host(std::string_view name, std::string_view address) {
  bool has_blank = name.find_first_of(" \t\r\n#") != std::string_view::npos;
  std::string text(address);
  in6_addr parsed{};
  bool is_address = text == "host-gateway" || ::inet_pton(AF_INET, text.c_str(), &parsed) == 1 ||
                    ::inet_pton(AF_INET6, text.c_str(), &parsed) == 1;
  if (!name.empty() && !has_blank && is_address) return {};
  return Error::make(Code::invalid, "'{}={}' is not NAME=ADDRESS", printable(name), printable(address));
}

}  // namespace tierbuild::dockerfile
