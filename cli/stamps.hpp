// The values of stamps: git, time and version, looked up only if something asks for them.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "git/repository.hpp"
#include "graph/graph.hpp"

namespace tierbuild::cli {

/// The names of the stamps in tags, labels and annotations of these targets and in `more`, each once.
std::vector<std::string> stamps_used(const graph::Graph& graph, const std::vector<graph::TargetId>& targets,
                                     const std::vector<std::string>& more);

/// Values of stamps from a git head (nothing: not a repository). `time` is SOURCE_DATE_EPOCH if that is set;
/// `version` is $TIERBUILD_VERSION, else the tag at HEAD, else the short revision. What has no value is left
/// out.
std::map<std::string, std::string> stamp_values(const std::optional<git::Head>& head,
                                                const Environment& environment, const Clock& clock);

/// The values for these names; git is opened only if one of them needs it.
Result<std::map<std::string, std::string>> find_stamps(const std::vector<std::string>& names,
                                                       const std::filesystem::path& root,
                                                       const Environment& environment, const Clock& clock);

/// SOURCE_DATE_EPOCH in seconds, or nothing.
std::optional<int64_t> source_date_epoch(const Environment& environment);
/// `2024-05-01T12:00:00Z`.
std::string rfc3339(int64_t seconds);

}  // namespace tierbuild::cli
