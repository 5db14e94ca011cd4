#include "registry/authorizer.hpp"

#include <limits>
#include <nlohmann/json.hpp>

#include "base/strings.hpp"
#include "registry/base64.hpp"

namespace tierbuild::registry {
namespace {

constexpr int64_t kForever = std::numeric_limits<int64_t>::max();
constexpr int64_t kDefaultLifetime = 60;  // seconds, by the token specification
constexpr int64_t kMaxLifetime = 24 * 3600;

std::string basic(const Login& login) {
  return "Basic " + base64(login.user + ":" + login.password);
}

Error denied(const std::string& host, std::string_view why) {
  return Error::make(Code::denied, "{}", why)
      .hint(fmt::format(
          "log in with `tierbuild login {}`, or set REGISTRY_AUTH_FILE to a file with the login", host));
}

const Challenge* find(const std::vector<Challenge>& challenges, std::string_view scheme) {
  for (const Challenge& challenge : challenges)
    if (challenge.scheme == scheme) return &challenge;
  return nullptr;
}

bool may_be_realm(const Url& realm, const Url& registry) {
  return realm.secure() || (!registry.secure() && (is_loopback(realm.host) || realm.host == registry.host));
}

// A GET with the login, or docker's OAuth 2 form with a refresh token.
Request token_request(const Url& realm, const std::string& service, const Scopes& scopes,
                      const std::optional<Login>& login, TokenFor purpose) {
  Request request;
  Pairs fields;
  if (!service.empty()) fields.emplace_back("service", service);
  if (login && login->user == kTokenUser) {
    fields.emplace_back("grant_type", "refresh_token");
    fields.emplace_back("client_id", "tierbuild");
    fields.emplace_back("scope", join(scopes, " "));
    fields.emplace_back("refresh_token", login->password);
    request.method = "POST";
    request.url = realm.text;
    request.headers["Content-Type"] = "application/x-www-form-urlencoded";
    request.body = form(fields);
    return request;
  }
  for (const std::string& scope : scopes) fields.emplace_back("scope", scope);
  if (purpose == TokenFor::login && login) {
    fields.emplace_back("account", login->user);
    fields.emplace_back("client_id", "tierbuild");
    fields.emplace_back("offline_token", "true");
  }
  request.url = with_query(realm, fields);
  if (login) request.headers["Authorization"] = basic(*login);
  return request;
}

// What logins are looked up by: the repository of a request, as namespaces may have their own.
std::string name_for(const std::string& host, const Scopes& scopes) {
  constexpr std::string_view kKind = "repository:";
  if (scopes.empty() || !scopes.front().starts_with(kKind)) return host;
  const std::string& scope = scopes.front();
  return host + "/" + scope.substr(kKind.size(), scope.rfind(':') - kKind.size());
}

Scopes with_scopes_of(const Challenge& challenge, Scopes scopes) {
  const std::string asked = challenge.param("scope");
  for (std::string_view scope : split(asked, ' '))
    if (!scope.empty() && std::find(scopes.begin(), scopes.end(), scope) == scopes.end())
      scopes.emplace_back(scope);
  return scopes;
}

}  // namespace

Authorizer::Grant& Authorizer::grant(const std::string& host, const Scopes& scopes) {
  std::scoped_lock hold(mutex_);
  auto& slot = grants_[host + " " + join(scopes, " ")];
  if (!slot) slot = std::make_unique<Grant>();
  return *slot;
}

std::string Authorizer::header(const std::string& host, const Scopes& scopes) {
  Grant& known = grant(host, scopes);
  std::scoped_lock hold(known.mutex);
  return clock_.monotonic() < known.good_until ? known.header : std::string();
}

Result<std::string> Authorizer::answer(const std::string& host, const Url& registry, const Scopes& scopes,
                                       const std::string& rejected, const Response& refusal,
                                       std::stop_token stop) {
  Grant& known = grant(host, scopes);
  std::scoped_lock hold(known.mutex);
  if (!known.header.empty() && known.header != rejected && clock_.monotonic() < known.good_until)
    return known.header;
  known.good_until = 0;

  const std::vector<Challenge> challenges = parse_challenges(refusal.header("www-authenticate"));
  if (const Challenge* bearer = find(challenges, "bearer")) {
    TB_LET(Token fresh, token(host, registry, scopes, *bearer, TokenFor::access, std::move(stop)));
    known.header = "Bearer " + fresh.text;
    known.good_until = clock_.monotonic() + fresh.seconds * 1000;
    return known.header;
  }
  if (find(challenges, "basic") == nullptr)
    return denied(host, "the registry wants a login of an unknown kind");
  TB_LET(std::optional<Login> login, credentials_.find(name_for(host, scopes)));
  if (!login) return denied(host, "the registry wants a login");
  std::string header = basic(*login);
  if (header == rejected) return denied(host, "the registry does not accept the login");
  known.header = header;
  known.good_until = kForever;
  return header;
}

Result<Authorizer::Identity> Authorizer::identify(const std::string& host, const Url& registry,
                                                  const Response& refusal, std::stop_token stop) {
  const std::vector<Challenge> challenges = parse_challenges(refusal.header("www-authenticate"));
  if (const Challenge* bearer = find(challenges, "bearer")) {
    TB_LET(Token fresh, token(host, registry, {}, *bearer, TokenFor::login, std::move(stop)));
    return Identity{"Bearer " + fresh.text, fresh.identity};
  }
  if (refusal.status == 401) {
    TB_LET(std::string header, answer(host, registry, {}, {}, refusal, std::move(stop)));
    return Identity{std::move(header), {}};
  }
  TB_LET(std::optional<Login> login, credentials_.find(host));
  return Identity{login ? basic(*login) : std::string(), {}};
}

Result<Authorizer::Token> Authorizer::token(const std::string& host, const Url& registry,
                                            const Scopes& scopes, const Challenge& challenge,
                                            TokenFor purpose, std::stop_token stop) {
  auto realm = parse_url(challenge.param("realm"));
  if (!realm || !may_be_realm(*realm, registry))
    return Error::make(Code::denied, "the registry names '{}' as its token server, which is not safe to use",
                       printable(challenge.param("realm")))
        .hint("the token server must be an https address");
  TB_LET(std::optional<Login> login, credentials_.find(name_for(host, scopes)));
  const Scopes wanted = with_scopes_of(challenge, scopes);
  const Request request = token_request(*realm, challenge.param("service"), wanted, login, purpose);
  TB_LET(Response response, transport_.send(request, {}, std::move(stop)), "while asking {} for a token",
         realm->origin);
  if (response.status == 400 || response.status == 401 || response.status == 403)
    return denied(host,
                  login ? "the token server does not accept the login" : "the token server wants a login");
  if (response.status != 200)
    return Error::make(Code::network, "the token server {} answers with status {}", realm->origin,
                       response.status);

  const nlohmann::json answer = nlohmann::json::parse(response.body, nullptr, false);
  auto text = [&](const char* name) {
    return answer.is_object() && answer.contains(name) && answer[name].is_string()
               ? answer[name].get<std::string>()
               : std::string();
  };
  Token token;
  token.text = text("token");
  if (token.text.empty()) token.text = text("access_token");
  if (purpose == TokenFor::login) token.identity = text("refresh_token");
  const bool sendable =
      std::all_of(token.text.begin(), token.text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (token.text.empty() || !sendable)
    return Error::make(Code::network, "the token server {} sent no token", realm->origin);
  token.seconds = kDefaultLifetime;
  if (answer.contains("expires_in") && answer["expires_in"].is_number_integer())
    token.seconds = std::clamp(answer["expires_in"].get<int64_t>(), kDefaultLifetime, kMaxLifetime);
  return token;
}

}  // namespace tierbuild::registry
