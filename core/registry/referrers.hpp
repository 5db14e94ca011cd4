// Referrers: manifests that say something about another one, such as signatures and lists of packages. They
// stand beside images and never in an index (distribution-spec 1.1). A registry that knows of them lists them
// itself; for any other they are listed in an index under the tag `sha256-<hex of what they refer to>`.
#pragma once

#include "registry/client.hpp"

namespace tierbuild::registry {

/// The tag that lists what refers to a manifest where the registry does not.
std::string referrers_tag(const Digest& subject);

/// What a list says of an artifact.
image::Descriptor referrer_of(const image::Manifest& artifact);

}  // namespace tierbuild::registry
