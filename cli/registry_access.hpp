// How the registries that a Buildfile declares are reached: mirrors, plain HTTP, logins.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "project/project.hpp"
#include "registry/client.hpp"
#include "registry/credentials.hpp"

namespace tierbuild::cli {

/// Mirrors, insecure hosts and limits of all declared registries; certificates where the environment has
/// them.
registry::ClientOptions client_options(const std::vector<project::RegistryDecl>& registries,
                                       const Environment& environment);

/// The host part of a registry's name: `ghcr.io` of `ghcr.io/acme`.
std::string registry_host(const std::string& name);

/// Logins that registries declare with `auth = 'env:NAME'` (the variable holds `user:password`, or a token
/// whose user is the name's first path component), and those of docker's and podman's files for the rest.
std::unique_ptr<registry::Credentials> declared_credentials(
    const std::vector<project::RegistryDecl>& registries, const Environment& environment);

enum class Network { any, none };
/// The network; $SSL_CERT_FILE replaces the system's CAs, and hosts may have certificates of their own
/// (registry/certificates.hpp). With `none`, every request is an error.
std::unique_ptr<registry::Transport> transport_for(
    const Environment& environment, Network network,
    std::chrono::seconds stall = registry::CurlOptions{}.stall);

/// HTTP_PROXY, https_proxy, NO_PROXY, …
bool is_proxy_variable(std::string_view name);
/// The proxy variables that are set, in the spellings that are set.
std::map<std::string, std::string> proxy_variables(const Environment& environment);

}  // namespace tierbuild::cli
