#include "registry/referrers.hpp"

#include <set>

#include "base/strings.hpp"
#include "registry/client_state.hpp"
#include "registry/tag_page.hpp"

namespace tierbuild::registry {
namespace {

using Descriptors = std::vector<image::Descriptor>;

image::Reference by_tag(image::Reference repository, std::string tag) {
  repository.tag = std::move(tag);
  repository.digest.reset();
  return repository;
}

/// What the registry itself lists; nothing if it does not know of referrers.
Result<std::optional<Descriptors>> listed(Wire& wire, const Source& at, const Digest& subject,
                                          std::stop_token stop) {
  Descriptors found;
  Request request = Wire::request("GET", at, "referrers/" + subject.str());
  request.headers["Accept"] = image::kOciIndex;
  std::set<std::string> seen;
  while (seen.insert(request.url).second) {
    TB_LET(Response response, wire.patiently(at, request, at.pull_scope(), stop));
    const bool unknown = response.status / 100 == 4 && response.status != 401 && response.status != 403 &&
                         response.status != 429;
    if (unknown) return std::optional<Descriptors>();
    if (!is_ok(response)) return refusal(Direction::pull, at.host, response);
    TB_LET(image::Index index, image::Index::parse(response.body), "in the registry's list of referrers");
    found.insert(found.end(), index.manifests.begin(), index.manifests.end());
    TB_LET(std::string next, next_page(at.api, request.url, response));
    if (next.empty()) break;
    request.url = std::move(next);
  }
  return std::optional(std::move(found));
}

}  // namespace

std::string referrers_tag(const Digest& subject) {
  return "sha256-" + subject.hex();
}

image::Descriptor referrer_of(const image::Manifest& artifact) {
  std::string json = artifact.json();
  image::Descriptor descriptor{artifact.media_type, Digest::of(json), json.size()};
  descriptor.artifact_type =
      artifact.artifact_type.empty() ? artifact.config.media_type : artifact.artifact_type;
  descriptor.annotations = artifact.annotations;
  return descriptor;
}

Result<Descriptors> Client::referrers(const image::Reference& repository, const Digest& subject,
                                      std::stop_token stop) {
  TB_LET(Source at, state_->wire.registry(repository));
  const std::string what = fmt::format("cannot list what refers to {}", subject.str());
  auto own = listed(state_->wire, at, subject, stop);
  if (!own) return prefixed(what, std::move(own).error());
  if (*own) return *std::move(*own);
  Request request = Wire::request("GET", at, "manifests/" + referrers_tag(subject));
  request.headers["Accept"] = image::kOciIndex;
  auto answer = state_->wire.patiently(at, request, at.pull_scope(), stop);
  if (!answer) return prefixed(what, std::move(answer).error());
  if (answer->status == 404) return Descriptors();
  if (!is_ok(*answer)) return prefixed(what, refusal(Direction::pull, at.host, *answer));
  TB_LET(image::Index index, image::Index::parse(answer->body), "under the tag {}", referrers_tag(subject));
  return std::move(index.manifests);
}

Status Client::push_referrer(const image::Reference& repository, const image::Manifest& artifact,
                             std::stop_token stop) {
  TB_CHECK(artifact.subject.has_value());
  TB_LET(Source to, state_->wire.registry(repository));
  const image::Descriptor entry = referrer_of(artifact);
  const std::string what =
      fmt::format("cannot push what refers to {} to {}", artifact.subject->digest.str(), to.host);
  Request request = Wire::request("PUT", to, "manifests/" + entry.digest.str());
  request.headers["Content-Type"] = artifact.media_type;
  request.body = artifact.json();
  auto answer = state_->wire.patiently(to, request, to.push_scope(), stop);
  if (!answer) return prefixed(what, std::move(answer).error());
  if (!is_ok(*answer)) return prefixed(what, refusal(Direction::push, to.host, *answer));
  if (!answer->header("oci-subject").empty()) return {};

  auto add = [&](const Fetched* now) -> Result<std::optional<Fetched>> {
    image::Index index;
    if (now != nullptr) {
      TB_LET(index, image::Index::parse(now->bytes), "under the tag {}",
             referrers_tag(artifact.subject->digest));
    }
    auto same = [&](const image::Descriptor& other) { return other.digest == entry.digest; };
    if (std::any_of(index.manifests.begin(), index.manifests.end(), same)) return std::optional<Fetched>();
    index.manifests.push_back(entry);
    std::string json = index.json();
    return std::optional(Fetched{{index.media_type, Digest::of(json), json.size()}, json});
  };
  return revise(by_tag(repository, referrers_tag(artifact.subject->digest)), add, stop);
}

}  // namespace tierbuild::registry
