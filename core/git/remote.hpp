// A repository of the network: what its names stand for, and how its objects come here.
#pragma once

#include <stop_token>
#include <string>

#include "git/library.hpp"
#include "git/object.hpp"

namespace tierbuild::git {

/// What a server may be shown.
struct RemoteAccess {
  std::string user, password;  // over HTTP; empty: none
  std::string header;          // over HTTP: the value of `Authorization` instead; empty: none
  std::string agent;           // the socket of an SSH agent; empty: that of $SSH_AUTH_SOCK

  /// Over HTTP.
  bool has_login() const { return !password.empty() || !header.empty(); }
};

/// What a name stood for when the remote was asked.
struct RemoteRef {
  std::string name;  // in full, `refs/heads/main` or `HEAD`; empty: the commit was named itself
  ObjectId object;   // the commit, or the tag that leads to it
  ObjectId commit;
};

/// Whether the URL is one of http, https, ssh, git or `user@host:path`: others reach into this machine.
bool is_remote_url(std::string_view url);

/// One remote; no hook, filter or helper runs, and the user's configuration of git has no say.
class Remote {
 public:
  /// `repository` gets what is fetched; it may be null if nothing is. Fails with `invalid` for a URL that is
  /// none of is_remote_url.
  static Result<Remote> open(git_repository* repository, const std::string& url, const RemoteAccess& access);

  /// What `ref` names: a branch before a tag of that name, any `refs/…`, or, empty, the remote's HEAD. Fails
  /// with `not_found`, `denied` (a login is missing or refused), `network`, `cancelled`.
  Result<RemoteRef> find(const std::string& ref, const std::stop_token& stop);
  /// Brings what a reference names, and if no reference is known, the commit; of a remote that gives out no
  /// single commits, all branches and tags.
  Status fetch(const RemoteRef& ref, const std::stop_token& stop);

 private:
  Remote(RemoteHandle remote, git_repository* repository, std::string url, RemoteAccess access)
      : remote_(std::move(remote)),
        repository_(repository),
        url_(std::move(url)),
        access_(std::move(access)) {}
  Status fetch_refs(const std::vector<std::string>& refspecs, const std::stop_token& stop);

  RemoteHandle remote_;
  git_repository* repository_;
  std::string url_;
  RemoteAccess access_;
};

}  // namespace tierbuild::git
