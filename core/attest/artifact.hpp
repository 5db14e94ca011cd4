// Artifacts: what is said about an image, as a manifest that refers to it, in the image's own repository.
#pragma once

#include <stop_token>
#include <string>

#include "registry/client.hpp"

namespace tierbuild::attest {

/// Sends a blob that is held in memory.
Result<image::Descriptor> push_bytes(registry::Client& client, const image::Reference& repository,
                                     const std::string& media_type, std::string_view bytes,
                                     std::stop_token stop = {});
/// All bytes of a small blob.
Result<std::string> fetch_bytes(registry::Client& client, const image::Reference& repository,
                                const image::Descriptor& blob, std::stop_token stop = {});

struct Document {
  std::string artifact_type, media_type;
  image::Annotations annotations;  // of the document's layer and of the artifact
  std::string bytes;
};

/// Pushes a document that refers to `subject`. Pushed again, it is found to be there.
Status push_document(registry::Client& client, const image::Reference& repository,
                     const image::Descriptor& subject, const Document& document, std::stop_token stop = {});

}  // namespace tierbuild::attest
