// for_each: blocking work on several items at once; the first error stops the rest.
#pragma once

#include <atomic>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "base/result.hpp"

namespace tierbuild::build {

template <class Items, class F>
Status for_each(Items& items, size_t threads, const F& work) {
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  std::optional<Error> first;
  auto run = [&] {
    for (size_t i = next++; i < items.size(); i = next++) {
      Status status = work(items[i]);
      if (status) continue;
      std::lock_guard lock(mutex);
      if (!first) first = std::move(status).error();
      next = items.size();
    }
  };
  {
    std::vector<std::jthread> pool;
    try {
      while (pool.size() + 1 < std::min<size_t>(threads, items.size())) pool.emplace_back(run);
    } catch (const std::system_error&) {
      // Fewer threads do the same work.
    }
    run();
  }
  if (first) return *std::move(first);
  return {};
}

}  // namespace tierbuild::build
