// `tierbuild df`.
#include <nlohmann/json.hpp>

#include "base/strings.hpp"
#include "cli/exit_status.hpp"
#include "cli/session.hpp"
#include "cli/text_table.hpp"
#include "cli/verb.hpp"

namespace tierbuild::cli {
namespace {

std::string as_json(const store::Usage& usage, const std::string& root) {
  nlohmann::ordered_json out{
      {"store", root},
      {"blobs", {{"count", usage.blob_count}, {"bytes", usage.blobs}}},
      {"snapshots", {{"count", usage.snapshot_count}, {"bytes", usage.snapshots}}},
      {"caches", {{"count", usage.cache_count}, {"bytes", usage.caches}}},
      {"logs", {{"bytes", usage.logs}}},
      {"records", {{"bytes", usage.records}}},
      {"evaluations", {{"count", usage.evaluation_count}, {"bytes", usage.evaluations}}},
      {"fingerprints", {{"bytes", usage.fingerprints}}},
      {"contexts", {{"count", usage.context_count}, {"bytes", usage.contexts}}},
      {"bytes", usage.bytes()},
      {"reclaimable", usage.reclaimable}};
  return out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string as_text(const store::Usage& usage, const std::string& root, const Terminal& terminal) {
  TextTable table({{"WHAT", Align::left}, {"COUNT", Align::right}, {"SIZE", Align::right}});
  table.add({"blobs", std::to_string(usage.blob_count), human_bytes(usage.blobs)});
  table.add({"snapshots", std::to_string(usage.snapshot_count), human_bytes(usage.snapshots)});
  table.add({"caches", std::to_string(usage.cache_count), human_bytes(usage.caches)});
  table.add({"logs", "", human_bytes(usage.logs)});
  table.add({"records", "", human_bytes(usage.records)});
  table.add({"evaluations", std::to_string(usage.evaluation_count), human_bytes(usage.evaluations)});
  table.add({"fingerprints", "", human_bytes(usage.fingerprints)});
  table.add({"contexts", std::to_string(usage.context_count), human_bytes(usage.contexts)});
  return fmt::format("{}{}\n`tierbuild prune` would free {}\n", table.str(terminal), root,
                     human_bytes(usage.reclaimable));
}

class DfVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    flags.toggle("--json", "as JSON", json_);
    Options::declare_directory(flags);
    options_.declare_store(flags);
  }

  int run(Program& program) override {
    Session session(program, options_);
    auto store = session.store();
    if (!store) return program.fail(store.error());
    auto usage = (*store)->usage();
    if (!usage) return program.fail(usage.error());
    std::string root = (*store)->root().string();
    program.out().write(json_ ? as_json(*usage, root) : as_text(*usage, root, program.out()));
    return kDone;
  }

 private:
  Options options_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_df() {
  return std::make_unique<DfVerb>();
}

}  // namespace tierbuild::cli
