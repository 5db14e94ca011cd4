// Wire: requests to the API of a registry, with its login, its redirects and its pauses.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "image/reference.hpp"
#include "registry/authorizer.hpp"
#include "registry/client_options.hpp"
#include "registry/host_gate.hpp"
#include "registry/retry.hpp"
#include "registry/transport.hpp"
#include "registry/url.hpp"

namespace tierbuild::registry {

/// Where a repository is found: at its registry or at a mirror of it.
struct Source {
  std::string host;  // as in references; logins are for this name
  std::string repository;
  Url api;
  bool mirror = false;

  Scopes pull_scope() const { return {"repository:" + repository + ":pull"}; }
  Scopes push_scope() const { return {"repository:" + repository + ":pull,push"}; }
};

/// Thread-safe.
class Wire {
 public:
  Wire(Transport& transport, Credentials& credentials, const ClientOptions& options)
      : transport_(transport),
        options_(options),
        authorizer_(transport, credentials),
        gates_(options.limits, options.sleep) {}

  /// A host's API.
  Result<Source> host(const std::string& host) const { return source(host, {}, Scheme::chosen); }
  /// The registry of a reference itself.
  Result<Source> registry(const image::Reference& reference) const;
  /// The mirrors that are set, then the registry. A mirror that could not be reached is left out for a while.
  Result<std::vector<Source>> sources(const image::Reference& reference);
  /// Leaves a mirror out for the next half minute.
  void rest(const Source& mirror);
  /// A request for `/v2/<repository>/<path>`.
  static Request request(std::string method, const Source& source, const std::string& path);

  /// One exchange: answers a challenge once and follows up to five redirects of GET and HEAD. The login and a
  /// challenge count for the registry's own origin only. Fails as the transport does, with `denied` for a
  /// challenge that cannot be met and `corrupt` for a redirect from https to http.
  Result<Response> once(const Source& source, Request request, const Scopes& scopes, const BodySink& sink,
                        std::stop_token stop);
  /// The same with retries, for requests that may be repeated.
  Result<Response> patiently(const Source& source, const Request& request, const Scopes& scopes,
                             std::stop_token stop);
  /// A mirror has a registry behind it and is not asked for long.
  Retry retry(const Source& source, std::stop_token stop) const;

  const HostLimits& limits(const Source& source) { return gates_.of(source.api.authority()).limits(); }

  /// Whether the registry accepts the login of the credentials, and the identity token for it; "" without
  /// one. `denied` if it does not, and if there is no login but the registry wants one.
  Result<std::string> login(const Source& source, std::stop_token stop);

 private:
  enum class Scheme { chosen, http, https };
  Result<Source> source(const std::string& host, std::string repository, Scheme scheme) const;
  Result<Source> mirror(const std::string& name, std::string_view rest) const;
  Result<Response> send(Request& request, const Url& to, const BodySink& sink, std::stop_token stop);

  Transport& transport_;
  const ClientOptions& options_;
  Authorizer authorizer_;
  HostGates gates_;
  std::mutex mutex_;
  std::map<std::string, int64_t> resting_;  // origins of mirrors → monotonic milliseconds
};

/// docker-registry writes a tag in two steps: who comes in between is told that some digest is none.
bool is_torn(const Response& response);

}  // namespace tierbuild::registry
