// Wire: requests to the API of a registry, with its login, its redirects and its pauses.
#pragma once

#include <string>
#include <vector>

#include "image/reference.hpp"
#include "registry/authorizer.hpp"
#include "registry/retry.hpp"
#include "registry/transport.hpp"
#include "registry/url.hpp"

namespace tierbuild::registry {

struct ClientOptions;

/// Where a repository is found: at its registry or at a mirror of it.
struct Source {
  std::string host;  // as in references; logins are for this name
  std::string repository;
  Url api;

  Scopes pull_scope() const { return {"repository:" + repository + ":pull"}; }
  Scopes push_scope() const { return {"repository:" + repository + ":pull,push"}; }
};

/// Thread-safe.
class Wire {
 public:
  Wire(Transport& transport, Credentials& credentials, const ClientOptions& options)
      : transport_(transport), options_(options), authorizer_(transport, credentials) {}

  /// The registry of a reference itself.
  Result<Source> registry(const image::Reference& reference) const;
  /// The mirror, if one is set, then the registry.
  Result<std::vector<Source>> sources(const image::Reference& reference) const;
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
  Retry retry(std::stop_token stop) const;

 private:
  Result<Source> source(const std::string& host, std::string repository) const;

  Transport& transport_;
  const ClientOptions& options_;
  Authorizer authorizer_;
};

}  // namespace tierbuild::registry
