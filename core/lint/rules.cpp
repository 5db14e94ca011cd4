#include "lint/rules.hpp"

namespace tierbuild::lint {
namespace {

constexpr Rule kRules[] = {
    {"base_duplicate", Level::warn,
     "a requirement, package or user that the tier or base image below has already",
     "It is downloaded and stored again in every image on that tier, and two lists of versions drift apart.",
     nullptr, check_base_duplicate},
    {"deprecated_base", Level::warn, "a target that stands on a deprecated tier",
     "The tier is about to go, and with it what stands on it.", nullptr, check_deprecated_base},
    {"pin_conflict", Level::error, "requirements that no version can fulfil together",
     "pip replaces what a tier installed, in a second layer, and what relied on it breaks when it runs.",
     nullptr, check_pin_conflict},
    {"unpinned", Level::warn, "a requirement that does not name one version",
     "The image depends on the day it is built, and a rebuild can break it without any change of yours.",
     nullptr, check_unpinned},
    {"floating_tag", Level::warn, "a base image named by a tag that neither a digest nor the lock file pins",
     "A tag can be moved at any time; two machines then build different images from the same files.", nullptr,
     check_floating_tag},
    {"python_version", Level::warn, "a Python other than the one that is declared or wanted",
     "Wheels, markers and syntax depend on it; services on one tier must agree with the interpreter in it.",
     "the version that every target must have: '3.11'", check_python_version},
    {"root_user", Level::warn, "a service that runs as root",
     "Whoever breaks into the service owns all of the container, and often files of the host that it mounts.",
     nullptr, check_root_user},
    {"missing_healthcheck", Level::warn, "a service without a health check",
     "Nobody notices a process that hangs; health.none() says that it is meant.", nullptr,
     check_missing_healthcheck},
    {"size_budget", Level::warn, "an image whose layers take more than its budget",
     "Large images make every pull, start and roll-back slow.", nullptr, check_size_budget},
    {"build_tools_in_runtime", Level::warn, "compilers and headers in the image of a service",
     "They take space and help an attacker; a builder stage or a tier for building keeps them out.", nullptr,
     check_build_tools_in_runtime},
    {"cache_defeated", Level::warn, "a step that cannot be reused, or that throws its cache away",
     "Each build then repeats work whose result it has.", nullptr, check_cache_defeated},
    {"unreadable_by_user", Level::error, "files that the user of the image cannot read or start",
     "The image builds and fails only when it runs.", nullptr, check_unreadable_by_user},
    {"swallowed_failure", Level::warn, "a shell step that hides a failure",
     "The build goes on with a broken image, and the layer is kept as if it were good.", nullptr,
     check_swallowed_failure},
    {"layer_order", Level::warn, "code that is copied before dependencies are installed",
     "Every change of the code then installs all dependencies again.", nullptr, check_layer_order},
    {kAllowRule, Level::warn,
     "an allow-comment without a reason, for an unknown rule, or that allows nothing",
     "A comment that explains nothing, or outlives its cause, hides the next real finding.", nullptr,
     nullptr},
};

}  // namespace

std::span<const Rule> rules() {
  return kRules;
}

const Rule* find_rule(std::string_view name) {
  for (const Rule& rule : kRules)
    if (name == rule.name) return &rule;
  return nullptr;
}

}  // namespace tierbuild::lint
