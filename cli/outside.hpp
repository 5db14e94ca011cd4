// What lowering asks of the world, answered from the store of a session and by registries.
#pragma once

#include <map>

#include "build/builder.hpp"
#include "project/outside.hpp"

namespace tierbuild::cli {

class Session;

class SessionOutside final : public project::Outside {
 public:
  explicit SessionOutside(Session& session) : session_(session) {}
  Result<image::Config> config(const graph::Base& base, const image::Platform& platform) override;
  Result<std::string> sha256(const std::string& url) override;
  Result<dockerfile::RemoteFiles> checkout(const dockerfile::GitAddress& address,
                                           const std::string& locked) override;
  Result<dockerfile::RemoteFiles> download(const std::string& url) override;

 private:
  /// Opens the store when something is asked first.
  Status open();
  /// What standard input holds, now in the store.
  Result<Digest> take_standard_input();

  Session& session_;
  std::optional<build::BuildContext> context_;
  build::BuildOptions options_;
  std::map<std::string, image::Config> configs_;  // asked for in this run
  std::map<std::string, std::string> digests_;
  std::map<std::string, dockerfile::RemoteFiles> checkouts_, downloads_;
};

}  // namespace tierbuild::cli
