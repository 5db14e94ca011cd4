#include "registry/auth_file.hpp"

#include <cerrno>
#include <fstream>
#include <sstream>

#include "base/strings.hpp"
#include "fs/file.hpp"
#include "registry/base64.hpp"
#include "registry/credential_helper.hpp"

namespace tierbuild::registry {
namespace {

namespace stdfs = std::filesystem;
using Found = std::optional<Login>;

constexpr const char* kHubKey = "https://index.docker.io/v1/";

// What a key of a file names: a host, or a namespace as podman has them. A path of the API's own is none.
std::string name_of_key(std::string_view key) {
  const size_t whole = key.size();
  for (std::string_view scheme : {"https://", "http://"})
    if (key.starts_with(scheme)) key.remove_prefix(scheme.size());
  const std::string_view path = key.substr(std::min(key.find('/'), key.size()));
  for (std::string_view api : {"", "/", "/v1", "/v1/", "/v2", "/v2/"})
    if (path == api) return lower(key.substr(0, key.size() - path.size()));
  if (key.size() != whole) return {};
  return lower(key.substr(0, key.size() - path.size())) + std::string(path);
}

// What a host is called in files and by helpers.
std::string key_of(const std::string& host) {
  return host_names(host).size() > 1 ? kHubKey : host_names(host).front();
}

template <class Json>
std::string text_of(const Json& object, const char* key) {
  auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->template get<std::string>() : std::string();
}

}  // namespace

std::vector<std::string> host_names(const std::string& host) {
  if (host == "docker.io" || host == "index.docker.io" || host == "registry-1.docker.io")
    return {"index.docker.io", "docker.io", "registry-1.docker.io"};
  return {lower(host)};
}

Result<AuthFile> AuthFile::read(stdfs::path path) {
  std::ifstream in(path, std::ios::binary);  // which may be a pipe
  if (!in && errno != ENOENT && errno != ENOTDIR) return Error::os(errno, "cannot read {}", path.string());
  std::ostringstream text;
  if (in) text << in.rdbuf();
  const std::string bytes = text.str();
  if (trim(bytes).empty()) return AuthFile(std::move(path), Json::object());
  Json json = Json::parse(bytes, nullptr, false);
  if (!json.is_object())
    return Error::make(Code::invalid, "{} is not a JSON object", path.string())
        .hint("repair or remove the file");
  return AuthFile(std::move(path), std::move(json));
}

const AuthFile::Json* AuthFile::entry_for(const char* section, const std::string& name) const {
  auto entries = json_.find(section);
  if (entries == json_.end() || !entries->is_object()) return nullptr;
  const std::string host = host_of(name);
  for (const std::string& spelt : host_names(host))
    for (const auto& item : entries->items())
      if (name_of_key(item.key()) == spelt + name.substr(host.size())) return &item.value();
  return nullptr;
}

std::string AuthFile::helper_for(const std::string& host) const {
  if (const Json* helper = entry_for("credHelpers", host); helper != nullptr && helper->is_string())
    return helper->get<std::string>();
  return text_of(json_, "credsStore");
}

// An empty entry says only that a helper has the login.
Result<Found> AuthFile::login_of(const Json& entry, const std::string& host) const {
  if (!entry.is_object()) return Found();
  if (std::string token = text_of(entry, "identitytoken"); !token.empty())
    return Found(Login{kTokenUser, std::move(token), path_.string()});
  if (std::string auth = text_of(entry, "auth"); !auth.empty()) {
    std::optional<std::string> pair = base64_decode(auth);
    const size_t colon = pair ? pair->find(':') : std::string::npos;
    if (colon == std::string::npos)
      return Error::make(Code::invalid, "{}: the entry of '{}' is malformed", path_.string(), host)
          .hint(fmt::format("log in again: tierbuild login {}", host));
    std::string password = pair->substr(colon + 1);
    password.erase(password.find_last_not_of('\0') + 1);
    return Found(Login{pair->substr(0, colon), std::move(password), path_.string()});
  }
  if (std::string user = text_of(entry, "username"); !user.empty())
    return Found(Login{std::move(user), text_of(entry, "password"), path_.string()});
  return Found();
}

Result<Found> AuthFile::find(const std::string& name) const {
  const std::string host = host_of(name);
  for (size_t end = name.size(); end > host.size() && end != std::string::npos;
       end = name.rfind('/', end - 1))
    if (const Json* entry = entry_for("auths", name.substr(0, end))) {
      TB_LET(Found login, login_of(*entry, name.substr(0, end)));
      if (login) return login;
    }
  auto ask = [&](const std::string& helper) -> Result<Found> {
    TB_LET(Found login, CredentialHelper(helper).get(key_of(host)), "while looking for the login of {}",
           host);
    return login;
  };
  if (const Json* helper = entry_for("credHelpers", host); helper != nullptr && helper->is_string())
    return ask(helper->get<std::string>());
  if (const Json* entry = entry_for("auths", host)) {
    TB_LET(Found login, login_of(*entry, host));
    if (login) return login;
  }
  if (std::string helper = text_of(json_, "credsStore"); !helper.empty()) return ask(helper);
  return Found();
}

bool AuthFile::drop_entries(const std::string& host) {
  auto entries = json_.find("auths");
  if (entries == json_.end() || !entries->is_object()) return false;
  Json kept = Json::object();
  const std::vector<std::string> names = host_names(host);
  for (const auto& item : entries->items())
    if (std::find(names.begin(), names.end(), name_of_key(item.key())) == names.end())
      kept[item.key()] = item.value();
  const bool dropped = kept.size() != entries->size();
  *entries = std::move(kept);
  return dropped;
}

Result<SavedLogin> AuthFile::save(const std::string& host, const Login& login) {
  drop_entries(host);
  Json& auths = json_["auths"];
  if (!auths.is_object()) auths = Json::object();
  const std::string helper = helper_for(host);
  if (!helper.empty()) {
    TB_TRY(CredentialHelper(helper).store(key_of(host), login), "while saving the login of {}", host);
    auths[key_of(host)] = Json::object();
  } else if (login.user == kTokenUser) {
    auths[key_of(host)] = {{"auth", base64(login.user + ":")}, {"identitytoken", login.password}};
  } else {
    auths[key_of(host)] = {{"auth", base64(login.user + ":" + login.password)}};
  }
  TB_TRY(write());
  return SavedLogin{helper.empty() ? path_.string() : CredentialHelper(helper).program(),
                    helper.empty() ? KeptAs::plain_text : KeptAs::secret};
}

Result<bool> AuthFile::erase(const std::string& host) {
  TB_LET(Found login, find(host));
  if (const std::string helper = helper_for(host); !helper.empty() && login)
    TB_TRY(CredentialHelper(helper).erase(key_of(host)), "while removing the login of {}", host);
  const bool dropped = drop_entries(host);
  if (dropped) TB_TRY(write());
  return dropped || login.has_value();
}

// A link, as some keep for their dotfiles, stays one.
Status AuthFile::write() const {
  std::error_code failure;
  stdfs::path target = stdfs::weakly_canonical(path_, failure);
  if (failure) target = path_;
  if (target.has_parent_path()) TB_TRY(fs::make_directories(target.parent_path(), 0700));
  return fs::write_file(target, json_.dump(2, ' ', false, Json::error_handler_t::replace) + "\n",
                        fs::Sync::yes, 0600);
}

}  // namespace tierbuild::registry
