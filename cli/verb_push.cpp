// `tierbuild push`.
#include "base/strings.hpp"
#include "build/release.hpp"
#include "cli/build_flow.hpp"
#include "cli/exit_status.hpp"
#include "cli/text_table.hpp"
#include "cli/verb.hpp"
#include "fs/file.hpp"

namespace tierbuild::cli {
namespace {

class PushVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    flags.list("-t,--tag", "REF", "push as REF, in place of the image's own names", request_.tags);
    flags.toggle("--merge", "keep what the tags have for other platforms, pushed by other machines",
                 request_.merge);
    request_.attach.declare(flags);
    flags.text("--release", "NAME", "make them a release, whose tags move together", request_.release);
    flags.text("--metadata-file", "FILE", "write digests and names as JSON", metadata_file_);
    options_.declare_since(flags);
    options_.declare_build(flags);
    options_.declare_project(flags);
    options_.declare_store(flags);
    flags.words("SEL…", WordKind::selectors, 0, SIZE_MAX, request_.selectors);
  }

  int run(Program& program) override {
    Session session(program, options_);
    request_.push = true;
    if (!request_.release.empty())
      if (Status named = build::Releases::check_name(request_.release); !named)
        return program.fail(named.error());
    if (int status = session.load(request_.platforms(options_)); status != kDone) return status;
    BuildOutcome outcome = build_and_publish(session, request_);
    if (outcome.status != kDone) return outcome.status;
    if (outcome.published.empty() && !outcome.report.targets.empty())
      program.warn("nothing was pushed: every selected target has push = false");
    if (options_.quiet) {
      for (const build::Published& pushed : outcome.published)
        program.out().write(pushed.digest.str() + "\n");
    } else if (!outcome.published.empty()) {
      TextTable table({{"REFERENCE", Align::left}, {"DIGEST", Align::left}, {"SENT", Align::right}});
      for (const build::Published& pushed : outcome.published)
        table.add({pushed.reference, pushed.digest.str(), human_bytes(pushed.bytes_sent)});
      program.out().write(table.str(program.out()));
    }
    if (!metadata_file_.empty())
      if (auto written = fs::write_file(metadata_file_, metadata_json(outcome.report)); !written)
        return program.fail(written.error());
    return kDone;
  }

 private:
  Options options_;
  BuildRequest request_;
  std::string metadata_file_;
};

}  // namespace

std::unique_ptr<Verb> make_push() {
  return std::make_unique<PushVerb>();
}

}  // namespace tierbuild::cli
