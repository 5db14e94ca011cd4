// Releases: the tags of many images, moved together.
//
// A registry can only move one tag at a time. What makes a release one thing is therefore one tag, `current`
// in the repository `releases` beside the images: an index that lists every tag of the release and the digest
// it leads to.
//
//   1. All blobs and manifests are in the registry, by digest, in the repository of each image and in
//   `releases`, so
//      that no clean-up takes them away. No tag has moved.
//   2. `current` moves. From here on the release is the new one.
//   3. The tags of the images follow, then the tag with the release's name, then `moved`, which says that all
//   have.
//
// Cut off before 2, a push has changed nothing that anybody sees. Cut off after it, `moved` is not `current`,
// and the next push or rollback does 3 again before anything else. A tag that is refused makes the push take
// 2 and 3 back. Of two pushes at once the one that commits last wins, and the other one sees to it that all
// tags are as the winner has them.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "image/manifest.hpp"
#include "image/reference.hpp"
#include "registry/client.hpp"

namespace tierbuild::build {

/// A tag on its way to a manifest that the repository has.
struct TagMove {
  image::Reference to;
  image::Descriptor manifest;
  bool there = false;                          // it leads there already
  std::optional<image::Descriptor> before;     // where it led; nothing: there was no such tag
  bool held = false;                           // the repository had the manifest before this push
  std::vector<image::Descriptor> images = {};  // of the manifest: itself, or those of the index
};

/// Moves tags, all of them or, unless the registry is lost on the way, none: if one is refused, those that
/// moved go back. A tag that is new stays, as registries cannot remove one alone. A stop that comes meanwhile
/// waits for the end.
Status move_tags(registry::Client& client, std::vector<TagMove>& moves, unsigned jobs, std::stop_token stop);

struct Release {
  std::string name;
  std::string created;  // RFC 3339
  struct Entry {
    std::string tag;  // `acme/web:1.2`, in the registry of the release
    image::Descriptor manifest;
    bool operator==(const Entry&) const = default;
  };
  std::vector<Entry> entries;  // by tag

  image::Index index() const;
  /// Fails with `corrupt`.
  static Result<Release> parse(const image::Index& index);
};

/// The releases of one registry, `ghcr.io/acme`. Not thread-safe.
class Releases {
 public:
  /// Fails with `invalid` if this is no name of repositories.
  static Result<Releases> open(registry::Client& client, const std::string& registry, unsigned jobs);

  /// A name may be a tag, but none that releases need themselves; fails with `invalid`.
  static Status check_name(const std::string& name);
  /// Whether an image is one of this registry.
  bool covers(const image::Reference& reference) const;

  /// Does what a push or rollback left undone; returns how many tags it moved.
  Result<size_t> finish(std::stop_token stop);
  /// Fails with `exists` if there is a release of this name that lists something else.
  Status check_new(const Release& release, std::stop_token stop);
  /// Makes the release the current one; its manifests are in the repositories of its images.
  Status publish(const Release& release, std::stop_token stop);
  /// Makes an earlier release the current one again and returns it; nothing if there is none of this name
  /// here.
  Result<std::optional<Release>> roll_back(const std::string& name, std::stop_token stop);

  struct Listed {
    Release release;
    bool current = false;
  };
  /// All releases, newest first.
  Result<std::vector<Listed>> list(std::stop_token stop);

 private:
  Releases(registry::Client& client, image::Reference repository, unsigned jobs)
      : client_(client), repository_(std::move(repository)), jobs_(jobs) {}

  image::Reference at(const std::string& tag) const;
  image::Reference image_of(const Release::Entry& entry) const;
  Result<std::optional<registry::Fetched>> find(const std::string& tag, const std::stop_token& stop);
  Result<std::optional<Release>> read(const std::string& tag, const std::stop_token& stop);
  Status copy(const image::Reference& from, const image::Reference& to, const image::Descriptor& manifest,
              const std::stop_token& stop);
  Result<size_t> follow(const registry::Fetched& current, const std::stop_token& stop);
  Status commit(const Release& release, const std::stop_token& stop);
  Status put(const std::string& tag, const image::Index& index, const std::stop_token& stop);

  registry::Client& client_;
  image::Reference repository_;
  unsigned jobs_;
};

}  // namespace tierbuild::build
