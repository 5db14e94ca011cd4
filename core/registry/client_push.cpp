#include "base/strings.hpp"
#include "registry/client_state.hpp"
#include "registry/upload.hpp"

namespace tierbuild::registry {
namespace {

constexpr uint64_t kMaxManifest = 4 << 20;

}  // namespace

Status check_stored(const Response& response, const Digest& digest) {
  TB_LET(Digest stated, stated_digest(response));
  if (stated.empty() || stated == digest) return {};
  return Error::make(Code::corrupt, "the registry has stored it as {}", stated.str());
}

Result<bool> Client::push_blob(const image::Reference& reference, const image::Descriptor& blob, int fd,
                               const PushOptions& given, std::stop_token stop) {
  TB_LET(Source to, state_->wire.registry(reference));
  const std::string what = fmt::format("{}: blob {}", cannot_push(reference, to), blob.digest.str());
  BlobPlace& place = state_->place(to.host, blob.digest);
  std::scoped_lock hold(place.sending);
  if (place.repository == to.repository) return false;
  PushOptions options = given;
  if (options.mount_from.empty()) options.mount_from = place.repository;
  if (options.mount_from == to.repository) options.mount_from.clear();
  Upload upload(state_->wire, to, blob, fd, state_->wire.limits(to).chunk, std::move(options));
  for (Retry retry = state_->wire.retry(to, stop);;) {
    auto answer = upload.attempt(stop);
    if (answer && is_ok(*answer)) {
      place.repository = to.repository;
      return upload.sent();
    }
    if (upload.moved()) retry.renew();
    if (retry.again(answer)) continue;
    if (!answer && answer.error().code() == Code::cancelled) return std::move(answer).error();
    return prefixed(what, answer ? refusal(Direction::push, to.host, *answer) : std::move(answer).error());
  }
}

Status Client::push_manifest(const image::Reference& reference, const image::Descriptor& descriptor,
                             std::string_view bytes, std::stop_token stop) {
  TB_LET(Source to, state_->wire.registry(reference));
  const std::string what = cannot_push(reference, to);
  if (bytes.size() > kMaxManifest)
    return Error::make(Code::invalid, "{}: the manifest is larger than {}", what, human_bytes(kMaxManifest));
  Request request = Wire::request(
      "PUT", to, "manifests/" + (reference.tag.empty() ? descriptor.digest.str() : reference.tag));
  request.headers["Content-Type"] = descriptor.media_type;
  request.body = bytes;
  auto answer = state_->wire.patiently(to, request, to.push_scope(), std::move(stop));
  if (!answer && answer.error().code() == Code::cancelled) return std::move(answer).error();
  if (!answer) return prefixed(what, std::move(answer).error());
  if (!is_ok(*answer)) return prefixed(what, refusal(Direction::push, to.host, *answer));
  if (Status stored = check_stored(*answer, descriptor.digest); !stored)
    return prefixed(what, std::move(stored).error());
  return {};
}

}  // namespace tierbuild::registry
