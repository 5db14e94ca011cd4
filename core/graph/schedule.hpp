// Schedule: when each step of a plan would start and end, as the builder starts them.
#pragma once

#include <array>
#include <vector>

#include "graph/plan.hpp"

namespace tierbuild::graph {

/// What a step needs of the machine while it runs: each kind has its own number of places.
enum class Pool : uint8_t { process, cpu, network };
inline constexpr size_t kPools = 3;
Pool pool_of(const Operation& op);

/// Places of each pool with that many jobs.
std::array<size_t, kPools> places_for(unsigned jobs);

struct Schedule {
  struct Slot {
    int64_t start_ms = 0, end_ms = 0;
  };
  std::vector<Slot> slots;         // by node index; steps that cost nothing end when they may start
  int64_t duration_ms = 0;         // of all
  std::vector<NodeId> last_chain;  // the steps that decide it: each waited for the one before it
};

/// Simulates a build: a step starts when its inputs are done and its pool has a free place, the one on the
/// longest path first. `cost` is in milliseconds; 0 for a step that is reused.
Schedule simulate(const Graph& graph, const Plan& plan, unsigned jobs, const std::vector<int64_t>& cost);

}  // namespace tierbuild::graph
