// The options that several verbs share, and which flags set them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/flags.hpp"
#include "image/platform.hpp"

namespace tierbuild::cli {

struct SecretOption {
  std::string file, env;
};

struct Options {
  std::string file, store, platform;
  std::string since;
  std::map<std::string, std::string> args;
  std::string progress = "auto";
  unsigned jobs = 0;
  bool quiet = false, keep_going = false, no_cache = false, pull = false, offline = false, locked = false;
  std::vector<std::string> no_cache_filter;
  std::vector<std::string> cache_from, cache_to;
  std::map<std::string, SecretOption> secrets;
  std::map<std::string, std::string> ssh;    // sockets of agents by id
  std::map<std::string, std::string> proxy;  // variables that a Dockerfile's arguments set

  /// What --platform names: one, or several with commas between them; empty without it, and for `all`.
  Result<std::vector<image::Platform>> platforms() const;
  bool names_several_platforms() const {
    return platform == "all" || platform.find(',') != std::string::npos;
  }

  /// -C, which takes effect at once.
  static void declare_directory(FlagSet& flags);
  /// -f, --arg, --platform
  void declare_project(FlagSet& flags);
  /// --offline
  void declare_network(FlagSet& flags);
  /// --since
  void declare_since(FlagSet& flags);
  /// --store
  void declare_store(FlagSet& flags);
  /// --progress, -q
  void declare_display(FlagSet& flags);
  /// -j, -k, --no-cache, --no-cache-filter, --pull, --offline, --locked, --secret, --ssh,
  /// --cache-from, --cache-to, and those of the display
  void declare_build(FlagSet& flags);
};

}  // namespace tierbuild::cli
