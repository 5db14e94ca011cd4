// What happens to finished images: pushed to registries, loaded into docker or podman.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "build/builder.hpp"
#include "image/manifest.hpp"

namespace tierbuild::build {

struct PublishItem {
  std::string name;               // "service:discord"
  image::Descriptor manifest;     // in the store
  std::vector<std::string> tags;  // full references
  bool held = false;              // the repositories have it already; it need not be in the store
};

struct Published {
  std::string reference;
  Digest digest;
  uint64_t bytes_sent = 0;
};

/// The release that a push makes; see release.hpp.
struct ReleaseRequest {
  std::string name;                     // empty: none, but what an earlier push left undone is done
  std::vector<std::string> registries;  // "ghcr.io/acme": where releases are kept
  std::string created;                  // RFC 3339
};

/// Uploads all blobs of all images first, then the manifests, and moves tags last, in parallel per blob. A
/// blob is sent once for each repository, or mounted from another one of the same registry. The first failure
/// stops the rest and no tag moves; once tags move, a stop waits for the last of them.
Result<std::vector<Published>> push_images(store::Store& store, registry::Client& client,
                                           const std::vector<PublishItem>& items, unsigned jobs,
                                           EventSink& events, std::stop_token stop = {},
                                           const ReleaseRequest& release = {});

/// Pulls an image and all its blobs into the store and names it there. Returns the manifest for the platform.
Result<image::Descriptor> pull_image(store::Store& store, registry::Client& client,
                                     const image::Reference& reference, const image::Platform& platform,
                                     EventSink& events, std::stop_token stop = {});

enum class Engine { docker, podman };
/// Gives the images to a container engine on this host (`docker load`, `podman load`). `host_lacks` if there
/// is none.
Status load_images(store::Store& store, const std::vector<PublishItem>& items, Engine engine,
                   std::stop_token stop = {});
/// The engine that answers on this host: docker if its daemon does, else podman. `host_lacks` with a hint.
Result<Engine> find_engine(std::stop_token stop = {});

}  // namespace tierbuild::build
