// Docker's credential helpers: programs `docker-credential-NAME` that keep logins in a keychain.
#pragma once

#include <optional>
#include <string>

#include "registry/credentials.hpp"

namespace tierbuild::registry {

/// Found in PATH. `server` is the key of the login. All fail with `invalid` for a NAME that could be a path,
/// with `host_lacks` for a missing program, with `failed` if it says so.
class CredentialHelper {
 public:
  explicit CredentialHelper(std::string name) : name_(std::move(name)) {}

  std::string program() const { return "docker-credential-" + name_; }
  Result<std::optional<Login>> get(const std::string& server) const;
  Status store(const std::string& server, const Login& login) const;
  /// One that is not there is no error.
  Status erase(const std::string& server) const;

 private:
  struct Answer {
    bool found = true;
    std::string out;
  };
  Result<Answer> ask(const char* verb, const std::string& input) const;

  std::string name_;
};

}  // namespace tierbuild::registry
