#include "registry/credential_helper.hpp"

#include <cctype>
#include <nlohmann/json.hpp>

#include "base/strings.hpp"
#include "base/subprocess.hpp"

namespace tierbuild::registry {

using Json = nlohmann::json;

Result<CredentialHelper::Answer> CredentialHelper::ask(const char* verb, const std::string& input) const {
  const bool plain = std::all_of(name_.begin(), name_.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  });
  if (!plain)
    return Error::make(Code::invalid, "'{}' is not the name of a credential helper", printable(name_));
  TB_LET(Completed done, run_command({{program(), verb}, {}, {}, input}));
  if (done.exit_code == 0) return Answer{true, std::move(done.out)};
  // The protocol has no code for it: helpers print this sentence.
  if ((done.out + done.err).find("credentials not found") != std::string::npos) return Answer{false, {}};
  return Error::make(Code::failed, "{} failed: {}", program(), printable(trim(done.out + done.err)));
}

Result<std::optional<Login>> CredentialHelper::get(const std::string& server) const {
  TB_LET(Answer answer, ask("get", server + "\n"));
  if (!answer.found) return std::optional<Login>();
  const Json login = Json::parse(answer.out, nullptr, false);
  auto text = [&](const char* name) {
    return login.contains(name) && login[name].is_string() ? login[name].get<std::string>() : std::string();
  };
  if (!login.is_object() || !login.contains("Secret"))
    return Error::make(Code::failed, "{} gave no login", program());
  return std::optional(Login{text("Username"), text("Secret"), program()});
}

Status CredentialHelper::store(const std::string& server, const Login& login) const {
  const Json input{{"ServerURL", server}, {"Username", login.user}, {"Secret", login.password}};
  TB_TRY(ask("store", input.dump()));
  return {};
}

Status CredentialHelper::erase(const std::string& server) const {
  TB_TRY(ask("erase", server + "\n"));
  return {};
}

}  // namespace tierbuild::registry
