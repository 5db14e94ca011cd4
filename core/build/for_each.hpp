// for_each: blocking work on several items at once; the first error stops the rest.
#pragma once

#include <sched.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "base/result.hpp"

namespace tierbuild::build {

/// Threads with a table of descriptors of their own save the kernel a count of users at each call that has
/// one; what they open, no other thread sees. The caller's thread then waits for them.
enum class Descriptors : uint8_t { shared, own };

template <class Items, class F>
Status for_each(Items& items, size_t threads, const F& work, Descriptors descriptors = Descriptors::shared) {
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  std::optional<Error> first;
  auto work_on = [&] {
    for (size_t i = next++; i < items.size(); i = next++) {
      Status status = work(items[i]);
      if (status) continue;
      std::lock_guard lock(mutex);
      if (!first) first = std::move(status).error();
      next = items.size();
    }
  };
  const size_t wanted = std::min<size_t>(threads, items.size());
  const bool apart = descriptors == Descriptors::own && wanted > 1;
  {
    std::vector<std::jthread> pool;
    try {
      while (pool.size() + (apart ? 0 : 1) < wanted)
        pool.emplace_back([&] {
          if (apart) ::unshare(CLONE_FILES);  // where that is not allowed, the work is the same
          work_on();
        });
    } catch (const std::system_error&) {
      // Fewer threads do the same work.
    }
    if (pool.empty() || !apart) work_on();
  }
  if (first) return *std::move(first);
  return {};
}

}  // namespace tierbuild::build
