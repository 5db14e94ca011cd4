#include "export/pipeline.hpp"

#include <set>

#include "base/strings.hpp"
#include "project/selector.hpp"

namespace tierbuild::exports {
namespace {

using graph::TargetKind;

// The words that select the targets of one kind: as they were declared if that is all, else by name.
std::vector<std::string> words_for(const Request& request, TargetKind kind,
                                   const std::vector<std::string>& names, bool only_kind) {
  const std::vector<std::string>& declared = request.decl.build;
  auto is_plain = [](const std::string& word) { return !word.starts_with('-'); };
  if (only_kind && !declared.empty() && std::all_of(declared.begin(), declared.end(), is_plain))
    return declared;
  size_t all = 0;
  for (const graph::Target& target : request.graph.targets()) all += target.kind == kind ? 1 : 0;
  if (all == names.size()) return {std::string(graph::name_of(kind)) + ":*"};
  std::vector<std::string> words;
  for (const std::string& name : names) words.push_back(fmt::format("{}:{}", graph::name_of(kind), name));
  return words;
}

// Without `on`: every commit of the main branch (or of those that are pushed), requests to merge, and people.
project::Triggers usual_triggers(const ExportDecl& decl) {
  project::Triggers on;
  on.push = on.pull_request = on.dispatch = true;
  on.push_branches = decl.push_branches.empty() ? std::vector<std::string>{"main"} : decl.push_branches;
  return on;
}

// `ghcr.io` → `GHCR_IO_LOGIN`.
std::string variable_for(const std::string& host) {
  std::string name;
  for (char c : host)
    name += std::isalnum(static_cast<unsigned char>(c)) ? static_cast<char>(std::toupper(c)) : '_';
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0]))) name = "REGISTRY_" + name;
  return name + "_LOGIN";
}

std::vector<RegistryLogin> logins_of(const project::Project& project) {
  constexpr std::string_view kEnv = "env:";
  std::vector<RegistryLogin> logins;
  std::set<std::string> seen;
  for (const project::RegistryDecl& registry : project.registries) {
    std::string host = registry.name.substr(0, registry.name.find('/'));
    bool from_env = registry.auth.starts_with(kEnv);
    std::string variable = from_env ? registry.auth.substr(kEnv.size()) : variable_for(host);
    if (seen.insert(variable).second) logins.push_back({host, variable, from_env});
  }
  return logins;
}

Result<std::string> directory_in(const Request& request, const std::string& repository) {
  std::filesystem::path buildfile = std::filesystem::path(request.project.file).parent_path();
  std::filesystem::path directory = buildfile.lexically_relative(repository);
  if (directory == ".") return std::string();
  if (directory.empty() || *directory.begin() == "..")
    return Error::make(Code::invalid, "the Buildfile is not in the repository of '{}'", request.decl.path)
        .hint("the file belongs into the repository whose images it builds");
  return directory.string();
}

Status link_inputs(Pipeline& pipeline) {
  for (const project::DispatchInput& input : pipeline.on.inputs) {
    bool linked = false;
    for (Job& job : pipeline.jobs)
      if (graph::name_of(job.kind) == input.name) {
        job.input = input;
        linked = true;
      }
    if (!linked)
      return Error::make(Code::invalid, "the input '{}' narrows nothing: no {} is selected", input.name,
                         input.name)
          .hint("take it out, or select more with build = …");
  }
  if (pipeline.on.inputs.size() == 1)
    for (Job& job : pipeline.jobs) job.skipped_by_input = !job.input;
  return {};
}

std::string command(std::string_view verb, const Request& request, const Job& job, std::string_view options) {
  std::string line = fmt::format("./tierbuild {}{}", verb, options);
  if (request.decl.changed) line += " ${SINCE:+--since \"$SINCE\"}";
  if (job.input) return line + " \"$@\"\n";
  for (const std::string& word : job.selectors) line += " " + shell_quote(word);
  return line + "\n";
}

// What an input left of the job's selection becomes the arguments.
std::string selection(const Job& job) {
  if (!job.input) return {};
  std::vector<std::string> words;
  for (const std::string& word : job.selectors) words.push_back(shell_quote(word));
  return fmt::format("set -- {}\ncase $ONLY in '' | {}) ;; *) set -- \"{}:$ONLY\" ;; esac\n",
                     join(words, " "), kAllChoice, graph::name_of(job.kind));
}

// A push is for all platforms: those that are not the runner's need handlers in its kernel.
std::string emulators(const project::Project& project) {
  std::set<image::Platform> platforms(project.platforms.begin(), project.platforms.end());
  for (const project::TargetDecl& target : project.targets)
    platforms.insert(target.platforms.begin(), target.platforms.end());
  if (platforms.size() < 2) return {};
  return "apt-get install -yqq --no-install-recommends qemu-user-static\n"
         "handlers=/proc/sys/fs/binfmt_misc\n"
         "[ -e $handlers/register ] || mount -t binfmt_misc binfmt_misc $handlers\n"
         "for handler in /usr/lib/binfmt.d/qemu-*.conf; do\n"
         "  [ -e \"$handlers/$(basename \"$handler\" .conf)\" ] || cat \"$handler\" >$handlers/register\n"
         "done\n";
}

}  // namespace

bool Pipeline::needs_login() const {
  return std::any_of(logins.begin(), logins.end(),
                     [](const auto& login) { return !login.read_by_tierbuild; });
}

Result<Pipeline> plan_pipeline(const Request& request, const std::string& repository) {
  Pipeline pipeline;
  pipeline.on = request.decl.on ? *request.decl.on : usual_triggers(request.decl);
  TB_LET(pipeline.directory, directory_in(request, repository));
  TB_LET(auto selected, project::select(request.project, request.graph, request.decl.build));
  if (selected.empty())
    return Error::make(Code::invalid, "nothing is selected to be built").hint("declare a tier or a service");
  for (TargetKind kind : {TargetKind::tier, TargetKind::service}) {
    Job job;
    job.kind = kind;
    job.name = std::string(graph::name_of(kind)) + "s";
    for (graph::TargetId id : selected)
      if (request.graph[id].kind == kind) job.targets.push_back(request.graph[id].name);
    if (job.targets.empty()) continue;
    job.selectors = words_for(request, kind, job.targets, job.targets.size() == selected.size());
    pipeline.jobs.push_back(std::move(job));
  }
  TB_TRY(link_inputs(pipeline));
  if (request.decl.push) pipeline.logins = logins_of(request.project);
  return pipeline;
}

std::string login_script(const Pipeline& pipeline) {
  std::string script =
      "auths=\n"
      "login() {\n"
      "  [ -z \"${2#:}\" ] ||\n"
      "    auths=\"${auths:+$auths,}\\\"$1\\\":{\\\"auth\\\":\\\"$(printf %s \"$2\" | base64 -w0)\\\"}\"\n"
      "}\n";
  for (const RegistryLogin& login : pipeline.logins)
    if (!login.read_by_tierbuild)
      script += fmt::format("login {} \"${}\"\n", shell_quote(login.host), login.variable);
  return script + "mkdir -p ~/.docker\nprintf '{\"auths\":{%s}}\\n' \"$auths\" >~/.docker/config.json\n";
}

std::string build_script(const Request& request, const Job& job) {
  return selection(job) + command("build", request, job, " $PULL");
}

std::string push_script(const Request& request, const Job& job) {
  return emulators(request.project) + selection(job) + command("push", request, job, "");
}

std::string since_script() {
  return "if git cat-file -e \"$BEFORE^{commit}\" 2>/dev/null; then SINCE=$BEFORE; else SINCE=; fi\n";
}

}  // namespace tierbuild::exports
