// RemoteCache: entries of a build cache in repositories of registries. Entries are only ever added. Whatever
// is wrong with a cache costs no build more than one timeout: it is told once, and from then on left alone.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>

#include "build/cache_entry.hpp"
#include "image/reference.hpp"
#include "registry/client.hpp"

namespace tierbuild::build {

/// A repository that entries are in, under tags that begin with `prefix`.
struct CachePlace {
  image::Reference repository;  // its tag is of no meaning
  std::string prefix = "cache";

  /// `host/name`, or `host/name:prefix`; fails with `invalid`.
  static Result<CachePlace> parse(std::string_view reference);
  std::string str() const { return repository.name() + ":" + prefix; }
  image::Reference at(std::string tag) const;
  bool operator==(const CachePlace&) const = default;
};

/// Where entries are written. The layers of finished images go there, with `max` also those of steps whose
/// layers are in none.
struct CacheGoal {
  CachePlace place;
  bool max = false;
  bool operator==(const CacheGoal&) const = default;
};

struct CacheSettings {
  std::vector<CachePlace> from;
  std::vector<CacheGoal> to;
  int64_t patience_ms = 5000;  // for an answer to one lookup
};

/// Thread-safe.
class RemoteCache {
 public:
  /// `client` should give up early and not retry.
  RemoteCache(registry::Client& client, CacheSettings settings);

  registry::Client& client() { return client_; }
  const CacheSettings& settings() const { return settings_; }
  /// Whether there is a place that may be read and has not failed.
  bool readable() const;

  struct Found {
    CachedStep step;
    std::string from;  // `registry/repository`
  };
  /// Reads the entry of an image or a build; its steps are known from then on.
  bool read(CacheEntry::Kind kind, const Digest& address, std::stop_token stop);
  /// The step of a key, if an entry was read that has it, or if it has one of its own.
  std::optional<Found> step(const Digest& key, std::stop_token stop);

  /// Whether an entry is in this place; a failure means that the place cannot be used.
  Result<bool> has(const CachePlace& place, CacheEntry::Kind kind, const Digest& address,
                   std::stop_token stop);

  /// Brings the bytes of a blob from a repository.
  Status bring(const Digest& blob, uint64_t size, const std::string& from, int fd, std::stop_token stop);

  /// Notes that the place is not to be asked again, and why.
  void give_up(const CachePlace& place, const Error& error);
  bool given_up(const CachePlace& place) const;
  /// What people should be told, each once.
  std::vector<std::string> take_notices();

 private:
  Result<std::optional<CacheEntry>> ask(const CachePlace& place, CacheEntry::Kind kind, const Digest& address,
                                        const std::stop_token& stop);
  void note(std::string text);

  registry::Client& client_;
  CacheSettings settings_;
  mutable std::mutex mutex_;
  std::map<Digest, Found> known_;
  std::map<std::string, std::stop_source> given_up_;  // by CachePlace::str(); stopped: given up
  std::vector<std::string> notices_;
  std::set<std::string> noted_;
};

}  // namespace tierbuild::build
