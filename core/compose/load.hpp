// Compose files as one model: read, variables replaced, `extends` and `include` carried out, merged.
#pragma once

#include "compose/interpolate.hpp"

namespace tierbuild::compose {

/// The bytes of a file; `not_found` if there is none.
using ReadFile = std::function<Result<std::string>(const std::string& path)>;

struct Options {
  std::vector<std::string> files;      // absolute; each overrides those before
  std::string directory;               // of the project; empty: that of the first file
  std::vector<std::string> env_files;  // instead of the project's .env
  Environment environment;             // of the process; wins over .env
};

/// `develop.watch`: what a change of a file asks for.
struct Watch {
  std::string action, path, target;  // `rebuild`, `sync`, …; path is absolute
  std::vector<std::string> ignore, include;
  Location where;
};

struct Service {
  std::string name;
  Location where;
  std::vector<std::string> profiles;
  /// Its members in canonical form: `build` is a map (or absent), whose `args`, `labels`, `extra_hosts`,
  /// `additional_contexts` and `ssh` are maps and whose paths are absolute; no argument is without a value.
  document::Node node;
  std::vector<Watch> watch;
};

struct Project {
  std::string name, directory;
  std::vector<Service> services;  // in the order of the files
  document::Node secrets;         // a map; paths of files are absolute
  Environment environment;        // of the process and of .env
  std::vector<Error> warnings;

  const Service* find(std::string_view name) const;
};

/// Fails with `invalid` and the place, or with what `read` says.
Result<Project> load(const Options& options, const ReadFile& read);

}  // namespace tierbuild::compose
