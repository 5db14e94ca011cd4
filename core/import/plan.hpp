// Which tiers and services Dockerfiles become: what several of them begin with is one tier.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "graph/config_patch.hpp"
#include "import/translate.hpp"

namespace tierbuild::imports {

constexpr size_t kNone = SIZE_MAX;

/// A Dockerfile whose stages have places among the nodes.
struct Placed {
  Translation translation;
  std::vector<size_t> ends;          // the last node of each stage
  std::vector<image::Config> below;  // what each stage stands on
};

/// The config of the base that its last stage stands on, through all stages of the file.
const image::Config& bottom_of(const Placed& placed);

/// A base or an operation on a node: equal beginnings are the same nodes.
struct Node {
  size_t parent = kNone;
  std::string key;
  const dockerfile::Operation* operation = nullptr;  // null: a base
  const Placed* of = nullptr;                        // one of those that have it
  size_t stage = 0;                                  // there
  std::vector<size_t> children;
};

struct Target {
  const dockerfile::Request* request = nullptr;  // null: a tier that import makes
  bool is_service = false;
  std::string name;
  size_t node = kNone;          // kNone: it stays on its Dockerfile
  size_t below = kNone;         // the target that it stands on; else the base of its node
  std::vector<size_t> steps;    // nodes, the lowest first
  graph::ConfigPatch config;    // on top of what is below
  image::Config whole;          // with what is below
  std::set<std::string> users;  // requests that have it inside
};

struct Plan {
  std::vector<Node> nodes;
  std::vector<Target> targets;               // each behind those that it needs
  std::map<size_t, size_t> files;            // node → the target whose files are its files
  std::map<std::string, size_t> by_request;  // name → target

  /// The node of the base.
  size_t root_of(size_t node) const;
};

/// `placed` in the order in which they may name each other; `kept` stay on their Dockerfiles.
Plan plan_targets(const std::vector<Placed*>& placed, const std::vector<const dockerfile::Request*>& kept,
                  const std::set<std::string>& services);

}  // namespace tierbuild::imports
