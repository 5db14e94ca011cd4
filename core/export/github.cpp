// A workflow for GitHub Actions.
#include "base/strings.hpp"
#include "export/pipeline.hpp"
#include "export/yaml_text.hpp"

namespace tierbuild::exports {
namespace {

constexpr std::string_view kFolder = "/.github/workflows/";
constexpr const char* kProgram = "/opt/tierbuild";
constexpr const char* kCompiled = "/var/cache/ccache";
constexpr const char* kStore = "/var/lib/tierbuild";
constexpr std::string_view kOwnRegistry = "ghcr.io";

class Workflow {
 public:
  Workflow(const Request& request, const Pipeline& pipeline) : request_(request), pipeline_(pipeline) {}

  std::string text() && {
    comments();
    yaml_.entry("name", std::filesystem::path(request_.decl.path).stem().string());
    yaml_.map("on", [&] { triggers(); });
    yaml_.map("permissions", [&] {
      yaml_.entry("contents", "read");
      if (own_registry()) yaml_.entry("packages", "write");
    });
    yaml_.map("concurrency", [&] {
      yaml_.entry("group", "${{ github.workflow }}-${{ github.ref }}");
      yaml_.entry("cancel-in-progress", "${{ github.event_name == 'pull_request' }}");
    });
    yaml_.map("defaults", [&] {
      yaml_.map("run", [&] {
        yaml_.entry("shell", "bash");
        if (!pipeline_.directory.empty()) yaml_.entry("working-directory", pipeline_.directory);
      });
    });
    yaml_.map("env", [&] {
      yaml_.entry("CCACHE_DIR", kCompiled);
      yaml_.entry("TIERBUILD_HOME", kProgram);
      yaml_.entry("TIERBUILD_SOURCE", "${{ vars.TIERBUILD_SOURCE }}");
      yaml_.entry("TIERBUILD_STORE", kStore);
    });
    yaml_.map("jobs", [&] {
      for (const Job& job : pipeline_.jobs) {
        if (&job != &pipeline_.jobs.front()) yaml_.blank();
        yaml_.map(job.name, [&] { write(job); });
      }
    });
    return header(request_) + yaml_.text();
  }

 private:
  bool own_registry() const { return std::any_of(pipeline_.logins.begin(), pipeline_.logins.end(), is_own); }
  static bool is_own(const RegistryLogin& login) {
    return login.host == kOwnRegistry && !login.read_by_tierbuild;
  }
  static std::string secret(const RegistryLogin& login) {
    return is_own(login) ? "${{ github.actor }}:${{ secrets.GITHUB_TOKEN }}"
                         : fmt::format("${{{{ secrets.{} }}}}", login.variable);
  }

  // What must be set in the repository for it to work.
  void comments() {
    yaml_.comment(
        "The variable TIERBUILD_SOURCE of the repository holds the git URL of tierbuild, or URL#TAG.");
    for (const RegistryLogin& login : pipeline_.logins)
      if (!is_own(login))
        yaml_.comment(fmt::format("The secret {} holds user:password{} for {}.", login.variable,
                                  login.read_by_tierbuild ? " or a token" : "", login.host));
  }

  void branches(const char* event, bool wanted, const std::vector<std::string>& names) {
    if (!wanted) return;
    if (names.empty()) return yaml_.empty_map(event);
    yaml_.map(event, [&] { yaml_.list("branches", names); });
  }

  void triggers() {
    const project::Triggers& on = pipeline_.on;
    branches("push", on.push, on.push_branches);
    branches("pull_request", on.pull_request, on.pull_request_branches);
    if (!on.schedule.empty())
      yaml_.map("schedule", [&] {
        for (const std::string& line : on.schedule) yaml_.item([&] { yaml_.entry("cron", line); });
      });
    if (!on.dispatch) return;
    if (on.inputs.empty()) return yaml_.empty_map("workflow_dispatch");
    yaml_.map("workflow_dispatch", [&] {
      yaml_.map("inputs", [&] {
        for (const Job& job : pipeline_.jobs)
          if (job.input) input(job);
      });
    });
  }

  void input(const Job& job) {
    yaml_.map(job.input->name, [&] {
      yaml_.entry("description", fmt::format("The {} to build", job.input->name));
      yaml_.entry("type", job.input->choice ? "choice" : "string");
      yaml_.entry("default", kAllChoice);
      if (!job.input->choice) return;
      yaml_.map("options", [&] {
        yaml_.item(kAllChoice);
        for (const std::string& name : job.targets) yaml_.item(name);
      });
    });
  }

  void write(const Job& job) {
    bool waits = &job != &pipeline_.jobs.front();
    if (waits) yaml_.entry("needs", pipeline_.jobs.front().name);
    condition(job, waits);
    yaml_.entry("runs-on", request_.decl.runner.empty() ? "ubuntu-latest" : request_.decl.runner);
    yaml_.map("container", [&] {
      yaml_.entry("image", kJobImage);
      yaml_.entry("options", "--privileged");
      yaml_.list("volumes", {fmt::format("{0}:{0}", kStore)});
    });
    if (job.input)
      yaml_.map("env", [&] { yaml_.entry("ONLY", fmt::format("${{{{ inputs.{} }}}}", job.input->name)); });
    yaml_.map("steps", [&] { steps(job, waits); });
  }

  // A job that another one's input leaves nothing to do is skipped, and must not take the next one with it.
  void condition(const Job& job, bool waits) {
    const std::vector<Job>& jobs = pipeline_.jobs;
    if (job.skipped_by_input) {
      const std::string& name = pipeline_.on.inputs.front().name;
      yaml_.entry("if", fmt::format("${{{{ !inputs.{0} || inputs.{0} == '{1}' }}}}", name, kAllChoice));
    } else if (waits && jobs.front().skipped_by_input) {
      yaml_.entry("if", "${{ !failure() && !cancelled() }}");
    }
  }

  void run(const char* name, const std::string& script,
           const std::vector<std::pair<std::string, std::string>>& env, const std::string& condition = {}) {
    yaml_.item([&] {
      yaml_.entry("name", name);
      if (!condition.empty()) yaml_.entry("if", condition);
      if (!env.empty())
        yaml_.map("env", [&] {
          for (const auto& [variable, value] : env) yaml_.entry(variable, value);
        });
      bool one_line = script.find('\n') == script.size() - 1;
      yaml_.entry("run", one_line ? std::string(trim(script)) : script);
    });
  }

  // The steps before the checkout run where no repository is yet.
  void steps(const Job& job, bool waits) {
    yaml_.item([&] {
      yaml_.entry("name", "Install git");
      if (!pipeline_.directory.empty()) yaml_.entry("working-directory", "/");
      yaml_.entry("run",
                  "apt-get update -qq\n"
                  "apt-get install -yqq --no-install-recommends ca-certificates git\n"
                  "git config --global --add safe.directory \"$GITHUB_WORKSPACE\"\n");
    });
    yaml_.item([&] {
      yaml_.entry("uses", "actions/checkout@v4");
      yaml_.map("with", [&] {
        if (request_.decl.changed) yaml_.number("fetch-depth", 0);
        yaml_.flag("persist-credentials", false);
      });
    });
    yaml_.item([&] {
      yaml_.entry("uses", "actions/cache@v4");
      yaml_.map("with", [&] {
        yaml_.entry("path", fmt::format("{}\n{}\n", kCompiled, kStore));
        yaml_.entry("key", fmt::format("tierbuild-{}-${{{{ github.sha }}}}", job.name));
        std::string older =
            waits ? fmt::format("tierbuild-{}-${{{{ github.sha }}}}\n", pipeline_.jobs.front().name) : "";
        yaml_.entry("restore-keys", older + fmt::format("tierbuild-{}-\ntierbuild-\n", job.name));
      });
    });
    run("Install tierbuild", "./tierbuild --install\n", {});
    if (pipeline_.needs_login()) {
      std::vector<std::pair<std::string, std::string>> env;
      for (const RegistryLogin& login : pipeline_.logins)
        if (!login.read_by_tierbuild) env.emplace_back(login.variable, secret(login));
      run("Log in to the registries", login_script(pipeline_), env);
    }
    if (request_.decl.changed)
      run("Find the commit to compare with", since_script() + "echo \"SINCE=$SINCE\" >>\"$GITHUB_ENV\"\n",
          {{"BEFORE", "${{ github.event.pull_request.base.sha || github.event.before }}"}});
    std::vector<std::pair<std::string, std::string>> env;
    for (const RegistryLogin& login : pipeline_.logins)
      if (login.read_by_tierbuild) env.emplace_back(login.variable, secret(login));
    auto build_env = env;
    if (!pipeline_.on.schedule.empty())
      build_env.emplace_back("PULL", "${{ github.event_name == 'schedule' && '--pull' || '' }}");
    run("Build", build_script(request_, job), build_env);
    if (request_.decl.push) run("Push", push_script(request_, job), env, push_condition());
    run("Keep the cache small", fmt::format("./tierbuild prune --keep {}\n", kKeptStore), {});
  }

  std::string push_condition() const {
    if (request_.decl.push_branches.empty())
      return pipeline_.on.pull_request ? "${{ github.event_name != 'pull_request' }}" : "";
    std::vector<std::string> parts;
    for (const std::string& branch : request_.decl.push_branches)
      parts.push_back(fmt::format("github.ref == 'refs/heads/{}'", branch));
    return fmt::format("${{{{ {} }}}}", join(parts, " || "));
  }

  const Request& request_;
  const Pipeline& pipeline_;
  YamlText yaml_;
};

}  // namespace

Result<std::string> github(const Request& request) {
  std::string repository = request.decl.path.substr(0, request.decl.path.rfind(kFolder));
  TB_LET(Pipeline pipeline, plan_pipeline(request, repository));
  return Workflow(request, pipeline).text();
}

}  // namespace tierbuild::exports
