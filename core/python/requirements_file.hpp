// Requirements files: what pip installs for a `requirements.txt` and the files that it includes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "python/requirement.hpp"

namespace tierbuild::python {

/// The global options of a requirements file.
struct InstallOptions {
  std::string index;
  std::vector<std::string> extra_index;
  std::vector<std::string> find_links;  // URLs, or paths relative to the root: "./wheels"
  std::vector<std::string> only_binary, no_binary, trusted_host;
  bool no_index = false, pre = false, prefer_binary = false, require_hashes = false;
};

/// Entries and options in the order in which they are written. Paths of entries are relative to the root and
/// begin with "./" or "../"; in the files they are relative to the file that names them.
struct RequirementsList {
  std::vector<Requirement> entries;
  std::vector<Requirement> constraints;
  InstallOptions options;
};

/// Sorted by name and text, equal ones once: what a list means, whatever the order of its lines.
void canonicalise(std::vector<Requirement>& entries);
/// One entry a line with its hashes, as pip reads them. Entries are to be canonical.
std::string file_text(const std::vector<Requirement>& entries);

/// Reads requirements files, each once however often it is included.
class RequirementsReader {
 public:
  /// Gives the bytes of a file; paths are relative to the root and normal, like
  /// "services/a/requirements.txt".
  using Read = std::function<Result<std::string>(const std::string& path)>;
  explicit RequirementsReader(Read read) : read_(std::move(read)) {}

  /// The file and all that it includes with `-r` and `-c`. Errors (invalid) carry file:line:column: a
  /// malformed line, an option that is unknown or does not belong into a file, a file that cannot be read or
  /// that includes itself.
  Result<RequirementsList> read(const std::string& path);
  /// The file as constraints (`-c`): its entries bound versions and install nothing.
  Result<RequirementsList> read_constraints(const std::string& path);

 private:
  enum class Use : uint8_t { requirements, constraints };
  struct Include {
    std::string path;
    Use use;
    size_t before;  // how many entries stand in front of it
    Location where;
  };
  struct File {
    std::vector<Requirement> entries;
    std::vector<Include> includes;
    InstallOptions options;
  };
  friend class RequirementsFileParser;
  struct Walk;

  Result<const File*> file(const std::string& path);
  Status collect(const std::string& path, Use use, Walk& walk);

  Read read_;
  std::map<std::string, std::unique_ptr<const File>> files_;
};

}  // namespace tierbuild::python
