// Which ignore file goes with a Dockerfile.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "fs/ignore_rules.hpp"

namespace tierbuild::dockerfile {

struct IgnoreFile {
  std::filesystem::path path;  // empty: there is none
  fs::IgnoreRules rules;

  /// For the check CopyIgnoredFile: a path that no `!` could bring back.
  bool leaves_out(const std::string& name) const;
  bool reincludes = false;  // it has rules that begin with `!`
};

/// `<Dockerfile>.dockerignore` beside the Dockerfile, else `.dockerignore` in the root of the context. Fails
/// with `invalid` and the file's line for a rule that makes no sense.
Result<IgnoreFile> ignore_file_of(const std::filesystem::path& dockerfile,
                                  const std::filesystem::path& context);

}  // namespace tierbuild::dockerfile
