// SPDX 2.3: the packages of an image as a document that other tools read.
#pragma once

#include <string>

#include "attest/contents.hpp"

namespace tierbuild::attest {

inline constexpr const char* kSpdxType = "application/spdx+json";

struct SpdxSubject {
  std::string name;     // of the image: "acme/web"
  Digest manifest;      // of the image for one platform
  std::string created;  // as the image's config says, so that the same image has the same document
  std::string tool;     // "tierbuild-1.0"
};

/// The document as JSON; the same bytes for the same image.
std::string spdx_json(const SpdxSubject& subject, const Contents& contents);

/// `pkg:deb/debian/bash@5.2-1?arch=amd64&distro=debian-12`.
std::string package_url(const Package& package, const Contents& contents);

}  // namespace tierbuild::attest
