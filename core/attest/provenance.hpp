// Provenance: what an image was made of and how, as SLSA v1 in an in-toto statement.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/graph.hpp"
#include "store/records.hpp"

namespace tierbuild::attest {

inline constexpr const char* kInTotoType = "application/vnd.in-toto+json";
inline constexpr const char* kPredicateAnnotation = "in-toto.io/predicate-type";
inline constexpr const char* kSlsaPredicate = "https://slsa.dev/provenance/v1";

/// Something that entered the image, by its content.
struct Material {
  std::string uri;
  Digest digest;
  auto operator<=>(const Material&) const = default;
};

struct Provenance {
  std::string name;  // of what is described: "ghcr.io/acme/web"
  Digest manifest;
  std::string target, platform;
  std::string tool_version;
  std::map<std::string, std::string> args;  // --arg, secrets masked
  std::string buildfile;                    // its path in the workspace
  std::string compression;
  int64_t epoch = 0;                // SOURCE_DATE_EPOCH
  std::string source;               // where the workspace comes from, without a login; "" if unknown
  std::string revision;             // git's commit of it
  std::vector<Material> materials;  // files of the workspace that evaluation and steps read, bases, fetches
};

/// The statement as JSON. It holds no time but SOURCE_DATE_EPOCH, so that making it again gives the same
/// bytes.
std::string provenance_json(const Provenance& provenance);

/// What the steps of a target took in the build that its image comes from: bases and fetches by digest, and
/// every file of the workspace.
Result<std::vector<Material>> materials_of(store::Records& records, const graph::Graph& graph,
                                           graph::TargetId target);

/// A URL without its user name and password.
std::string without_login(std::string url);

}  // namespace tierbuild::attest
