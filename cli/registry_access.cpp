#include "cli/registry_access.hpp"

#include "registry/certificates.hpp"

namespace tierbuild::cli {
namespace {

constexpr std::string_view kEnvPrefix = "env:";

class DeclaredCredentials final : public registry::Credentials {
 public:
  DeclaredCredentials(std::vector<project::RegistryDecl> registries, const Environment& environment)
      : registries_(std::move(registries)),
        environment_(environment),
        files_(registry::file_credentials(environment)) {}

  Result<std::optional<registry::Login>> find(const std::string& host) override {
    for (const project::RegistryDecl& declared : registries_) {
      if (declared.auth.empty() || registry_host(declared.name) != host) continue;
      if (!declared.auth.starts_with(kEnvPrefix))
        return Error::make(Code::invalid, "registry '{}' has an unknown kind of auth '{}'", declared.name,
                           declared.auth)
            .at(declared.where)
            .hint("write auth = 'env:NAME' for a variable that holds user:password or a token");
      std::string name = declared.auth.substr(kEnvPrefix.size());
      std::string value = environment_.get(name).value_or("");
      if (!value.empty()) return std::optional(login(declared.name, value));
    }
    return files_->find(host);
  }

 private:
  static registry::Login login(const std::string& registry, const std::string& value) {
    if (size_t colon = value.find(':'); colon != std::string::npos)
      return {value.substr(0, colon), value.substr(colon + 1)};
    size_t slash = registry.find('/');
    if (slash == std::string::npos) return {"token", value};
    std::string path = registry.substr(slash + 1);
    return {path.substr(0, path.find('/')), value};
  }

  std::vector<project::RegistryDecl> registries_;
  const Environment& environment_;
  std::unique_ptr<registry::Credentials> files_;
};

}  // namespace

std::unique_ptr<registry::Transport> transport_for(const Environment& environment, Network network,
                                                   std::chrono::seconds stall) {
  if (network == Network::none) return registry::offline_transport();
  return registry::curl_transport({.stall = stall,
                                   .ca_file = environment.get("SSL_CERT_FILE").value_or(""),
                                   .certificates = registry::certificate_directories(environment)});
}

static constexpr std::array kProxyVariables{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
                                            "http_proxy", "https_proxy", "all_proxy", "no_proxy"};

bool is_proxy_variable(std::string_view name) {
  return std::find(kProxyVariables.begin(), kProxyVariables.end(), name) != kProxyVariables.end();
}

std::map<std::string, std::string> proxy_variables(const Environment& environment) {
  std::map<std::string, std::string> out;
  for (const char* name : kProxyVariables)
    if (auto value = environment.get(name); value && !value->empty()) out.emplace(name, *value);
  return out;
}

std::string registry_host(const std::string& name) {
  return name.substr(0, name.find('/'));
}

registry::ClientOptions client_options(const std::vector<project::RegistryDecl>& registries,
                                       const Environment& environment) {
  registry::ClientOptions options;
  options.certificates = registry::certificate_directories(environment);
  for (const project::RegistryDecl& declared : registries) {
    const std::string host = registry_host(declared.name);
    for (const auto& [from, to] : declared.mirror) {
      auto& mirrors = options.mirrors[from];
      mirrors.insert(mirrors.end(), to.begin(), to.end());
    }
    if (declared.insecure) options.insecure.push_back(host);
    registry::HostLimits& limits = options.limits[host];
    if (declared.connections > 0) limits.connections = static_cast<unsigned>(declared.connections);
    if (declared.bandwidth > 0) limits.bandwidth = declared.bandwidth;
    if (declared.chunk > 0) limits.chunk = declared.chunk;
    if (declared.timeout > 0)
      limits.stall = std::chrono::seconds(std::max<uint64_t>(1, declared.timeout / 1000));
  }
  return options;
}

std::unique_ptr<registry::Credentials> declared_credentials(
    const std::vector<project::RegistryDecl>& registries, const Environment& environment) {
  return std::make_unique<DeclaredCredentials>(registries, environment);
}

}  // namespace tierbuild::cli
