// `--progress=plain`: whole lines, each with the step it belongs to; for logs.
#include <unordered_map>

#include "base/strings.hpp"
#include "cli/display.hpp"

namespace tierbuild::cli {
namespace {

class PlainDisplay final : public Display {
 public:
  PlainDisplay(const Terminal& terminal, const Clock& clock) : terminal_(terminal), clock_(clock) {}

  void on(const build::Event& event) override {
    std::visit([this](const auto& e) { show(e); }, event);
  }

 private:
  struct Step {
    size_t number = 0;
    int64_t started = 0;
    std::string phase;
  };

  Step& step(graph::NodeId node) {
    auto [at, is_new] = steps_.try_emplace(node);
    if (is_new) at->second = {steps_.size(), clock_.monotonic(), ""};
    return at->second;
  }

  void line(graph::NodeId node, const std::string& label, std::string_view text) {
    terminal_.write(fmt::format("#{} {}  {}\n", step(node).number, printable(label), printable(text)));
  }

  void show(const build::BuildStarted&) {}
  void show(const build::StepStarted& e) {
    step(e.node).started = clock_.monotonic();
    std::string_view title = e.title;
    line(e.node, e.label, title.substr(0, title.find('\n')));
  }
  void show(const build::StepOutput& e) {
    double seconds = static_cast<double>(clock_.monotonic() - step(e.node).started) / 1000;
    line(e.node, e.label, fmt::format("{:.3f} {}", seconds, e.line));
  }
  void show(const build::StepProgress& e) {
    Step& state = step(e.node);
    if (state.phase == e.phase) return;
    state.phase = e.phase;
    line(e.node, e.label, e.phase);
  }
  void show(const build::StepFinished& e) {
    std::string text(build::name_of(e.outcome));
    if (e.outcome == build::StepOutcome::ran || e.outcome == build::StepOutcome::failed)
      text += fmt::format(" {}", human_duration(e.duration_ms));
    if (e.layer_size > 0 && e.outcome == build::StepOutcome::ran)
      text += fmt::format(", {}", human_bytes(e.layer_size));
    if (!e.reason.empty() && e.outcome != build::StepOutcome::reused) text += fmt::format(" ({})", e.reason);
    line(e.node, e.label, text);
  }
  void show(const build::ImageFinished& e) {
    terminal_.write(fmt::format("{}  {}{}\n", printable(e.name), e.digest.str(), e.reused ? " reused" : ""));
  }
  void show(const build::PushProgress& e) {
    std::string& phase = pushes_[e.reference];
    if (phase == e.phase) return;
    phase = e.phase;
    terminal_.write(fmt::format("push {}  {}\n", printable(e.reference), printable(e.phase)));
  }
  void show(const build::Notice& e) {
    terminal_.write(fmt::format("{}: {}\n", terminal_.paint(Colour::yellow, "warning"), printable(e.text)));
  }
  void show(const build::BuildFinished& e) {
    terminal_.write(fmt::format("{} ran, {} reused, {} failed, {} skipped in {}\n", e.ran, e.reused, e.failed,
                                e.skipped, human_duration(e.duration_ms)));
  }

  Terminal terminal_;
  const Clock& clock_;
  std::unordered_map<graph::NodeId, Step> steps_;
  std::map<std::string, std::string> pushes_;
};

}  // namespace

std::unique_ptr<Display> plain_display(const Terminal& terminal, const Clock& clock) {
  return std::make_unique<PlainDisplay>(terminal, clock);
}

}  // namespace tierbuild::cli
