// `tierbuild prune`.
#include <nlohmann/json.hpp>

#include "base/strings.hpp"
#include "cli/exit_status.hpp"
#include "cli/session.hpp"
#include "cli/verb.hpp"

namespace tierbuild::cli {
namespace {

class PruneVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    flags.toggle("-a,--all", "also the images of the last builds", prune_.all);
    flags.toggle("--caches", "also cache mounts", prune_.caches);
    flags.call("--keep", "SIZE", "remove the least recently used until SIZE is left, e.g. 20GB",
               [this](const std::string& value) -> Status {
                 prune_.keep_bytes = parse_bytes(value);
                 if (!prune_.keep_bytes) return Error::make(Code::invalid, "'{}' is not a size", value);
                 return {};
               });
    flags.toggle("-n,--dry-run", "remove nothing, only say what would go", prune_.dry_run);
    flags.toggle("--json", "as JSON", json_);
    Options::declare_directory(flags);
    options_.declare_store(flags);
  }

  int run(Program& program) override {
    Session session(program, options_);
    auto store = session.store();
    if (!store) return program.fail(store.error());
    auto result = (*store)->prune(prune_);
    if (!result) return program.fail(result.error());
    if (json_) {
      nlohmann::ordered_json out{
          {"dry_run", prune_.dry_run},         {"bytes", result->bytes},   {"blobs", result->blobs},
          {"snapshots", result->snapshots},    {"caches", result->caches}, {"records", result->records},
          {"evaluations", result->evaluations}};
      program.out().write(out.dump(2) + "\n");
    } else {
      program.out().write(
          fmt::format("{} {}: {} blob(s), {} snapshot(s), {} cache(s), {} record(s), {} evaluation(s)\n",
                      prune_.dry_run ? "would free" : "freed", human_bytes(result->bytes), result->blobs,
                      result->snapshots, result->caches, result->records, result->evaluations));
    }
    return kDone;
  }

 private:
  Options options_;
  store::PruneOptions prune_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_prune() {
  return std::make_unique<PruneVerb>();
}

}  // namespace tierbuild::cli
