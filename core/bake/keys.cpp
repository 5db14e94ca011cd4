#include "bake/keys.hpp"

#include <algorithm>

namespace tierbuild::bake {

std::span<const TargetKey> target_keys() {
  using enum Shape;
  using enum Merging;
  static constexpr TargetKey kKeys[] = {
      {"name", text, replace, Use::file},
      {"matrix", any, replace, Use::file},
      {"inherits", texts, append, Use::file},
      {"description", text, replace, Use::said},
      {"annotations", texts, append},
      {"attest", entries, append, Use::ignored,
       "`--sbom` and `--provenance` attach what is said about an image"},
      {"context"},
      {"contexts", map, by_name},
      {"dockerfile"},
      {"dockerfile-inline"},
      {"args", map, by_name},
      {"labels", map, by_name},
      {"tags", texts},
      {"cache-from", entries, append},
      {"cache-to", entries},
      {"target"},
      {"secret", entries, append},
      {"ssh", entries, append},
      {"platforms", texts},
      {"output", entries},
      {"pull", flag},
      {"no-cache", flag},
      {"network"},
      {"no-cache-filter", texts, append},
      {"shm-size"},
      {"ulimits", texts, append},
      {"call", text, replace, Use::ignored,
       "the image is built; `tierbuild build --check` checks its Dockerfile"},
      {"entitlements", texts, append, Use::ignored, "a step gets no more rights than any other"},
      {"extra-hosts", map, by_name},
      {"policy", any, append, Use::ignored, "there are no policies for sources"},
      {"resources", any, replace, Use::ignored, "`--jobs` bounds what runs at once"},
  };
  return kKeys;
}

const TargetKey* find_target_key(std::string_view name) {
  auto keys = target_keys();
  auto found = std::find_if(keys.begin(), keys.end(), [&](const TargetKey& key) { return key.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

std::span<const BuildKey> build_keys() {
  static constexpr BuildKey kKeys[] = {
      {"additional_contexts", "contexts"},
      {"args", "args"},
      {"cache_from", "cache-from"},
      {"cache_to", "cache-to"},
      {"context", "context"},
      {"dockerfile", "dockerfile"},
      {"dockerfile_inline", "dockerfile-inline"},
      {"entitlements", "entitlements"},
      {"extra_hosts", "extra-hosts"},
      {"isolation", "", "it is for Windows"},
      {"labels", "labels"},
      {"network", "network"},
      {"no_cache", "no-cache"},
      {"platforms", "platforms"},
      {"privileged", "", "a step gets no more rights than any other"},
      {"provenance", "attest"},
      {"pull", "pull"},
      {"sbom", "attest"},
      {"secrets", "secret"},
      {"shm_size", "shm-size"},
      {"ssh", "ssh"},
      {"tags", "tags"},
      {"target", "target"},
      {"ulimits", "ulimits"},
  };
  return kKeys;
}

std::span<const std::string_view> x_bake_keys() {
  static constexpr std::string_view kKeys[] = {"tags",     "cache-from",      "cache-to", "secret",
                                               "ssh",      "platforms",       "output",   "pull",
                                               "no-cache", "no-cache-filter", "contexts"};
  return kKeys;
}

}  // namespace tierbuild::bake
