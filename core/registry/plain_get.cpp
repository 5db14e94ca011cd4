#include "registry/plain_get.hpp"

namespace tierbuild::registry {
namespace {

constexpr int kMaxRedirects = 5;

}  // namespace

Result<Got> plain_get(Transport& transport, const std::string& url, const BodySink& sink,
                      std::stop_token stop) {
  Sha256 hash;
  Got got;
  BodySink counted = [&](std::string_view bytes) -> Status {
    hash.update(bytes);
    got.size += bytes.size();
    return sink(bytes);
  };
  std::string at = url;
  for (int hop = 0;; ++hop) {
    Request request;
    request.url = at;
    TB_LET(Response response, transport.send(request, counted, stop), "while fetching {}", url);
    if (response.status / 100 == 2) break;
    std::string location = response.header("location");
    bool redirected = response.status / 100 == 3 && hop < kMaxRedirects && location.starts_with("http");
    if (!redirected)
      return Error::make(Code::network, "{} answered {}", at, response.status)
          .hint("check the address; a fetch is a plain GET without credentials");
    if (at.starts_with("https:") && !location.starts_with("https:"))
      return Error::make(Code::network, "{} leads from https to an unprotected address", at);
    at = location;
  }
  got.digest = hash.finish();
  return got;
}

}  // namespace tierbuild::registry
