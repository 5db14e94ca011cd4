// Reference: the name of an image in a registry, as docker users write it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "hash/digest.hpp"

namespace tierbuild::image {

/// `python:3.12` is `docker.io/library/python:3.12`; without tag and digest the tag is `latest`.
struct Reference {
  std::string registry;    // host[:port]
  std::string repository;  // library/python
  std::string tag;         // may be empty if there is a digest
  std::optional<Digest> digest;

  /// Parses and normalises by the grammar of the distribution project. Fails with `invalid`, naming the bad
  /// part.
  static Result<Reference> parse(std::string_view text);
  /// `registry/repository:tag@digest`, in full.
  std::string str() const;
  /// As users write it: docker.io and library/ left out.
  std::string familiar() const;
  /// `registry/repository`.
  std::string name() const { return registry + "/" + repository; }
  /// What a manifest is asked by: the digest if there is one, else the tag.
  std::string selector() const { return digest ? digest->str() : tag; }
  bool operator==(const Reference&) const = default;
};

}  // namespace tierbuild::image
