#include "registry/upload.hpp"

#include <charconv>

#include "base/strings.hpp"
#include "registry/client_state.hpp"

namespace tierbuild::registry {
namespace {

/// 0 if it is none.
uint64_t number_of(std::string_view text) {
  uint64_t number = 0;
  auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return fault == std::errc() && end == text.data() + text.size() ? number : 0;
}

/// The bytes that `0-4095` or `bytes=0-4095` count. `0-0` is what registries say of an empty upload, too, and
/// a single byte is not worth the doubt.
std::optional<uint64_t> offset_of(const Response& response) {
  const std::string header = response.header("range");
  std::string_view text = header;
  if (text.starts_with("bytes=")) text.remove_prefix(6);
  if (!text.starts_with("0-")) return std::nullopt;
  text.remove_prefix(2);
  const uint64_t last = number_of(text);
  return last == 0 ? 0 : last + 1;
}

}  // namespace

Result<Response> Upload::attempt(const std::stop_token& stop) {
  if (session_ && in_doubt_) {
    if (blob_.size <= chunk_)
      session_.reset();  // to ask takes as long as to send it
    else
      TB_TRY(ask_offset(stop));
  }
  if (!session_) {
    const Request probe = Wire::request("HEAD", to_, "blobs/" + blob_.digest.str());
    TB_LET(Response found, wire_.once(to_, probe, to_.push_scope(), {}, stop));
    if (is_ok(found) || found.status == 429 || found.status >= 500) return found;
    TB_LET(Response opened, open(stop));
    if (opened.status != 202) return opened;
    session_.emplace();
    in_doubt_ = resumed_ = false;
    least_chunk_ = number_of(opened.header("oci-chunk-min-length"));
    if (Status followed = follow(opened); !followed) {
      session_.reset();
      return std::move(followed).error();
    }
  }
  // Whatever ends this attempt, the next one asks what the registry has.
  in_doubt_ = true;
  auto answer = send(stop);
  if (!answer || is_ok(*answer)) return answer;
  auto anew = [this](const char* why) {
    session_.reset();
    return Error(Code::network, why);
  };
  switch (answer->status) {
    case 404:
    case 410:
      return anew("the registry has lost the upload");
    case 400:
      if (resumed_) return anew("the registry has put the pieces together wrongly");
      return answer;
    case 405:
    case 501:
      if (blob_.size <= chunk_) return answer;
      chunk_ = blob_.size;
      return anew("the registry takes no pieces");
    case 416:
      return Error(Code::network, "the registry has other bytes than it said");
    default:
      return answer;
  }
}

Result<Response> Upload::open(const std::stop_token& stop) {
  Request request = Wire::request("POST", to_, "blobs/uploads/");
  if (!options_.mount_from.empty()) {
    Request mount = request;
    mount.url += "?" + form({{"mount", blob_.digest.str()}, {"from", options_.mount_from}});
    Scopes scopes = to_.push_scope();
    scopes.push_back("repository:" + options_.mount_from + ":pull");
    auto answer = wire_.once(to_, mount, scopes, {}, stop);
    const bool refused =
        answer ? answer->status / 100 == 4 && answer->status != 429 : answer.error().code() == Code::denied;
    if (!refused) return answer;
    options_.mount_from.clear();
  }
  return wire_.once(to_, request, to_.push_scope(), {}, stop);
}

Result<Response> Upload::send(const std::stop_token& stop) {
  if (blob_.size > chunk_)
    while (session_->offset < blob_.size) {
      TB_LET(Response response, send_chunk(stop));
      if (!is_ok(response)) return response;
    }
  return finish(stop);
}

Result<Response> Upload::send_chunk(const std::stop_token& stop) {
  const uint64_t start = session_->offset;
  const uint64_t size = std::min(std::max(chunk_, least_chunk_), blob_.size - start);
  Request request = carry("PATCH", session_->at.text, size);
  request.headers["Content-Range"] = fmt::format("{}-{}", start, start + size - 1);
  TB_LET(Response response, wire_.once(to_, request, to_.push_scope(), {}, stop));
  if (!is_ok(response)) return response;
  TB_TRY(follow(response));
  session_->offset = offset_of(response).value_or(start + size);
  if (session_->offset <= start || session_->offset > start + size)
    return Error::make(Code::network, "the registry has {} bytes of an upload of {}", session_->offset,
                       start + size);
  moved_ = true;
  return response;
}

Result<Response> Upload::finish(const std::stop_token& stop) {
  const std::string url = with_query(session_->at, {{"digest", blob_.digest.str()}});
  const Request request = carry("PUT", url, blob_.size - session_->offset);
  TB_LET(Response response, wire_.once(to_, request, to_.push_scope(), {}, stop));
  if (is_ok(response)) TB_TRY(check_stored(response, blob_.digest));
  return response;
}

// A registry that cannot tell has lost it; the next attempt starts with the first byte.
Status Upload::ask_offset(const std::stop_token& stop) {
  Request request;
  request.url = session_->at.text;
  TB_LET(Response response, wire_.once(to_, request, to_.push_scope(), {}, stop));
  const std::optional<uint64_t> offset = offset_of(response);
  if (response.status == 429 || response.status >= 500)
    return Error::make(Code::network, "the registry answers with status {}", response.status);
  if (!is_ok(response) || !offset || *offset > blob_.size) {
    session_.reset();
    return {};
  }
  if (!response.header("location").empty()) TB_TRY(follow(response));
  moved_ = moved_ || *offset > session_->offset;
  session_->offset = *offset;
  resumed_ = true;
  return {};
}

// Each answer may say anew where the upload goes on; never elsewhere than at the registry, which gets the
// login.
Status Upload::follow(const Response& response) {
  auto location = resolve_url(to_.api, response.header("location"));
  if (!location || location->origin != to_.api.origin)
    return Error::make(Code::corrupt, "the registry wants the upload at '{}', which is not at {}",
                       printable(response.header("location")), to_.api.origin);
  session_->at = *std::move(location);
  return {};
}

Request Upload::carry(std::string method, std::string url, uint64_t size) {
  Request request;
  request.method = std::move(method);
  request.url = std::move(url);
  request.headers["Content-Type"] = "application/octet-stream";
  request.body_fd = fd_;
  request.body_size = size;
  request.body_offset = session_->offset;
  sent_ = sent_ || size > 0;
  if (options_.on_progress)
    request.on_sent = [this, done = session_->offset](uint64_t bytes) mutable {
      done += bytes;
      options_.on_progress(done);
    };
  return request;
}

}  // namespace tierbuild::registry
