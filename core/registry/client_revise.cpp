// Tags that several writers change: read, change, write, and look whether it lasted.
#include "registry/client_state.hpp"

namespace tierbuild::registry {
namespace {

constexpr unsigned kMostAttempts = 12;
constexpr int64_t kPause = 50;  // milliseconds, longer from attempt to attempt
constexpr int64_t kPatience = 3;

struct Seen {
  std::optional<Fetched> document;
  std::string etag;
};

Result<Seen> look(Wire& wire, const Source& at, const image::Reference& reference, std::stop_token stop) {
  Request request = Wire::request("GET", at, "manifests/" + reference.tag);
  request.headers["Accept"] = fmt::format("{}, {}, {}, {}", image::kOciIndex, image::kOciManifest,
                                          image::kDockerIndex, image::kDockerManifest);
  TB_LET(Response response, wire.patiently(at, request, at.push_scope(), std::move(stop)));
  if (response.status == 404) return Seen();
  if (!is_ok(response)) return refusal(Direction::pull, at.host, response);
  Seen seen;
  seen.etag = response.header("etag");
  auto index = image::Index::parse(response.body);
  std::string type = index ? index->media_type : "";
  if (!index) {
    TB_LET(image::Manifest manifest, image::Manifest::parse(response.body));
    type = manifest.media_type;
  }
  image::Descriptor descriptor{type, Digest::of(response.body), response.body.size()};
  seen.document = Fetched{std::move(descriptor), std::move(response.body)};
  return seen;
}

}  // namespace

// Writers that meet lose nothing where the registry honours If-Match. Where it does not, each looks again a
// while after it has written, when those that had read before have written too, and repeats what was
// overwritten: after some times as long as it took itself from reading to writing.
Status Client::revise(const image::Reference& reference, const Revision& change, std::stop_token stop) {
  TB_LET(Source to, state_->wire.registry(reference));
  const std::string what = cannot_push(reference, to);
  const Clock& clock = Clock::system();
  int64_t window = 0;  // the longest so far, in milliseconds
  for (unsigned attempt = 0; attempt < kMostAttempts; ++attempt) {
    if (attempt > 0) state_->options.sleep(std::max(kPause * attempt, kPatience * window), stop);
    const int64_t begin = clock.monotonic();
    auto seen = look(state_->wire, to, reference, stop);
    if (!seen) return prefixed(what, std::move(seen).error());
    TB_LET(std::optional<Fetched> next, change(seen->document ? &*seen->document : nullptr));
    if (!next) return {};
    Request request = Wire::request("PUT", to, "manifests/" + reference.tag);
    request.headers["Content-Type"] = next->descriptor.media_type;
    if (!seen->etag.empty()) request.headers["If-Match"] = seen->etag;
    request.body = std::move(next->bytes);
    auto answer = state_->wire.patiently(to, request, to.push_scope(), stop);
    if (!answer) return prefixed(what, std::move(answer).error());
    window = std::max(window, clock.monotonic() - begin);
    if (answer->status != 412 && !is_torn(*answer) && !is_ok(*answer))
      return prefixed(what, refusal(Direction::push, to.host, *answer));
  }
  return Error::make(Code::network, "{}: others keep changing the tag '{}'", what, reference.tag)
      .hint("try again when they are done");
}

}  // namespace tierbuild::registry
