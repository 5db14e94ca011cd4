// Outside: what lowering asks of the world, because a Dockerfile means something only with it.
#pragma once

#include <string>

#include "base/result.hpp"
#include "dockerfile/remote.hpp"
#include "graph/graph.hpp"
#include "image/config.hpp"

namespace tierbuild::project {

class Outside {
 public:
  virtual ~Outside() = default;
  /// The config of a base that a stage stands on: it has the variables, the directory and the triggers that
  /// the stage starts with.
  virtual Result<image::Config> config(const graph::Base& base, const image::Platform& platform) = 0;
  /// The SHA-256 of what an address gives that ADD names without a checksum: 64 hex digits.
  virtual Result<std::string> sha256(const std::string& url) = 0;
  /// The files of a repository, at the commit that its remote says, or that a lock has (40 hex digits).
  virtual Result<dockerfile::RemoteFiles> checkout(const dockerfile::GitAddress& address,
                                                   const std::string& locked) = 0;
  /// What an address gives that is a context: the members of an archive, or a Dockerfile. `-` is standard
  /// input.
  virtual Result<dockerfile::RemoteFiles> download(const std::string& url) = 0;
};

/// Knows no more than what needs no look: the configs of an empty base and of a bootstrapped one.
class NoOutside final : public Outside {
 public:
  Result<image::Config> config(const graph::Base& base, const image::Platform& platform) override;
  Result<std::string> sha256(const std::string& url) override;
  Result<dockerfile::RemoteFiles> checkout(const dockerfile::GitAddress& address,
                                           const std::string& locked) override;
  Result<dockerfile::RemoteFiles> download(const std::string& url) override;
};

}  // namespace tierbuild::project
