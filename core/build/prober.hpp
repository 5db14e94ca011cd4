// Which of a healthcheck's commands an image can run.
#pragma once

#include <string>
#include <vector>

#include "archive/merged_view.hpp"
#include "base/result.hpp"

namespace tierbuild::build {

/// The index of the first command whose program is an executable file of the image: at its absolute path, or
/// in a directory of `path`, as a PATH names them. `invalid` if the image has none of them.
Result<size_t> choose_prober(const archive::MergedView& image, const std::string& path,
                             const std::vector<std::vector<std::string>>& probers);

}  // namespace tierbuild::build
