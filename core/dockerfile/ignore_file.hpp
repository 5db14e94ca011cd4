// Which ignore file goes with a Dockerfile.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "fs/ignore_rules.hpp"

namespace tierbuild::dockerfile {

struct IgnoreFile {
  std::filesystem::path path;      // empty: there is none
  std::vector<std::string> lines;  // as they are in the file
  fs::IgnoreRules rules;
  bool reincludes = false;  // it has rules that begin with `!`

  /// Fails with `invalid` and the line for a rule that makes no sense.
  static Result<IgnoreFile> of(std::vector<std::string> lines);
  /// For the check CopyIgnoredFile: a path that no `!` could bring back.
  bool leaves_out(const std::string& name) const;
};

/// The content of a file; nothing if there is none.
using ReadFile = std::function<Result<std::optional<std::string>>(const std::filesystem::path& file)>;
Result<std::optional<std::string>> read_from_disk(const std::filesystem::path& file);

/// `<Dockerfile>.dockerignore` beside the Dockerfile, else `.dockerignore` in the root of the context.
/// Without a Dockerfile, only the latter. Fails with `invalid` and the file's line for a rule that makes no
/// sense.
Result<IgnoreFile> ignore_file_of(const std::filesystem::path& dockerfile,
                                  const std::filesystem::path& context,
                                  const ReadFile& read = read_from_disk);

}  // namespace tierbuild::dockerfile
