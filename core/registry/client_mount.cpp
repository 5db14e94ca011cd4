#include "base/strings.hpp"
#include "registry/client_state.hpp"

namespace tierbuild::registry {

Result<bool> Client::mount_blob(const image::Reference& reference, const Digest& digest,
                                const std::string& from, std::stop_token stop) {
  if (has_blob(reference, digest, stop)) return true;
  TB_LET(Source to, state_->wire.registry(reference));
  if (from.empty() || from == to.repository) return false;
  Request request = Wire::request("POST", to, "blobs/uploads/");
  request.url += "?" + form({{"mount", digest.str()}, {"from", from}});
  Scopes scopes = to.push_scope();
  scopes.push_back("repository:" + from + ":pull");
  auto answer = state_->wire.once(to, request, scopes, {}, stop);
  if (!answer && answer.error().code() == Code::denied) return false;
  TB_TRY(answer, "while mounting the blob {} into {}", digest.str(), to.repository);
  if (answer->status != 202) return answer->status == 201;
  // The registry opened an upload instead, which nobody will finish.
  if (auto session = resolve_url(to.api, answer->header("location"));
      session && session->origin == to.api.origin) {
    Request cancel;
    cancel.method = "DELETE";
    cancel.url = session->text;
    std::ignore = state_->wire.once(to, cancel, to.push_scope(), {}, stop);
  }
  return false;
}

}  // namespace tierbuild::registry
