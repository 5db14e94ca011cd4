// Tags that hold `stamp.key`: an image that is in the registry under such a tag is neither built nor pushed
// again.
#pragma once

#include <map>
#include <vector>

#include "build/builder.hpp"
#include "cli/session.hpp"

namespace tierbuild::cli {

/// The tags of a target that had a key; other stamps are not filled in.
using KeyedTags = std::map<graph::TargetId, std::vector<std::string>>;
/// Fills in `stamp.key` in the tags of these targets.
Result<KeyedTags> fill_content_keys(Session& session, const build::BuildContext& context,
                                    const build::BuildOptions& options,
                                    const std::vector<graph::TargetId>& targets);

/// Takes out of `targets` those that every repository they go to has under each of their tags with a key.
/// What it returns counts as built.
std::vector<build::TargetResult> take_pushed(Session& session, const KeyedTags& keyed,
                                             const std::map<std::string, std::string>& stamps,
                                             std::vector<graph::TargetId>& targets, std::stop_token stop);

}  // namespace tierbuild::cli
