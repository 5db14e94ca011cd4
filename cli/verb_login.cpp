// `tierbuild login` and `tierbuild logout`.
#include "base/strings.hpp"
#include "cli/exit_status.hpp"
#include "cli/prompt.hpp"
#include "cli/registry_access.hpp"
#include "cli/session.hpp"
#include "cli/verb.hpp"

namespace tierbuild::cli {
namespace {

constexpr const char* kHub = "docker.io";

/// `ghcr.io` of `https://ghcr.io/` and `ghcr.io/acme`.
Result<std::string> host_of(const std::vector<std::string>& words) {
  if (words.empty()) return std::string(kHub);
  std::string_view name = words.front();
  for (std::string_view scheme : {"https://", "http://"})
    if (name.starts_with(scheme)) name.remove_prefix(scheme.size());
  std::string host = lower(name.substr(0, name.find('/')));
  if (registry::host_names(host).size() > 1) return std::string(kHub);
  auto parsed = image::Reference::parse(host + "/name");
  if (!parsed || parsed->registry != host)
    return Error::make(Code::invalid, "'{}' is not the host of a registry", printable(words.front()))
        .hint("write a host as in image names, like ghcr.io or localhost:5000");
  return host;
}

class LoginVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    flags.text("-u,--username", "NAME", "the user; else it is asked for", user_);
    flags.toggle("--password-stdin", "read the password or token from standard input", from_input_);
    options_.declare_project(flags);
    flags.words("HOST", WordKind::none, 0, 1, words_);
  }

  int run(Program& program) override {
    Session session(program, options_);
    if (int status = session.evaluate_if_any(); status != kDone) return status;
    auto host = host_of(words_);
    if (!host) return program.fail(host.error());
    auto login = ask_login(*host);
    if (!login) return program.fail(login.error());
    auto saved = check_and_save(session, *host, *std::move(login));
    if (!saved) return program.fail(saved.error());
    program.out().write(fmt::format("logged in to {}\n", *host));
    if (saved->kept == registry::KeptAs::secret)
      program.err().write(fmt::format("the login is kept by {}\n", saved->where));
    else
      program.err().write(fmt::format(
          "the login is kept in {}, which is not encrypted; a credential helper (`credsStore` in that "
          "file) would keep it in a keychain\n",
          saved->where));
    return kDone;
  }

 private:
  Result<registry::Login> ask_login(const std::string& host) {
    if (!from_input_ && !can_ask())
      return Error::make(Code::invalid, "the password cannot be asked for: standard input is no terminal")
          .hint("pipe it in: tierbuild login -u NAME --password-stdin " + host);
    if (from_input_ && user_.empty()) return Error::make(Code::invalid, "--password-stdin needs -u NAME");
    registry::Login login{user_, {}};
    if (login.user.empty()) {
      TB_LET(login.user, ask(fmt::format("user of {}: ", host), Echo::yes));
    }
    if (from_input_) {
      TB_LET(login.password, read_input());
    } else {
      TB_LET(login.password, ask(fmt::format("password of {}: ", login.user), Echo::no));
    }
    if (login.user.empty() || login.user.find(':') != std::string::npos)
      return Error::make(Code::invalid, "'{}' is not the name of a user", printable(login.user));
    if (login.password.empty()) return Error::make(Code::invalid, "the password is empty");
    return login;
  }

  // Only what the registry accepts is saved, and its identity token instead of the password if it gives one.
  static Result<registry::SavedLogin> check_and_save(Session& session, const std::string& host,
                                                     registry::Login login) {
    Program& program = session.program();
    auto fixed = registry::fixed_credentials(host, login);
    registry::Client client(session.transport(), *fixed, session.client_options());
    TB_LET(std::string token, client.login(host, program.interrupt().token()));
    if (!token.empty()) login = {registry::kTokenUser, std::move(token)};
    return registry::save_login(program.environment(), host, login);
  }

  Options options_;
  std::string user_;
  bool from_input_ = false;
  std::vector<std::string> words_;
};

class LogoutVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    Options::declare_directory(flags);
    flags.words("HOST", WordKind::none, 0, 1, words_);
  }

  int run(Program& program) override {
    auto host = host_of(words_);
    if (!host) return program.fail(host.error());
    auto erased = registry::erase_login(program.environment(), *host);
    if (!erased) return program.fail(erased.error());
    program.out().write(fmt::format("{} {}\n", *erased ? "logged out of" : "there was no login for", *host));
    auto left = registry::file_credentials(program.environment())->find(*host);
    if (left && *left)
      program.warn(fmt::format("{} still has a login for {}, which will be used", (*left)->from, *host));
    return kDone;
  }

 private:
  std::vector<std::string> words_;
};

}  // namespace

std::unique_ptr<Verb> make_login() {
  return std::make_unique<LoginVerb>();
}

std::unique_ptr<Verb> make_logout() {
  return std::make_unique<LogoutVerb>();
}

}  // namespace tierbuild::cli
