#include "registry/wire.hpp"

#include "base/strings.hpp"
#include "registry/client.hpp"

namespace tierbuild::registry {
namespace {

constexpr unsigned kMaxRedirects = 5;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool is_read(const Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

Result<Url> redirect_target(const Url& from, const Response& response) {
  auto target = resolve_url(from, response.header("location"));
  if (!target)
    return Error::make(Code::corrupt, "the server redirects to nowhere: {}", target.error().message());
  if (from.secure() && !target->secure())
    return Error::make(Code::corrupt, "{} redirects to {}, which is not encrypted", from.origin,
                       target->origin);
  return target;
}

}  // namespace

Result<Source> Wire::source(const std::string& host, std::string repository) const {
  const auto& insecure = options_.insecure;
  const bool plain =
      is_loopback(host) || std::any_of(insecure.begin(), insecure.end(), [&](const std::string& name) {
        return name == host || name == without_port(host);
      });
  const std::string server = host == "docker.io" ? "registry-1.docker.io" : host;
  TB_LET(Url api, parse_url(fmt::format("{}://{}/", plain ? "http" : "https", server)));
  return Source{host, std::move(repository), std::move(api)};
}

Result<Source> Wire::registry(const image::Reference& reference) const {
  return source(reference.registry, reference.repository);
}

Result<std::vector<Source>> Wire::sources(const image::Reference& reference) const {
  std::vector<Source> out;
  if (auto mirror = options_.mirrors.find(reference.registry); mirror != options_.mirrors.end()) {
    const std::string_view name = mirror->second;
    const size_t slash = std::min(name.find('/'), name.size());
    std::string_view path = name.substr(std::min(slash + 1, name.size()));
    while (path.ends_with('/')) path.remove_suffix(1);
    std::string repository =
        path.empty() ? reference.repository : fmt::format("{}/{}", path, reference.repository);
    TB_LET(Source from, source(std::string(name.substr(0, slash)), std::move(repository)),
           "in the mirror of {}", reference.registry);
    out.push_back(std::move(from));
  }
  TB_LET(Source own, registry(reference));
  out.push_back(std::move(own));
  return out;
}

Request Wire::request(std::string method, const Source& source, const std::string& path) {
  Request request;
  request.method = std::move(method);
  request.url = fmt::format("{}v2/{}/{}", source.api.text, source.repository, path);
  return request;
}

Result<Response> Wire::once(const Source& source, Request request, const Scopes& scopes, const BodySink& sink,
                            std::stop_token stop) {
  TB_LET(Url at, parse_url(request.url));
  bool home = at.origin == source.api.origin;  // stays false once a redirect has led away
  bool answered = false;
  std::string login = home ? authorizer_.header(source.host, scopes) : "";
  for (unsigned redirects = 0;;) {
    if (stop.stop_requested()) return Error::make(Code::cancelled, "stopped");
    request.url = at.text;
    request.headers.erase("Authorization");
    if (home && !login.empty()) request.headers["Authorization"] = login;
    TB_LET(Response response, transport_.send(request, sink, stop));

    if (response.status == 401 && home && !answered) {
      answered = true;
      TB_LET(login, authorizer_.answer(source.host, source.api, scopes, login, response, stop));
      continue;
    }
    if (!is_redirect(response.status) || !is_read(request)) return response;
    if (++redirects > kMaxRedirects)
      return Error::make(Code::corrupt, "the server redirects more than {} times", kMaxRedirects);
    TB_LET(at, redirect_target(at, response));
    home = home && at.origin == source.api.origin;
  }
}

Result<Response> Wire::patiently(const Source& source, const Request& request, const Scopes& scopes,
                                 std::stop_token stop) {
  for (Retry retry = this->retry(stop);;) {
    auto answer = once(source, request, scopes, {}, stop);
    if (!retry.again(answer)) return answer;
  }
}

Retry Wire::retry(std::stop_token stop) const {
  return {options_.retries, options_.sleep, std::move(stop)};
}

}  // namespace tierbuild::registry
