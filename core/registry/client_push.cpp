#include "base/strings.hpp"
#include "registry/client_state.hpp"

namespace tierbuild::registry {
namespace {

constexpr uint64_t kMaxManifest = 4 << 20;

Status check_stored(const Response& response, const Digest& digest) {
  TB_LET(Digest stated, stated_digest(response));
  if (stated.empty() || stated == digest) return {};
  return Error::make(Code::corrupt, "the registry has stored it as {}", stated.str());
}

/// One blob on its way to a registry; an attempt may be repeated until it ends in a 2xx.
class Upload {
 public:
  Upload(Wire& wire, const Source& to, const image::Descriptor& blob, int fd, std::string mount_from)
      : wire_(wire), to_(to), blob_(blob), fd_(fd), mount_from_(std::move(mount_from)) {}

  bool sent() const { return sent_; }

  /// 200: it was there. 201: it is there now.
  Result<Response> attempt(const std::stop_token& stop) {
    const Request probe = Wire::request("HEAD", to_, "blobs/" + blob_.digest.str());
    TB_LET(Response found, wire_.once(to_, probe, to_.push_scope(), {}, stop));
    if (is_ok(found) || found.status == 429 || found.status >= 500) return found;
    TB_LET(Response session, open_session(stop));
    if (session.status != 202) return session;
    return put(session, stop);
  }

 private:
  Result<Response> open_session(const std::stop_token& stop) {
    Request request = Wire::request("POST", to_, "blobs/uploads/");
    if (!mount_from_.empty()) {
      Request mount = request;
      mount.url += "?" + form({{"mount", blob_.digest.str()}, {"from", mount_from_}});
      Scopes scopes = to_.push_scope();
      scopes.push_back("repository:" + mount_from_ + ":pull");
      auto answer = wire_.once(to_, mount, scopes, {}, stop);
      const bool refused =
          answer ? answer->status / 100 == 4 && answer->status != 429 : answer.error().code() == Code::denied;
      if (!refused) return answer;
      mount_from_.clear();
    }
    return wire_.once(to_, request, to_.push_scope(), {}, stop);
  }

  Result<Response> put(const Response& session, const std::stop_token& stop) {
    auto location = resolve_url(to_.api, session.header("location"));
    if (!location || location->origin != to_.api.origin)
      return Error::make(Code::corrupt, "the registry wants the upload at '{}', which is not at {}",
                         printable(session.header("location")), to_.api.origin);
    Request request;
    request.method = "PUT";
    request.url = with_query(*location, {{"digest", blob_.digest.str()}});
    request.headers["Content-Type"] = "application/octet-stream";
    request.body_fd = fd_;
    request.body_size = blob_.size;
    sent_ = true;
    TB_LET(Response response, wire_.once(to_, request, to_.push_scope(), {}, stop));
    if (response.status == 404) return Error::make(Code::network, "the registry has lost the upload");
    if (is_ok(response)) TB_TRY(check_stored(response, blob_.digest));
    return response;
  }

  Wire& wire_;
  const Source& to_;
  const image::Descriptor& blob_;
  int fd_;
  std::string mount_from_;
  bool sent_ = false;
};

}  // namespace

Result<bool> Client::push_blob(const image::Reference& reference, const image::Descriptor& blob, int fd,
                               const std::string& mount_from, std::stop_token stop) {
  TB_LET(Source to, state_->wire.registry(reference));
  const std::string what = fmt::format("{}: blob {}", cannot_push(reference, to), blob.digest.str());
  Upload upload(state_->wire, to, blob, fd, mount_from == to.repository ? std::string() : mount_from);
  for (Retry retry = state_->wire.retry(stop);;) {
    auto answer = upload.attempt(stop);
    if (answer && is_ok(*answer)) return upload.sent();
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
