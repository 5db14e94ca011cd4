// What the services of a repository share: the tiers of its first Buildfile.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/init_scan.hpp"

namespace tierbuild::cli {

struct PlannedTier {
  std::string name, variable;
  std::string base;             // image; empty: it stands on `below`
  bool is_guess = false;        // no Dockerfile names the image
  std::optional<size_t> below;  // index of another tier
  std::string requirements;     // the file that it installs; may be empty
  // What all services on it have:
  std::string workdir;
  std::vector<std::pair<std::string, std::string>> env;
  std::vector<std::string> apt;
};

struct TierPlan {
  std::vector<PlannedTier> tiers;              // each after the one that it stands on
  std::vector<std::optional<size_t>> tier_of;  // of each component
  std::optional<size_t> root_of(size_t component) const;
};

/// A file that requirements files include with `-r` becomes a tier; so does an image that several services
/// stand on.
TierPlan plan_tiers(const Repository& repository);

/// The image that a component stands on: that of its Dockerfile, or a usual one (then `guessed` is set).
std::string base_image(const Repository& repository, const Component& component, bool& guessed);

}  // namespace tierbuild::cli
