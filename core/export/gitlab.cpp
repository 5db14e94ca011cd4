// A pipeline for GitLab.
#include "base/strings.hpp"
#include "export/pipeline.hpp"
#include "export/yaml_text.hpp"

namespace tierbuild::exports {
namespace {

constexpr const char* kCommon = ".tierbuild";  // the job that the others extend
constexpr const char* kCache = ".cache";       // GitLab keeps only what is below the checkout

std::string branch_rule(std::string_view variable, const std::vector<std::string>& branches) {
  std::vector<std::string> parts;
  for (const std::string& branch : branches) parts.push_back(fmt::format("${} == \"{}\"", variable, branch));
  std::string rule = join(parts, " || ");
  return parts.size() > 1 ? "(" + rule + ")" : rule;
}

class GitlabPipeline {
 public:
  GitlabPipeline(const Request& request, const Pipeline& pipeline) : request_(request), pipeline_(pipeline) {}

  std::string text() && {
    comments();
    yaml_.map("workflow", [&] { yaml_.map("rules", [&] { triggers(); }); });
    std::vector<std::string> stages;
    for (const Job& job : pipeline_.jobs) stages.push_back(job.name);
    yaml_.list("stages", stages);
    yaml_.map("variables", [&] { variables(); });
    yaml_.blank();
    yaml_.map(kCommon, [&] { common(); });
    for (const Job& job : pipeline_.jobs) {
      yaml_.blank();
      yaml_.map(job.name, [&] { write(job); });
    }
    return header(request_) + yaml_.text();
  }

 private:
  // What must be set in the project for it to work.
  void comments() {
    yaml_.comment("The CI/CD variable TIERBUILD_SOURCE holds the git URL of tierbuild, or URL#TAG.");
    yaml_.comment("Runners must allow privileged jobs.");
    for (const RegistryLogin& login : pipeline_.logins)
      yaml_.comment(
          fmt::format("The CI/CD variable {} holds user:password for {}{}.", login.variable, login.host,
                      login.read_by_tierbuild ? ", or a token" : "; GitLab's own registry needs none"));
    for (const std::string& line : pipeline_.on.schedule)
      yaml_.comment(fmt::format("Schedules are set in the project: {} (UTC).", line));
  }

  void rule(const std::string& condition) {
    yaml_.item([&] { yaml_.entry("if", condition); });
  }

  void triggers() {
    const project::Triggers& on = pipeline_.on;
    auto event = [&](const char* source, std::string_view variable,
                     const std::vector<std::string>& branches) {
      std::string condition = fmt::format("$CI_PIPELINE_SOURCE == \"{}\"", source);
      if (!branches.empty()) condition += " && " + branch_rule(variable, branches);
      rule(condition);
    };
    if (on.push) event("push", "CI_COMMIT_BRANCH", on.push_branches);
    if (on.pull_request)
      event("merge_request_event", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", on.pull_request_branches);
    if (!on.schedule.empty()) rule("$CI_PIPELINE_SOURCE == \"schedule\"");
    if (on.dispatch) rule("$CI_PIPELINE_SOURCE == \"web\"");
  }

  static std::string variable_of(const Job& job) { return "ONLY_" + std::string(graph::name_of(job.kind)); }

  void variables() {
    if (request_.decl.changed) yaml_.entry("GIT_DEPTH", "0");
    yaml_.entry("CCACHE_DIR", fmt::format("$CI_PROJECT_DIR/{}/ccache", kCache));
    yaml_.entry("TIERBUILD_HOME", "/opt/tierbuild");
    yaml_.entry("TIERBUILD_STORE", fmt::format("$CI_PROJECT_DIR/{}/store", kCache));
    for (const Job& job : pipeline_.jobs)
      if (job.input)
        yaml_.map(variable_of(job), [&] {
          yaml_.entry("description", fmt::format("The {} to build", job.input->name));
          yaml_.entry("value", kAllChoice);
          if (!job.input->choice) return;
          yaml_.map("options", [&] {
            yaml_.item(kAllChoice);
            for (const std::string& name : job.targets) yaml_.item(name);
          });
        });
  }

  void common() {
    yaml_.entry("image", kJobImage);
    if (!request_.decl.runner.empty()) yaml_.list("tags", {request_.decl.runner});
    yaml_.map("cache", [&] {
      yaml_.entry("key", "tierbuild");
      yaml_.list("paths", {std::string(kCache) + "/"});
    });
    yaml_.map("before_script", [&] {
      yaml_.item("apt-get update -qq");
      yaml_.item("apt-get install -yqq --no-install-recommends ca-certificates git");
      yaml_.item("git config --global --add safe.directory \"$CI_PROJECT_DIR\"");
      if (!pipeline_.directory.empty()) yaml_.item("cd " + shell_quote(pipeline_.directory));
      yaml_.item("./tierbuild --install");
      if (pipeline_.needs_login()) yaml_.script_item(default_logins() + login_script(pipeline_));
      if (request_.decl.changed)
        yaml_.script_item("BEFORE=${CI_MERGE_REQUEST_DIFF_BASE_SHA:-$CI_COMMIT_BEFORE_SHA}\n" +
                          since_script());
      yaml_.item("if [ \"$CI_PIPELINE_SOURCE\" = schedule ]; then PULL=--pull; else PULL=; fi");
    });
    yaml_.map("after_script", [&] {
      if (!pipeline_.directory.empty()) yaml_.item("cd " + shell_quote(pipeline_.directory));
      yaml_.item(fmt::format("./tierbuild prune --keep {}", kKeptStore));
    });
  }

  // A login that nobody set is that of GitLab's own registry, if it is this one.
  std::string default_logins() const {
    std::string script;
    for (const RegistryLogin& login : pipeline_.logins)
      if (!login.read_by_tierbuild)
        script += fmt::format(
            "[ \"$CI_REGISTRY\" != {0} ] || {1}=${{{1}:-$CI_REGISTRY_USER:$CI_REGISTRY_PASSWORD}}\n",
            shell_quote(login.host), login.variable);
    return script;
  }

  void write(const Job& job) {
    yaml_.entry("extends", kCommon);
    yaml_.entry("stage", job.name);
    if (job.skipped_by_input) {
      const Job& other = &job == &pipeline_.jobs.front() ? pipeline_.jobs.back() : pipeline_.jobs.front();
      yaml_.map("rules", [&] {
        rule(fmt::format("$CI_PIPELINE_SOURCE != \"web\" || ${} == \"{}\"", variable_of(other), kAllChoice));
      });
    }
    yaml_.map("script", [&] {
      if (job.input) yaml_.item(fmt::format("ONLY=${}", variable_of(job)));
      yaml_.script_item(build_script(request_, job));
      if (request_.decl.push) yaml_.script_item(push(job));
    });
  }

  std::string push(const Job& job) const {
    std::string script = push_script(request_, job);
    std::string condition = request_.decl.push_branches.empty()
                                ? "\"$CI_PIPELINE_SOURCE\" != merge_request_event"
                                : std::string();
    if (!condition.empty() && !pipeline_.on.pull_request) return script;
    if (!condition.empty()) return fmt::format("if [ {} ]; then\n{}fi\n", condition, indented(script));
    std::vector<std::string> branches;
    for (const std::string& branch : request_.decl.push_branches) branches.push_back(shell_quote(branch));
    return fmt::format("case $CI_COMMIT_BRANCH in {})\n{};;\nesac\n", join(branches, " | "),
                       indented(script));
  }

  static std::string indented(const std::string& script) {
    std::string out;
    for (std::string_view line : split(trim(script), '\n')) out += fmt::format("  {}\n", line);
    return out;
  }

  const Request& request_;
  const Pipeline& pipeline_;
  YamlText yaml_;
};

}  // namespace

Result<std::string> gitlab(const Request& request) {
  std::filesystem::path path(request.decl.path);
  std::string repository = path.filename() == usual_path(ExportFormat::gitlab)
                               ? path.parent_path().string()
                               : request.project.workspace.root;
  TB_LET(Pipeline pipeline, plan_pipeline(request, repository));
  return GitlabPipeline(request, pipeline).text();
}

}  // namespace tierbuild::exports
