// AuthFile: a file of logins as docker and podman write it, and what is done with the login of one host.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "registry/credentials.hpp"

namespace tierbuild::registry {

/// The members that are not understood stay as they are.
class AuthFile {
 public:
  /// A missing or empty file has no logins. Fails with `invalid` for a malformed one.
  static Result<AuthFile> read(std::filesystem::path path);

  /// As Credentials::find.
  Result<std::optional<Login>> find(const std::string& name) const;
  /// Gives the login to the credential helper that the file names for the host, else puts it into the file.
  Result<SavedLogin> save(const std::string& host, const Login& login);
  /// Takes the login out of the file and its helper; whether there was one.
  Result<bool> erase(const std::string& host);

 private:
  using Json = nlohmann::ordered_json;

  AuthFile(std::filesystem::path path, Json json) : path_(std::move(path)), json_(std::move(json)) {}
  const Json* entry_for(const char* section, const std::string& name) const;
  Result<std::optional<Login>> login_of(const Json& entry, const std::string& host) const;
  std::string helper_for(const std::string& host) const;
  bool drop_entries(const std::string& host);
  Status write() const;

  std::filesystem::path path_;
  Json json_;
};

}  // namespace tierbuild::registry
