// A request: one image that is to be built from a Dockerfile, and all that was asked for besides. The command
// line, compose files and bake files make such requests; paths in them are absolute.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "image/platform.hpp"

namespace tierbuild::dockerfile {

/// `--secret id=…,src=…|env=…`.
struct SecretRequest {
  std::string id;
  std::string file, env;  // one of the two
};
/// `--ssh id[=socket|key,…]`.
struct SshRequest {
  std::string id;
  std::vector<std::string> paths;  // empty: the agent of $SSH_AUTH_SOCK
};
/// `type=…,key=value,…` of outputs and caches.
struct TypedRequest {
  std::string type;
  std::map<std::string, std::string> fields;
};

struct Request {
  enum class Network : uint8_t { standard, none, host };

  std::string name;  // of the target: the service of a compose file, the target of a bake file
  Location where;    // of what declares it; unknown for the command line

  std::string context;     // a directory; else, as written, the URL or repository that it was
  std::string dockerfile;  // a file, "-" for standard input; empty: `Dockerfile` in the context
  std::optional<std::string> inline_text;  // the Dockerfile itself, instead

  std::map<std::string, std::optional<std::string>>
      args;            // without a value: the environment's, if it has one
  std::string target;  // a stage; empty: the last one
  /// What stands in for stages and images of these names: a directory, `docker-image://REF`, `target:NAME`
  /// (of another request, a tier or a service) or `oci-layout://PATH[:TAG][@DIGEST]`.
  std::map<std::string, std::string> contexts;

  std::vector<image::Platform> platforms;  // empty: this machine's
  std::vector<std::string> tags;           // names of the image
  std::map<std::string, std::string> labels, annotations;

  std::vector<SecretRequest> secrets;
  std::vector<SshRequest> ssh;
  Network network = Network::standard;  // of RUN without --network
  bool no_cache = false, pull = false;
  std::vector<std::string> no_cache_filter;  // stages
  std::vector<TypedRequest> outputs, cache_from, cache_to;

  std::map<std::string, std::string> add_hosts;  // name → address
  uint64_t shm_size = 0;                         // bytes; 0: as the engine has it
  struct Ulimit {
    int64_t soft = 0, hard = 0;  // -1: none
  };
  std::map<std::string, Ulimit> ulimits;
};

/// `nofile=1024:2048`; `-1` is no limit, and one number both. Fails with `invalid`, also for names that the
/// kernel does not know.
Result<std::pair<std::string, Request::Ulimit>> parse_ulimit(std::string_view text);
/// `64m`, `1gb`: docker's units are binary, with and without an `i`.
std::optional<uint64_t> parse_size(std::string_view text);
/// `NAME=ADDRESS` or `NAME:ADDRESS`. Fails as `check_host` does.
Result<std::pair<std::string, std::string>> parse_host(std::string_view text);
/// Fails with `invalid` for what is no name of a host, or no address and not `host-gateway`.
Status check_host(std::string_view name, std::string_view address);

}  // namespace tierbuild::dockerfile
