// for_each: blocking work on several items at once; the first error stops the rest.
#pragma once

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "base/result.hpp"

namespace tierbuild::build {

template <class Items, class F>
Status for_each(Items& items, unsigned threads, const F& work) {
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
    for (size_t i = 1; i < std::min<size_t>(std::max(threads, 1u), items.size()); ++i) pool.emplace_back(run);
    run();
  }
  if (first) return *std::move(first);
  return {};
}

}  // namespace tierbuild::build
