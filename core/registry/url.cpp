#include "registry/url.hpp"

#include <arpa/inet.h>

#include <memory>

#include "base/strings.hpp"
#include "registry/libcurl.hpp"

namespace tierbuild::registry {
namespace {

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Handle = std::unique_ptr<CURLU, FreeUrl>;

std::string part(CURLU* url, CURLUPart what, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, what, &text, flags) != CURLUE_OK) return {};
  std::string out = text;
  curl_free(text);
  return out;
}

Status set(CURLU* url, CURLUPart what, const std::string& text, unsigned flags) {
  if (text.find('\0') != std::string::npos) return Error::make(Code::invalid, "a URL with a NUL");
  if (CURLUcode code = curl_url_set(url, what, text.c_str(), flags); code != CURLUE_OK)
    return Error::make(Code::invalid, "bad URL '{}': {}", printable(text), curl_url_strerror(code));
  return {};
}

Result<Url> inspect(CURLU* handle) {
  Url url;
  curl_url_set(handle, CURLUPART_FRAGMENT, nullptr, 0);
  url.text = part(handle, CURLUPART_URL);
  url.scheme = lower(part(handle, CURLUPART_SCHEME));
  url.host = lower(part(handle, CURLUPART_HOST));
  if (url.scheme != "http" && url.scheme != "https")
    return Error::make(Code::invalid, "'{}' is neither http nor https", printable(url.text));
  if (url.host.empty()) return Error::make(Code::invalid, "'{}' has no host", printable(url.text));
  url.origin =
      fmt::format("{}://{}:{}", url.scheme, url.host, part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT));
  return url;
}

}  // namespace

Result<Url> parse_url(const std::string& text) {
  TB_TRY(open_libcurl());
  Handle handle(curl_url());
  TB_TRY(set(handle.get(), CURLUPART_URL, text, CURLU_DISALLOW_USER));
  return inspect(handle.get());
}

Result<Url> resolve_url(const Url& base, const std::string& location) {
  if (location.empty()) return Error::make(Code::invalid, "an empty URL");
  TB_TRY(open_libcurl());
  Handle handle(curl_url());
  TB_TRY(set(handle.get(), CURLUPART_URL, base.text, CURLU_DISALLOW_USER));
  TB_TRY(set(handle.get(), CURLUPART_URL, location, CURLU_DISALLOW_USER));
  return inspect(handle.get());
}

std::string form(const Pairs& pairs) {
  constexpr std::string_view kPlain = "-._~";
  std::string out;
  auto append = [&](const std::string& text) {
    for (char c : text)
      if (std::isalnum(static_cast<unsigned char>(c)) != 0 || kPlain.find(c) != std::string_view::npos)
        out += c;
      else
        out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  };
  for (const auto& [name, value] : pairs) {
    if (!out.empty()) out += '&';
    append(name);
    out += '=';
    append(value);
  }
  return out;
}

std::string with_query(const Url& url, const Pairs& pairs) {
  return url.text + (url.text.find('?') == std::string::npos ? '?' : '&') + form(pairs);
}

std::string_view without_port(std::string_view host) {
  size_t colon = host.rfind(':');
  size_t bracket = host.rfind(']');
  if (colon == std::string_view::npos || (bracket != std::string_view::npos && colon < bracket)) return host;
  return host.substr(0, colon);
}

bool is_loopback(std::string_view host) {
  const std::string name = lower(without_port(host));
  if (name == "localhost" || name == "[::1]") return true;
  in_addr address{};
  return inet_pton(AF_INET, name.c_str(), &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

}  // namespace tierbuild::registry
