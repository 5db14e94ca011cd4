// StatProof: what of an earlier evaluation's looks is proved by stats that are as they were.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "bindings/looks.hpp"

namespace tierbuild::bindings {

/// Any number of threads may work on one.
class StatProof {
 public:
  /// `looks` must stay as they are until finish() has returned.
  explicit StatProof(const Looks& looks);

  /// Compares stats until none are left that nobody compares.
  void work();
  /// Works, and waits for the others. Of each directory and then of each look, whether it is proved.
  std::vector<uint8_t> finish();

 private:
  const Looks& looks_;
  const size_t count_;
  std::vector<uint8_t> same_;
  std::atomic<size_t> begun_ = 0, done_ = 0;  // of count_
};

/// Lets directories that globs read prove that they are there: one stat does for both.
void join(Looks& looks);

}  // namespace tierbuild::bindings
