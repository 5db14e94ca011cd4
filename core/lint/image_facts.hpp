// Image facts: what images in the store really hold, as far as rules ask.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "graph/graph.hpp"
#include "image/config.hpp"
#include "python/installed.hpp"

namespace tierbuild::lint {

struct FileFact {
  enum class Kind : uint8_t { file, directory, symlink, other };
  Kind kind = Kind::file;
  uint32_t mode = 0644, uid = 0, gid = 0;
  std::string link;  // of a symlink
};

struct ImageFacts {
  std::map<std::string, FileFact> files;  // by path without the leading '/', directories included
  std::map<std::string, python::InstalledPackage> installed;  // by normalised name
  std::set<std::string> packages;                             // of the distribution, by name
  std::string passwd, group;                                  // /etc/passwd and /etc/group
  uint64_t size = 0;                                          // compressed bytes of all layers

  /// `path` with its symlinks followed, without the leading '/'. Nothing if it does not exist, or after 40
  /// links.
  std::optional<std::string> resolve(const std::string& path) const;
};
using FactsPtr = std::shared_ptr<const ImageFacts>;

/// Where rules learn about images.
class Images {
 public:
  virtual ~Images() = default;
  /// What the stack holds; null if a layer of it is not in the store as it is declared now.
  virtual FactsPtr of(graph::StackId stack) = 0;
  /// The config of the external image at the bottom of the stack; null if it is not in the store.
  virtual const image::Config* base_config(graph::StackId stack) = 0;
};

/// Where dpkg and apk keep what they have installed, without the leading '/'.
inline constexpr const char* kDpkgStatus = "var/lib/dpkg/status";
inline constexpr const char* kApkInstalled = "lib/apk/db/installed";
/// The names in a text of one of these files.
std::set<std::string> package_names(std::string_view database);

/// The version of Python ("3.11") that `python3` or `python` starts when PATH is `path`; nothing if there is
/// none.
std::optional<std::string> interpreter_version(const ImageFacts& facts, const std::string& path);

/// A user of an image as the kernel sees it.
struct Identity {
  uint32_t uid = 0;
  std::vector<uint32_t> gids;
};
/// "app", "1000", "app:staff" by the image's account files; nothing if a name is unknown there.
std::optional<Identity> identity_of(const ImageFacts& facts, const std::string& user);

}  // namespace tierbuild::lint
