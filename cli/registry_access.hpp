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

/// Mirrors and insecure hosts of all declared registries.
registry::ClientOptions client_options(const std::vector<project::RegistryDecl>& registries);

/// The host part of a registry's name: `ghcr.io` of `ghcr.io/acme`.
std::string registry_host(const std::string& name);

/// Logins that registries declare with `auth = 'env:NAME'` (the variable holds `user:password`, or a token
/// whose user is the name's first path component), and those of docker's and podman's files for the rest.
std::unique_ptr<registry::Credentials> declared_credentials(
    const std::vector<project::RegistryDecl>& registries, const Environment& environment);

/// The network; $SSL_CERT_FILE replaces the system's CAs.
std::unique_ptr<registry::Transport> transport_for(
    const Environment& environment, std::chrono::seconds stall = registry::CurlOptions{}.stall);

/// The proxy variables that are set, in the spellings that are set: HTTP_PROXY, https_proxy, NO_PROXY, …
std::map<std::string, std::string> proxy_variables(const Environment& environment);

}  // namespace tierbuild::cli
