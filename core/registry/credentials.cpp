#include "registry/credentials.hpp"

#include <cctype>
#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/strings.hpp"
#include "base/subprocess.hpp"
#include "registry/base64.hpp"

namespace tierbuild::registry {
namespace {

using Json = nlohmann::json;
using Found = std::optional<Login>;

constexpr const char* kHubKey = "https://index.docker.io/v1/";

// The names that files use for a host, the usual one first.
std::vector<std::string> names_of(const std::string& host) {
  if (host == "docker.io" || host == "index.docker.io" || host == "registry-1.docker.io")
    return {"index.docker.io", "docker.io", "registry-1.docker.io"};
  return {lower(host)};
}

// The host that a key of a file names. A path other than the API's own is a namespace (podman), not a host.
std::string host_of_key(std::string_view key) {
  for (std::string_view scheme : {"https://", "http://"})
    if (key.starts_with(scheme)) key.remove_prefix(scheme.size());
  const std::string_view path = key.substr(std::min(key.find('/'), key.size()));
  for (std::string_view api : {"", "/", "/v1", "/v1/", "/v2", "/v2/"})
    if (path == api) return lower(key.substr(0, key.size() - path.size()));
  return {};
}

const Json* entry_for(const Json& file, const char* section, const std::string& host) {
  auto entries = file.find(section);
  if (entries == file.end() || !entries->is_object()) return nullptr;
  for (const std::string& name : names_of(host))
    for (const auto& item : entries->items())
      if (host_of_key(item.key()) == name) return &item.value();
  return nullptr;
}

std::string text_of(const Json& object, const char* key) {
  auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// An empty entry says only that a helper has the login.
Result<Found> login_of(const Json& entry, const std::string& path, const std::string& host) {
  if (!entry.is_object()) return Found();
  if (std::string token = text_of(entry, "identitytoken"); !token.empty())
    return Found(Login{kTokenUser, std::move(token)});
  if (std::string auth = text_of(entry, "auth"); !auth.empty()) {
    std::optional<std::string> pair = base64_decode(auth);
    const size_t colon = pair ? pair->find(':') : std::string::npos;
    if (colon == std::string::npos)
      return Error::make(Code::invalid, "{}: the entry of '{}' is malformed", path, host)
          .hint(fmt::format("log in again: docker login {}", host));
    std::string password = pair->substr(colon + 1);
    password.erase(password.find_last_not_of('\0') + 1);
    return Found(Login{pair->substr(0, colon), std::move(password)});
  }
  if (std::string user = text_of(entry, "username"); !user.empty())
    return Found(Login{std::move(user), text_of(entry, "password")});
  return Found();
}

Result<Found> ask_helper(const std::string& helper, const std::string& host) {
  const std::string program = "docker-credential-" + helper;
  const bool plain = std::all_of(helper.begin(), helper.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  });
  if (!plain)
    return Error::make(Code::invalid, "'{}' is not the name of a credential helper", printable(helper));
  const std::string key = names_of(host).size() > 1 ? kHubKey : host;
  TB_LET(Completed done, run_command({{program, "get"}, {}, {}, key + "\n"}),
         "while looking for the login of {}", host);
  if (done.exit_code != 0) {
    // The protocol has no code for it: helpers print this sentence.
    if ((done.out + done.err).find("credentials not found") != std::string::npos) return Found();
    return Error::make(Code::failed, "{} failed: {}", program, printable(trim(done.out + done.err)));
  }
  Json answer = Json::parse(done.out, nullptr, false);
  if (!answer.is_object() || !answer.contains("Secret"))
    return Error::make(Code::failed, "{} gave no login", program);
  return Found(Login{text_of(answer, "Username"), text_of(answer, "Secret")});
}

class FileCredentials final : public Credentials {
 public:
  explicit FileCredentials(const Environment& environment) {
    if (auto file = environment.get("REGISTRY_AUTH_FILE"); file && !file->empty()) paths_.push_back(*file);
    if (auto dir = environment.get("DOCKER_CONFIG"); dir && !dir->empty())
      paths_.push_back(*dir + "/config.json");
    if (auto home = environment.get("HOME"); home && !home->empty())
      paths_.push_back(*home + "/.docker/config.json");
  }

  Result<Found> find(const std::string& host) override {
    for (const std::string& path : paths_) {
      TB_LET(Found login, find_in(path, host));
      if (login) return login;
    }
    return Found();
  }

 private:
  static Result<Found> find_in(const std::string& path, const std::string& host) {
    std::ifstream in(path, std::ios::binary);
    if (!in && (errno == ENOENT || errno == ENOTDIR)) return Found();
    if (!in) return Error::os(errno, "cannot read {}", path);
    std::ostringstream text;
    text << in.rdbuf();
    const std::string bytes = text.str();
    if (trim(bytes).empty()) return Found();
    Json file = Json::parse(bytes, nullptr, false);
    if (!file.is_object())
      return Error::make(Code::invalid, "{} is not a JSON object", path).hint("repair or remove the file");

    if (const Json* helper = entry_for(file, "credHelpers", host); helper != nullptr && helper->is_string())
      return ask_helper(helper->get<std::string>(), host);
    if (const Json* entry = entry_for(file, "auths", host)) {
      TB_LET(Found login, login_of(*entry, path, host));
      if (login) return login;
    }
    if (std::string helper = text_of(file, "credsStore"); !helper.empty()) return ask_helper(helper, host);
    return Found();
  }

  std::vector<std::string> paths_;
};

class FixedCredentials final : public Credentials {
 public:
  FixedCredentials(std::string host, Login login) : host_(std::move(host)), login_(std::move(login)) {}
  Result<Found> find(const std::string& host) override {
    return names_of(host) == names_of(host_) ? Found(login_) : Found();
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

std::unique_ptr<Credentials> file_credentials(const Environment& environment) {
  return std::make_unique<FileCredentials>(environment);
}

std::unique_ptr<Credentials> fixed_credentials(std::string host, Login login) {
  return std::make_unique<FixedCredentials>(std::move(host), std::move(login));
}

std::unique_ptr<Credentials> no_credentials() {
  return std::make_unique<NoCredentials>();
}

}  // namespace tierbuild::registry
