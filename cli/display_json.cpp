// `--progress=json`: one JSON object per line.
#include <nlohmann/json.hpp>

#include "cli/display.hpp"

namespace tierbuild::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

struct ToJson {
  Json operator()(const build::BuildStarted& e) const {
    return {{"event", "started"}, {"steps", e.nodes}, {"targets", e.targets}};
  }
  Json operator()(const build::StepStarted& e) const {
    return {{"event", "step_started"}, {"id", e.node.index()}, {"step", e.label}, {"title", e.title}};
  }
  Json operator()(const build::StepOutput& e) const {
    return {{"event", "output"}, {"id", e.node.index()}, {"step", e.label}, {"line", e.line}};
  }
  Json operator()(const build::StepProgress& e) const {
    Json json{{"event", "progress"}, {"id", e.node.index()}, {"step", e.label},
              {"phase", e.phase},    {"done", e.done},       {"total", e.total}};
    return json;
  }
  Json operator()(const build::StepFinished& e) const {
    Json json{{"event", "step_finished"},
              {"id", e.node.index()},
              {"step", e.label},
              {"outcome", build::name_of(e.outcome)},
              {"duration_ms", e.duration_ms},
              {"layer_size", e.layer_size}};
    if (!e.reason.empty()) json["reason"] = e.reason;
    return json;
  }
  Json operator()(const build::ImageFinished& e) const {
    return {{"event", "image"}, {"target", e.name}, {"digest", e.digest.str()}, {"reused", e.reused}};
  }
  Json operator()(const build::PushProgress& e) const {
    return {{"event", "push"},
            {"reference", e.reference},
            {"phase", e.phase},
            {"done", e.done},
            {"total", e.total}};
  }
  Json operator()(const build::Notice& e) const { return {{"event", "notice"}, {"text", e.text}}; }
  // The totals come last of all, as `finished`, when the program is done with pushing too.
  Json operator()(const build::BuildFinished& e) const {
    return {{"event", "built"}, {"duration_ms", e.duration_ms}};
  }
};

class JsonDisplay final : public Display {
 public:
  explicit JsonDisplay(const Terminal& terminal) : terminal_(terminal) {}
  void on(const build::Event& event) override { terminal_.write(line(std::visit(ToJson{}, event))); }

 private:
  Terminal terminal_;
};

}  // namespace

std::string finished_json(const build::BuildFinished& totals, int status, double program_ms) {
  return line({{"event", "finished"},
               {"ran", totals.ran},
               {"reused", totals.reused},
               {"failed", totals.failed},
               {"skipped", totals.skipped},
               {"status", status},
               {"build_ms", totals.duration_ms},
               {"program_ms", program_ms}});
}

std::unique_ptr<Display> json_display(const Terminal& terminal) {
  return std::make_unique<JsonDisplay>(terminal);
}

}  // namespace tierbuild::cli
