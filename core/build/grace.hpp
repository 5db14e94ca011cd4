// Grace: a token for work that should be finished once it was begun: it stops only some time after another
// one.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

namespace tierbuild::build {

class Grace {
 public:
  Grace(std::stop_token outer, std::chrono::milliseconds grace)
      : watch_([this, outer = std::move(outer), grace] {
          std::unique_lock lock(mutex_);
          auto done = [this] { return done_; };
          if (wake_.wait(lock, outer, done)) return;
          if (!wake_.wait_for(lock, grace, done)) source_.request_stop();
        }) {}
  ~Grace() {
    {
      std::lock_guard lock(mutex_);
      done_ = true;
    }
    wake_.notify_all();
  }
  std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  bool done_ = false;
  std::jthread watch_;
};

}  // namespace tierbuild::build
