// `--progress=tty`: finished steps scroll by, running ones are redrawn below them.
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/strings.hpp"
#include "cli/display.hpp"

namespace tierbuild::cli {
namespace {

constexpr auto kTick = std::chrono::milliseconds(100);
constexpr size_t kTailLines = 4;  // of output under a running step
constexpr size_t kFewSteps = 3;   // up to so many running steps show their output
constexpr const char* kErase = "\r\x1b[J";
constexpr const char* kWrapOff = "\x1b[?7l";  // a line that is too long must not become two
constexpr const char* kWrapOn = "\x1b[?7h";

struct Running {
  graph::NodeId node;
  std::string label, title, phase;
  int64_t started = 0;
  std::deque<std::string> tail;
};

class TtyDisplay final : public Display {
 public:
  TtyDisplay(const Terminal& terminal, const Clock& clock)
      : terminal_(terminal), clock_(clock), started_(clock.monotonic()), ticker_([this] { tick(); }) {}
  ~TtyDisplay() override { close(); }

  void on(const build::Event& event) override {
    std::lock_guard lock(mutex_);
    std::visit([this](const auto& e) { show(e); }, event);
  }

  void close() override {
    {
      std::lock_guard lock(mutex_);
      if (closed_) return;
      closed_ = true;
      running_.clear();
      pushing_.clear();
      flush();
    }
    wake_.notify_all();
    ticker_.join();
  }

 private:
  void show(const build::BuildStarted& e) { total_ = e.nodes; }
  void show(const build::StepStarted& e) {
    std::string_view title = e.title;
    running_.push_back({e.node,
                        printable(e.label),
                        printable(title.substr(0, title.find('\n'))),
                        "",
                        clock_.monotonic(),
                        {}});
    dirty_ = true;
  }
  void show(const build::StepOutput& e) {
    Running* step = find(e.node);
    if (step == nullptr) return;
    step->tail.push_back(printable(e.line));
    if (step->tail.size() > kTailLines) step->tail.pop_front();
    dirty_ = true;
  }
  void show(const build::StepProgress& e) {
    Running* step = find(e.node);
    if (step == nullptr) return;
    step->phase = printable(e.phase);
    if (e.total > 0) step->phase += fmt::format(" {} of {}", human_bytes(e.done), human_bytes(e.total));
    dirty_ = true;
  }
  void show(const build::StepFinished& e) {
    std::erase_if(running_, [&](const Running& step) { return step.node == e.node; });
    ++finished_;
    if (e.outcome == build::StepOutcome::reused) {
      ++reused_;
      dirty_ = true;
      return;
    }
    bool good = e.outcome == build::StepOutcome::ran;
    std::string text = fmt::format(
        " {} {}", terminal_.paint(good ? Colour::green : Colour::red, good ? "✓" : "✗"), printable(e.label));
    if (!good) text += fmt::format(" {}", build::name_of(e.outcome));
    if (good || e.outcome == build::StepOutcome::failed)
      text += terminal_.paint(Colour::dim, fmt::format("  {}", human_duration(e.duration_ms)));
    if (good && e.layer_size > 0)
      text += terminal_.paint(Colour::dim, fmt::format("  {}", human_bytes(e.layer_size)));
    if (!e.reason.empty()) text += terminal_.paint(Colour::dim, fmt::format("  {}", printable(e.reason)));
    scroll(text);
  }
  void show(const build::ImageFinished& e) {
    if (!e.reused)
      scroll(fmt::format(" {} {}  {}", terminal_.paint(Colour::green, "■"), printable(e.name),
                         e.digest.short_hex()));
  }
  void show(const build::PushProgress& e) {
    std::string reference = printable(e.reference);
    if (e.phase == "done") {
      pushing_.erase(reference);
      scroll(fmt::format(" {} pushed {}", terminal_.paint(Colour::green, "✓"), reference));
      return;
    }
    pushing_[reference] = e.total > 0 ? fmt::format("{} {} of {}", printable(e.phase), human_bytes(e.done),
                                                    human_bytes(e.total))
                                      : printable(e.phase);
    dirty_ = true;
  }
  void show(const build::Notice& e) {
    scroll(fmt::format("{}: {}", terminal_.paint(Colour::yellow, "warning"), printable(e.text)));
  }
  void show(const build::BuildFinished&) { dirty_ = true; }

  Running* find(graph::NodeId node) {
    for (Running& step : running_)
      if (step.node == node) return &step;
    return nullptr;
  }

  // A line that stays.
  void scroll(const std::string& line) {
    pending_ += line + "\n";
    dirty_ = true;
  }

  std::vector<std::string> region(Terminal::Size size) const {
    if (running_.empty() && pushing_.empty()) return {};
    int64_t now = clock_.monotonic();
    size_t columns = size.columns - 1;
    std::string head = fmt::format(" {}/{} steps, {} reused, {}", finished_, total_, reused_,
                                   human_duration(now - started_));
    std::vector<std::string> lines{terminal_.paint(Colour::bold, fit(head, columns))};
    for (const Running& step : running_) {
      std::string what = step.phase.empty() ? step.title : step.phase;
      std::string time = fmt::format("{:.1f}s", static_cast<double>(now - step.started) / 1000);
      lines.push_back(fit(fmt::format(" {:>7}  {}  {}", time, step.label, what), columns));
      if (running_.size() > kFewSteps) continue;
      for (const std::string& line : step.tail)
        lines.push_back(terminal_.paint(Colour::dim, fit("          │ " + line, columns)));
    }
    for (const auto& [reference, phase] : pushing_)
      lines.push_back(fit(fmt::format(" pushing {}  {}", reference, phase), columns));
    if (size_t most = size.rows > 3 ? size.rows - 2 : 1; lines.size() > most) lines.resize(most);
    return lines;
  }

  void flush() {
    std::vector<std::string> lines = region(terminal_.size());
    std::string text;
    if (drawn_ > 0) text += fmt::format("\x1b[{}A", drawn_);
    if (drawn_ > 0) text += kErase;
    text += pending_;
    if (!lines.empty()) text += kWrapOff + join(lines, "\n") + "\n" + kWrapOn;
    pending_.clear();
    drawn_ = lines.size();
    dirty_ = false;
    terminal_.write(text);
  }

  void tick() {
    std::unique_lock lock(mutex_);
    while (!closed_) {
      wake_.wait_for(lock, kTick);
      if (!closed_ && (dirty_ || drawn_ > 0)) flush();
    }
  }

  Terminal terminal_;
  const Clock& clock_;
  int64_t started_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Running> running_;
  std::map<std::string, std::string> pushing_;
  std::string pending_;
  size_t total_ = 0, finished_ = 0, reused_ = 0, drawn_ = 0;
  bool dirty_ = false, closed_ = false;
  std::thread ticker_;  // last: it uses all of the above
};

}  // namespace

std::unique_ptr<Display> tty_display(const Terminal& terminal, const Clock& clock) {
  return std::make_unique<TtyDisplay>(terminal, clock);
}

}  // namespace tierbuild::cli
