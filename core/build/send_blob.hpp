// send_blob: one blob of the store on its way to a registry.
#pragma once

#include "image/reference.hpp"
#include "registry/client.hpp"
#include "store/store.hpp"

namespace tierbuild::build {

/// Sends a blob unless the repository has it, and returns whether bytes were sent. One that the store was
/// only promised is mounted if it lies in this registry, and brought first if it does not.
Result<bool> send_blob(store::Store& store, registry::Client& client, const image::Reference& to,
                       const image::Descriptor& blob, registry::PushOptions options, std::stop_token stop);

}  // namespace tierbuild::build
