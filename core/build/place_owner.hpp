// Whom the files of a Dockerfile's COPY, ADD and WORKDIR belong to.
#pragma once

#include <string_view>

#include "archive/merged_view.hpp"
#include "build/placed_tree.hpp"

namespace tierbuild::build {

/// The numbers of `user`, `user:group` or `:group`. A number without a group is the group's too. Names are
/// looked up in the account files of `image`; as in docker, one that is not there is 0, and fails with
/// `invalid` where there are no files at all.
Result<Ids> ids_of(std::string_view owner, const archive::MergedView* image);

}  // namespace tierbuild::build
