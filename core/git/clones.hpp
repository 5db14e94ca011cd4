// Clones: repositories of the network, of which each has a bare one here, and the files of their commits.
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>

#include "git/objects.hpp"
#include "git/remote.hpp"

namespace tierbuild::git {

struct CheckoutOptions {
  bool submodules = true;     // and theirs
  bool keep_git_dir = false;  // a `.git` with this one commit
};

class Clones {
 public:
  /// Bare repositories lie below `directory`, named by the digest of their URL. Without `network` nobody is
  /// asked.
  enum class Network { any, none };
  using AccessOf = std::function<RemoteAccess(const std::string& url)>;
  static Result<Clones> open(std::filesystem::path directory, AccessOf access, Network network,
                             std::stop_token stop);

  /// See Remote::find; that of a commit's own id needs no network.
  Result<RemoteRef> find(const std::string& url, const std::string& ref);
  /// Writes the files of a commit into an empty directory, fetching what is missing: 0644 or 0755, symlinks
  /// as symlinks. No filter of `.gitattributes` applies. Fails with `corrupt` for trees that lead out of the
  /// directory, hold a `.git` or are too large, and with `not_found` for a commit that the remote lacks.
  Status check_out(const std::string& url, const RemoteRef& ref, const std::filesystem::path& to,
                   const CheckoutOptions& options);

 private:
  friend class Checkout;
  /// A repository here that has the commit.
  Result<RepositoryHandle> with(const std::string& url, const RemoteRef& ref);

  Clones(std::filesystem::path directory, AccessOf access, Network network, std::stop_token stop)
      : directory_(std::move(directory)),
        access_(std::move(access)),
        network_(network),
        stop_(std::move(stop)) {}

  std::filesystem::path directory_;
  AccessOf access_;
  Network network_;
  std::stop_token stop_;
};

}  // namespace tierbuild::git
