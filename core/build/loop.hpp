// Loop: the libuv event loop of a build, its worker threads and its child processes. Nothing else includes
// uv.h.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tierbuild::build {

/// A child process: its standard input is fed from `input`, its outputs come line by line.
struct ChildSpec {
  std::vector<std::string> argv;
  std::string input;
};

struct ChildExit {
  int status = 0;      // exit status; 128 + signal
  std::string report;  // what the child wrote to descriptor 3
};

/// All callbacks run on the thread that calls `run`, one at a time.
class Loop {
 public:
  explicit Loop(unsigned workers);
  ~Loop();

  /// Runs until no work, process or timer is left.
  void run();

  /// Runs `work` on a worker thread, then `done` on the loop.
  void queue(std::function<void()> work, std::function<void()> done);

  using ChildId = uint64_t;
  /// Starts a process; `on_line` gets each whole line of its outputs, `on_exit` comes last. Lines above 64
  /// KiB are cut into pieces. Descriptors 0–3 are its own; of those that the loop opened it
  /// inherits no other.
  Result<ChildId> spawn(const ChildSpec& spec, std::function<void(std::string_view)> on_line,
                        std::function<void(ChildExit)> on_exit);
  void kill(ChildId child);
  void kill_children();

  /// Calls `callback` on the loop after so many milliseconds; `cancel` takes it back.
  using TimerId = uint64_t;
  TimerId after(int64_t milliseconds, std::function<void()> callback);
  void cancel(TimerId timer);

  /// Makes the loop call `callback` soon; the only member that any thread may call. It does not keep the loop
  /// alive.
  void post(std::function<void()> callback);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tierbuild::build
