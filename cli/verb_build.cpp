// `tierbuild build`.
#include <cctype>

#include "base/strings.hpp"
#include "cli/bake_files.hpp"
#include "cli/build_flow.hpp"
#include "cli/dockerfile_flags.hpp"
#include "cli/exit_status.hpp"
#include "cli/plan_report.hpp"
#include "cli/registry_access.hpp"
#include "cli/verb.hpp"
#include "fs/file.hpp"
#include "project/requests.hpp"

namespace tierbuild::cli {
namespace {

std::string upper(std::string text) {
  for (char& letter : text) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  return text;
}

class BuildVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    flags.toggle("--push", "send the images to their registries", request_.push);
    request_.attach.declare(flags);
    flags.toggle("--load", "give the images to docker or podman", request_.load);
    flags.call("-o,--output", "type=…,dest=…", "write oci, docker, tar or local to PATH; registry",
               [this](const std::string& value) -> Status {
                 TB_LET(Output output, parse_output(value));
                 request_.outputs.push_back(std::move(output));
                 return {};
               });
    flags.list("-t,--tag", "REF", "name the image REF, in place of its own names", request_.tags);
    flags.text("--metadata-file", "FILE", "write digests and names as JSON", metadata_file_);
    flags.toggle("-n,--dry-run", "show the plan and run nothing", dry_run_);
    flags.toggle("--print", "print the resolved plan as JSON and build nothing", print_);
    dockerfile_.declare(flags);
    flags.list("--set", "TARGET.KEY=VALUE", "of bake and compose files: a value in place of the file's",
               overrides_);
    options_.declare_since(flags);
    options_.declare_build(flags);
    options_.declare_project(flags);
    options_.declare_store(flags);
    flags.words("SEL…", WordKind::selectors, 0, SIZE_MAX, request_.selectors);
  }

  int run(Program& program) override {
    Session session(program, options_);
    std::vector<std::string> bake_files = bake_files_of(options_);
    bool names_context = options_.file.empty() && request_.selectors.size() == 1 &&
                         names_remote_context(request_.selectors.front());
    bool direct = bake_files.empty() && (names_dockerfile(options_.file) || names_context);
    if (bake_files.empty() && !overrides_.empty())
      return program.fail(Error(Code::invalid, "--set is for compose and bake files, and none is named")
                              .hint("add -f docker-bake.json"));
    int taken = !bake_files.empty() ? take_bake_files(session, bake_files)
                : direct            ? take_dockerfile(session)
                                    : refuse(program);
    if (taken != kDone) return taken;
    if (print_ && !bake_files.empty()) return kDone;  // it is done
    if (int status = session.load(request_.platforms(options_)); status != kDone) return status;
    if (direct || !bake_files.empty())
      for (const Error& finding : session.findings()) program.warn(finding);
    if (dockerfile_.check) return finish_check(session);
    if (print_) return print(session);
    if (dry_run_) return print_plan(session, request_.selectors, request_.push, Format::text);

    BuildOutcome outcome = build_and_publish(session, request_);
    bool stdout_is_taken = std::any_of(request_.outputs.begin(), request_.outputs.end(),
                                       [](const Output& output) { return output.to_stdout(); });
    if (!stdout_is_taken) show(program, outcome.report);
    if (outcome.status != kDone) return outcome.status;
    if (Status written =
            write_files(session, outcome.report, direct ? MetadataOf::image : MetadataOf::targets);
        !written)
      return program.fail(written.error());
    return kDone;
  }

 private:
  Status write_files(Session& session, build::BuildReport& report, MetadataOf of) const {
    const std::string& iid_file = dockerfile_.iid_file;
    if (metadata_file_.empty() && iid_file.empty()) return {};
    TB_LET(store::Store * store, session.store());
    TB_TRY(fill_configs(*store, report));
    if (!metadata_file_.empty()) TB_TRY(fs::write_file(metadata_file_, metadata_json(report, of)));
    if (!iid_file.empty()) {
      // As docker: of several platforms the index, of one the config.
      const Digest& id =
          report.indexes.empty() ? report.targets.front().config : report.indexes.front().manifest.digest;
      TB_TRY(fs::write_file(iid_file, id.str()));
    }
    return {};
  }

  // The words are a context then, and the flags those of docker.
  int take_dockerfile(Session& session) {
    Program& program = session.program();
    auto request = dockerfile_.request(options_, std::exchange(request_.selectors, {}));
    if (!request) return program.fail(request.error());
    for (const auto& [name, value] : request->args)
      if (auto given = value ? value : program.environment().get(name); given && is_proxy_variable(name))
        options_.proxy[lower(name)] = options_.proxy[upper(name)] = *given;
    auto project = project::project_of(
        {*request}, {program.current_directory(), program.environment(), session.outside()});
    if (!project) return session.fail_request(project.error());
    session.take(std::move(*project));
    return kDone;
  }

  // The words are targets and groups then.
  int take_bake_files(Session& session, const std::vector<std::string>& files) {
    Program& program = session.program();
    DockerfileFlags others = dockerfile_;
    BakeAsk ask{std::exchange(request_.selectors, {}), overrides_, std::exchange(others.args, {})};
    others.check = false;
    if (std::string flag = others.given(); !flag.empty())
      return program.fail(
          Error::make(Code::invalid, "{} is for a Dockerfile, not for files of many targets", flag)
              .hint("write it into the file, or use --set TARGET.KEY=VALUE"));
    if (print_) return print_bake(program, files, ask);
    auto read = read_bake_files(program, files, ask, options_, session.outside());
    if (!read) return session.fail_request(read.error());
    request_.selectors = std::move(read->selectors);
    bool says_where = request_.push || request_.load || !request_.outputs.empty();
    if (!says_where) request_.outputs = std::move(read->outputs);
    session.take(std::move(read->project));
    return kDone;
  }

  static int print_bake(Program& program, const std::vector<std::string>& files, const BakeAsk& ask) {
    program.locate_sources(program.current_directory());
    auto read = bake_requests(program, files, ask);
    if (!read) return program.fail(read.error());
    for (const Error& warning : read->warnings) program.warn(warning);
    program.out().write(read->print);
    return kDone;
  }

  int refuse(const Program& program) const {
    std::string flag = dockerfile_.given();
    if (flag.empty()) return kDone;
    return program.fail(Error::make(Code::invalid, "{} is for a Dockerfile, and none is named", flag)
                            .hint("add -f Dockerfile"));
  }

  static int finish_check(Session& session) {
    size_t count = session.findings().size();
    session.program().out().write(count == 0 ? "the checks found nothing\n"
                                             : fmt::format("the checks found {} problem(s)\n", count));
    return count == 0 ? kDone : kLint;
  }

  int print(Session& session) const {
    auto targets = session.select(request_.selectors);
    if (!targets) return session.program().fail(targets.error());
    session.program().out().write(resolved_json(session.graph(), *targets));
    return kDone;
  }

  void show(const Program& program, const build::BuildReport& report) const {
    if (report.targets.empty()) return;
    if (!options_.quiet) {
      program.out().write(result_table(report, program.out()));
      return;
    }
    for (const std::string& digest : result_digests(report)) program.out().write(digest + "\n");
  }

  Options options_;
  BuildRequest request_;
  DockerfileFlags dockerfile_;
  std::vector<std::string> overrides_;
  std::string metadata_file_;
  bool dry_run_ = false, print_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_build() {
  return std::make_unique<BuildVerb>();
}

}  // namespace tierbuild::cli
