// Files that git's index calls clean, as names of their content for the fingerprint cache.
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "fs/content_names.hpp"

namespace tierbuild::git {

/// Names files by the ids of their blobs, from the index of the repository that holds the root in question: a
/// file is clean if its stat is that of its entry and git's racy rule does not doubt it. Nothing is named
/// where that says too little: without a repository, in one that keeps SHA-256 ids or a split or sparse
/// index, below attributes that let a filter or an encoding make other bytes of a blob, and in submodules.
std::unique_ptr<fs::ContentNames> clean_files(const Environment& environment);

}  // namespace tierbuild::git
