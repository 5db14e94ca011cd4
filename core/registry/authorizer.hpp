// Authorizer: which Authorization header a registry gets; Basic, or tokens of the server that it names.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "registry/challenge.hpp"
#include "registry/credentials.hpp"
#include "registry/transport.hpp"
#include "registry/url.hpp"

namespace tierbuild::registry {

/// What a request is about to do: `repository:library/python:pull`, several if a blob is mounted.
using Scopes = std::vector<std::string>;

enum class TokenFor { access, login };

/// Thread-safe. The login of a registry is sent to its own origin and, over https, to the token server that
/// it named; over plain HTTP only by a registry that is spoken to in plain HTTP, to its own host or a
/// loopback one.
class Authorizer {
 public:
  Authorizer(Transport& transport, Credentials& credentials, const Clock& clock = Clock::system())
      : transport_(transport), credentials_(credentials), clock_(clock) {}

  /// The header's value for requests of these scopes; empty while nothing is known or the token has expired.
  std::string header(const std::string& host, const Scopes& scopes);

  /// What a registry says to a login.
  struct Identity {
    std::string header;  // for the next request
    std::string token;   // in place of the password from now on; "" if the token server gives none
  };

  /// Answers a 401 that `rejected` (empty: no header) got. Returns the header to try next, from another
  /// thread's answer if that was newer. Fails with `denied` if there is no login or the token server refuses
  /// it.
  Result<std::string> answer(const std::string& host, const Url& registry, const Scopes& scopes,
                             const std::string& rejected, const Response& refusal, std::stop_token stop);

  /// Answers a registry's first word: a 401 as `answer` does, with an identity token if the token server
  /// gives one; anything else with the login as it is.
  Result<Identity> identify(const std::string& host, const Url& registry, const Response& refusal,
                            std::stop_token stop);

 private:
  struct Grant {
    std::mutex mutex;
    std::string header;
    int64_t good_until = 0;  // monotonic milliseconds
  };
  struct Token {
    std::string text, identity;
    int64_t seconds = 0;
  };

  Grant& grant(const std::string& host, const Scopes& scopes);
  Result<Token> token(const std::string& host, const Url& registry, const Scopes& scopes,
                      const Challenge& challenge, TokenFor purpose, std::stop_token stop);

  Transport& transport_;
  Credentials& credentials_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Grant>> grants_;
};

}  // namespace tierbuild::registry
