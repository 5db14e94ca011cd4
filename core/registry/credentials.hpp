// Credentials for a registry, from docker's and podman's files or a login of our own.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace tierbuild::registry {

/// What docker writes as the user when the password is a refresh token for the token server.
inline constexpr const char* kTokenUser = "<token>";

struct Login {
  std::string user;
  std::string password;
  std::string from = {};  // the file or helper that had it
};

/// Thread-safe.
class Credentials {
 public:
  virtual ~Credentials() = default;
  /// The login for a host (`docker.io` has its historic names) or, of `host/name/space`, for the longest part
  /// of it that has one; nothing means anonymous.
  virtual Result<std::optional<Login>> find(const std::string& name) = 0;
};

/// $REGISTRY_AUTH_FILE, $DOCKER_CONFIG/config.json, ~/.docker/config.json, then podman's own
/// $XDG_RUNTIME_DIR/containers/auth.json: the first that knows the host. The `auths` entries and docker's
/// credential helpers (`credHelpers`, `credsStore`), which are searched in PATH. The files are read at each
/// call. Fails with `invalid` for a malformed file, `host_lacks` for a missing helper.
std::unique_ptr<Credentials> file_credentials(const Environment& environment);
std::unique_ptr<Credentials> fixed_credentials(std::string host, Login login);
std::unique_ptr<Credentials> no_credentials();

enum class KeptAs { plain_text, secret };

struct SavedLogin {
  std::string where;  // the file, or the helper's program
  KeptAs kept = KeptAs::plain_text;
};

/// Saves the login in the first of these files that the environment names, or in the helper that this file
/// names for the host. Fails with `invalid` if the environment names none.
Result<SavedLogin> save_login(const Environment& environment, const std::string& host, const Login& login);
/// Removes it there; whether there was one.
Result<bool> erase_login(const Environment& environment, const std::string& host);

/// The host of `host/name/space`.
std::string host_of(const std::string& name);

/// The names that files use for a host, the usual one first; `docker.io` has several.
std::vector<std::string> host_names(const std::string& host);

}  // namespace tierbuild::registry
