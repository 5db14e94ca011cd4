// `tierbuild doctor`.
#include <nlohmann/json.hpp>

#include "base/strings.hpp"
#include "cli/exit_status.hpp"
#include "cli/registry_access.hpp"
#include "cli/session.hpp"
#include "cli/verb.hpp"
#include "fs/file.hpp"
#include "sandbox/runtime.hpp"

namespace tierbuild::cli {
namespace {

using sandbox::HostCheck;

HostCheck check_store(Session& session) {
  HostCheck check{"store", false, true, "", ""};
  if (auto store = session.store()) {
    check.ok = true;
    check.detail = (*store)->root().string();
  } else {
    check.detail = store.error().str();
    check.fix = store.error().hint().empty() ? "choose another directory with --store or TIERBUILD_STORE"
                                             : store.error().hint();
  }
  return check;
}

// Docker Hub and every registry that the Buildfile declares.
std::vector<HostCheck> check_logins(Session& session) {
  std::vector<std::string> hosts{"docker.io"};
  if (session.evaluated())
    for (const project::RegistryDecl& declared : session.project().registries) {
      std::string host = registry_host(declared.name);
      if (std::find(hosts.begin(), hosts.end(), host) == hosts.end()) hosts.push_back(host);
    }
  std::vector<HostCheck> checks;
  for (const std::string& host : hosts) {
    auto login = session.credentials().find(host);
    HostCheck check{"login " + host, bool(login), false, "", ""};
    if (!login)
      check.detail = login.error().str();
    else
      check.detail = *login ? "as " + (*login)->user : std::string("anonymous");
    checks.push_back(std::move(check));
  }
  return checks;
}

class DoctorVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    flags.toggle("--json", "as JSON", json_);
    options_.declare_project(flags);
    options_.declare_store(flags);
  }

  int run(Program& program) override {
    Session session(program, options_);
    if (int status = session.evaluate_if_any(); status != kDone) return status;
    auto scratch = fs::TempDir::make(std::filesystem::temp_directory_path(), "tierbuild-doctor");
    if (!scratch) return program.fail(scratch.error());
    std::vector<HostCheck> checks = sandbox::check_host(scratch->path());
    checks.push_back(check_store(session));
    for (HostCheck& check : check_logins(session)) checks.push_back(std::move(check));
    bool lacks = std::any_of(checks.begin(), checks.end(),
                             [](const HostCheck& check) { return check.required && !check.ok; });
    program.out().write(json_ ? as_json(checks, lacks) : as_text(checks, program.out()));
    return lacks ? kHostLacks : kDone;
  }

 private:
  static std::string as_json(const std::vector<HostCheck>& checks, bool lacks) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const HostCheck& check : checks)
      list.push_back({{"name", check.name},
                      {"ok", check.ok},
                      {"required", check.required},
                      {"detail", check.detail},
                      {"fix", check.fix}});
    nlohmann::ordered_json out{{"ok", !lacks}, {"checks", list}};
    return out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  }

  static std::string as_text(const std::vector<HostCheck>& checks, const Terminal& terminal) {
    std::string out;
    size_t widest = 0;
    for (const HostCheck& check : checks) widest = std::max(widest, check.name.size());
    for (const HostCheck& check : checks) {
      const char* word = check.ok ? "ok" : check.required ? "missing" : "absent";
      Colour colour = check.ok ? Colour::green : check.required ? Colour::red : Colour::yellow;
      out += fmt::format("{}{:{}}{:{}}  {}\n", terminal.paint(colour, word), "", 9 - std::strlen(word),
                         check.name, widest, printable(check.detail));
      if (!check.ok && !check.fix.empty()) out += fmt::format("{:9}help: {}\n", "", printable(check.fix));
    }
    return out;
  }

  Options options_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_doctor() {
  return std::make_unique<DoctorVerb>();
}

}  // namespace tierbuild::cli
