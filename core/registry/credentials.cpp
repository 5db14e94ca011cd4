#include "registry/credentials.hpp"

#include <filesystem>

#include "registry/auth_file.hpp"

namespace tierbuild::registry {
namespace {

using Found = std::optional<Login>;
using Paths = std::vector<std::filesystem::path>;

Paths auth_files(const Environment& environment) {
  Paths paths;
  auto add = [&](const char* variable, const char* below) {
    if (auto value = environment.get(variable); value && !value->empty()) paths.emplace_back(*value + below);
  };
  add("REGISTRY_AUTH_FILE", "");
  add("DOCKER_CONFIG", "/config.json");
  add("HOME", "/.docker/config.json");
  add("XDG_RUNTIME_DIR", "/containers/auth.json");
  return paths;
}

Result<AuthFile> own_file(const Environment& environment) {
  const Paths paths = auth_files(environment);
  if (paths.empty())
    return Error::make(Code::invalid, "there is no place for logins")
        .hint("set HOME, DOCKER_CONFIG or REGISTRY_AUTH_FILE");
  return AuthFile::read(paths.front());
}

class FileCredentials final : public Credentials {
 public:
  explicit FileCredentials(const Environment& environment) : paths_(auth_files(environment)) {}

  Result<Found> find(const std::string& name) override {
    for (const std::filesystem::path& path : paths_) {
      TB_LET(AuthFile file, AuthFile::read(path));
      TB_LET(Found login, file.find(name));
      if (login) return login;
    }
    return Found();
  }

 private:
  Paths paths_;
};

class FixedCredentials final : public Credentials {
 public:
  FixedCredentials(std::string host, Login login) : host_(std::move(host)), login_(std::move(login)) {}
  Result<Found> find(const std::string& name) override {
    return host_names(host_of(name)) == host_names(host_) ? Found(login_) : Found();
  }

 private:
  std::string host_;
  Login login_;
};

class NoCredentials final : public Credentials {
 public:
  Result<Found> find(const std::string&) override { return Found(); }
};

}  // namespace

std::string host_of(const std::string& name) {
  return name.substr(0, name.find('/'));
}

std::unique_ptr<Credentials> file_credentials(const Environment& environment) {
  return std::make_unique<FileCredentials>(environment);
}

std::unique_ptr<Credentials> fixed_credentials(std::string host, Login login) {
  return std::make_unique<FixedCredentials>(std::move(host), std::move(login));
}

std::unique_ptr<Credentials> no_credentials() {
  return std::make_unique<NoCredentials>();
}

Result<SavedLogin> save_login(const Environment& environment, const std::string& host, const Login& login) {
  TB_LET(AuthFile file, own_file(environment));
  return file.save(host, login);
}

Result<bool> erase_login(const Environment& environment, const std::string& host) {
  TB_LET(AuthFile file, own_file(environment));
  return file.erase(host);
}

}  // namespace tierbuild::registry
