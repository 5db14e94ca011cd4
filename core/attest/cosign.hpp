// Signatures of images as cosign lays them out: a payload that names the digest, signed, in an artifact under
// the tag `sha256-<hex>.sig`, and as a referrer.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "attest/signing.hpp"
#include "registry/client.hpp"

namespace tierbuild::attest {

inline constexpr const char* kSignatureArtifact = "application/vnd.dev.cosign.artifact.sig.v1+json";
inline constexpr const char* kSimpleSigning = "application/vnd.dev.cosign.simplesigning.v1+json";
inline constexpr const char* kSignatureAnnotation = "dev.cosignproject.cosign/signature";

/// What is signed: the repository and the digest.
std::string signing_payload(const image::Reference& repository, const Digest& manifest);
std::string signature_tag(const Digest& manifest);

/// Signs a manifest or index in its repository, which it need not be in yet. A signature that the key made
/// before stays; those of others do, too.
Status sign(registry::Client& client, const image::Reference& repository, const image::Descriptor& manifest,
            const Key& key, std::stop_token stop = {});

/// How many signatures of the key there are for the manifest, in either place; `denied` if there is none, and
/// says whether there are others.
Result<size_t> verify(registry::Client& client, const image::Reference& repository, const Digest& manifest,
                      const Key& key, std::stop_token stop = {});

}  // namespace tierbuild::attest
