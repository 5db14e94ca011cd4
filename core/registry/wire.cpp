#include "registry/wire.hpp"

#include "base/strings.hpp"
#include "registry/certificates.hpp"
#include "registry/refusal.hpp"

namespace tierbuild::registry {
namespace {

constexpr unsigned kMaxRedirects = 5;
constexpr int64_t kRest = 30'000;

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

Result<Source> Wire::source(const std::string& host, std::string repository, Scheme scheme) const {
  const auto& insecure = options_.insecure;
  if (scheme == Scheme::chosen) {
    const bool listed = std::any_of(insecure.begin(), insecure.end(), [&](const std::string& name) {
      return name == host || name == without_port(host);
    });
    const bool plain = listed || (is_loopback(host) && certificates_of(options_.certificates, host).empty());
    scheme = plain ? Scheme::http : Scheme::https;
  }
  const std::string server = host == "docker.io" ? "registry-1.docker.io" : host;
  TB_LET(Url api, parse_url(fmt::format("{}://{}/", scheme == Scheme::http ? "http" : "https", server)));
  return Source{host, std::move(repository), std::move(api)};
}

Result<Source> Wire::registry(const image::Reference& reference) const {
  return source(reference.registry, reference.repository, Scheme::chosen);
}

// `name` stands for what was cut off before `rest`.
Result<Source> Wire::mirror(const std::string& name, std::string_view rest) const {
  Scheme scheme = Scheme::chosen;
  std::string_view left = name;
  auto cut = [&](std::string_view prefix, Scheme means) {
    if (!left.starts_with(prefix)) return;
    left.remove_prefix(prefix.size());
    scheme = means;
  };
  cut("http://", Scheme::http);
  cut("https://", Scheme::https);
  while (left.ends_with('/')) left.remove_suffix(1);
  const size_t slash = std::min(left.find('/'), left.size());
  const std::string_view path = left.substr(std::min(slash + 1, left.size()));
  std::string repository(path.empty() || rest.empty() ? fmt::format("{}{}", path, rest)
                                                      : fmt::format("{}/{}", path, rest));
  if (repository.empty())
    return Error::make(Code::invalid, "the mirror '{}' of a whole repository names none", printable(name));
  TB_LET(Source from, source(std::string(left.substr(0, slash)), std::move(repository), scheme),
         "in the mirror '{}'", printable(name));
  from.mirror = true;
  return from;
}

Result<std::vector<Source>> Wire::sources(const image::Reference& reference) {
  std::vector<Source> out;
  const std::string name = reference.name();
  for (size_t end = name.size(); end != 0 && end != std::string::npos; end = name.rfind('/', end - 1)) {
    auto mirrors = options_.mirrors.find(name.substr(0, end));
    if (mirrors == options_.mirrors.end()) continue;
    for (const std::string& mirror : mirrors->second) {
      TB_LET(Source from,
             this->mirror(mirror, std::string_view(name).substr(std::min(end + 1, name.size()))));
      std::scoped_lock hold(mutex_);
      auto until = resting_.find(from.api.origin);
      if (until == resting_.end() || until->second < Clock::system().monotonic())
        out.push_back(std::move(from));
    }
    break;
  }
  TB_LET(Source own, registry(reference));
  out.push_back(std::move(own));
  return out;
}

void Wire::rest(const Source& mirror) {
  std::scoped_lock hold(mutex_);
  resting_[mirror.api.origin] = Clock::system().monotonic() + kRest;
}

Request Wire::request(std::string method, const Source& source, const std::string& path) {
  Request request;
  request.method = std::move(method);
  request.url = fmt::format("{}v2/{}/{}", source.api.text, source.repository, path);
  return request;
}

// With a place at the host, and at its pace.
Result<Response> Wire::send(Request& request, const Url& to, const BodySink& sink, std::stop_token stop) {
  HostGate& gate = gates_.of(to.authority());
  TB_LET(HostGate::Pass pass, gate.enter(stop));
  request.stall = gate.limits().stall;
  if (gate.limits().bandwidth == 0) return transport_.send(request, sink, stop);
  Request paced = request;
  paced.on_sent = [&](uint64_t bytes) {
    gate.spend(bytes, stop);
    if (request.on_sent) request.on_sent(bytes);
  };
  const BodySink paced_sink = [&](std::string_view bytes) -> Status {
    gate.spend(bytes.size(), stop);
    return sink(bytes);
  };
  return transport_.send(paced, sink ? paced_sink : sink, stop);
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
    TB_LET(Response response, send(request, at, sink, stop));

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
  for (Retry retry = this->retry(source, stop);;) {
    auto answer = once(source, request, scopes, {}, stop);
    if (!retry.again(request.method == "GET" && answer && is_torn(*answer)
                         ? Error(Code::network, "a torn answer")
                         : answer))
      return answer;
  }
}

Retry Wire::retry(const Source& source, std::stop_token stop) const {
  const unsigned retries = source.mirror ? std::min(options_.retries, 1U) : options_.retries;
  return {retries, options_.sleep, std::move(stop)};
}

Result<std::string> Wire::login(const Source& source, std::stop_token stop) {
  Request request;
  request.url = source.api.text + "v2/";
  auto ask = [&]() -> Result<Response> {
    for (Retry retry = this->retry(source, stop);;) {
      auto answer = send(request, source.api, {}, stop);
      if (!retry.again(answer)) return answer;
    }
  };
  TB_LET(Response first, ask());
  if (first.status != 200 && first.status != 401) return refusal(Direction::pull, source.host, first);
  TB_LET(Authorizer::Identity identity, authorizer_.identify(source.host, source.api, first, stop));
  if (identity.header.empty()) return std::string();
  request.headers["Authorization"] = identity.header;
  TB_LET(Response second, ask());
  if (second.status == 401 || second.status == 403)
    return Error::make(Code::denied, "{} does not accept the login", source.host)
        .hint("check the user's name and the password; some registries want a token in its place");
  if (second.status != 200) return refusal(Direction::pull, source.host, second);
  return std::move(identity.token);
}

bool is_torn(const Response& response) {
  return response.status == 400 && response.body.find("DIGEST_INVALID") != std::string::npos;
}

}  // namespace tierbuild::registry
