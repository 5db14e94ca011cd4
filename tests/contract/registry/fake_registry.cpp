#include "contract/registry/fake_registry.hpp"

#include <curl/curl.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/strings.hpp"
#include "image/manifest.hpp"

namespace tierbuild::registry {
namespace {

Response error(int status, const std::string& code) {
  return {status, {}, nlohmann::json{{"errors", {{{"code", code}, {"message", code}}}}}.dump()};
}

Response content(const std::string& method, const std::string& type, const std::string& digest,
                 const std::string& bytes) {
  Response out;
  out.status = 200;
  out.headers = {{"content-type", type},
                 {"content-length", std::to_string(bytes.size())},
                 {"docker-content-digest", digest}};
  if (method == "GET") out.body = bytes;
  return out;
}

std::string unescape(std::string_view text) {
  int size = 0;
  char* plain = curl_easy_unescape(nullptr, text.data(), static_cast<int>(text.size()), &size);
  std::string out(plain, static_cast<size_t>(size));
  curl_free(plain);
  return out;
}

std::map<std::string, std::string> query_of(std::string_view url) {
  std::map<std::string, std::string> out;
  size_t mark = url.find('?');
  if (mark == std::string_view::npos) return out;
  for (std::string_view pair : split(url.substr(mark + 1), '&')) {
    size_t equals = std::min(pair.find('='), pair.size() - 1);
    out[unescape(pair.substr(0, equals))] = unescape(pair.substr(equals + 1));
  }
  return out;
}

std::string body_of(const Request& request) {
  if (request.body_fd < 0) return request.body;
  std::string body(request.body_size, '\0');
  REQUIRE(::pread(request.body_fd, body.data(), body.size(), static_cast<off_t>(request.body_offset)) ==
          static_cast<ssize_t>(body.size()));
  return body;
}

}  // namespace

Result<Response> FakeRegistry::send(const Request& request, const BodySink& sink, std::stop_token stop) {
  if (stop.stop_requested()) return Error::make(Code::cancelled, "stopped");
  Response response;
  auto given = request.headers.find("Authorization");
  if (login_ && (given == request.headers.end() || given->second != "Basic " + base64(*login_))) {
    response = error(401, "UNAUTHORIZED");
    response.headers["www-authenticate"] = "Basic realm=\"test\"";
  } else {
    response = answer(request, body_of(request));
  }
  if (request.on_head) TB_TRY(request.on_head(response));
  if (sink && response.status / 100 == 2) {
    if (!response.body.empty()) TB_TRY(sink(response.body));
    response.body.clear();
  }
  return response;
}

Response FakeRegistry::answer(const Request& request, const std::string& body) {
  const std::string& url = request.url;
  const size_t start = url.find("/v2/") + 4;
  const std::string path = url.substr(start, url.find('?') - start);
  const auto query = query_of(url);
  for (std::string_view kind : {"/blobs/uploads/", "/blobs/", "/manifests/", "/tags/list"}) {
    const size_t at = path.find(kind);
    if (at == std::string::npos) continue;
    const std::string name = path.substr(0, at);
    const std::string what = path.substr(at + kind.size());
    if (kind == "/tags/list") return tags(name);
    if (kind == "/manifests/" && request.method == "PUT") return put_manifest(request, name, what, body);
    if (kind == "/manifests/") return get_manifest(request.method, name, what);
    if (kind == "/blobs/") return blob(request.method, name, what);
    if (request.method == "POST") return open_upload(name, query);
    uploads_[what] += body;
    if (request.method == "PUT")
      return put_blob(name, query.count("digest") != 0 ? query.at("digest") : "", uploads_[what]);
    const size_t got = uploads_[what].size();
    return {request.method == "PATCH" ? 202 : 204,
            {{"location", url}, {"range", fmt::format("0-{}", got == 0 ? 0 : got - 1)}},
            {}};
  }
  return error(404, "NOT_FOUND");
}

Response FakeRegistry::blob(const std::string& method, const std::string& name, const std::string& digest) {
  if (!repositories_[name].blobs.contains(digest)) return error(404, "BLOB_UNKNOWN");
  return content(method, "application/octet-stream", digest, blobs_[digest]);
}

Response FakeRegistry::open_upload(const std::string& name, const std::map<std::string, std::string>& query) {
  auto mount = query.find("mount");
  auto from = query.find("from");
  if (mount != query.end() && from != query.end() &&
      repositories_[from->second].blobs.contains(mount->second)) {
    repositories_[name].blobs.insert(mount->second);
    return {201, {{"docker-content-digest", mount->second}}, {}};
  }
  const std::string id = std::to_string(uploads_.size() + 1);
  uploads_[id].clear();
  return {202, {{"location", "/v2/" + name + "/blobs/uploads/" + id + "?_state=x"}}, {}};
}

Response FakeRegistry::put_blob(const std::string& name, const std::string& digest, const std::string& body) {
  if (Digest::of(body).str() != digest) return error(400, "DIGEST_INVALID");
  blobs_[digest] = body;
  repositories_[name].blobs.insert(digest);
  return {201, {{"docker-content-digest", digest}}, {}};
}

Response FakeRegistry::get_manifest(const std::string& method, const std::string& name,
                                    const std::string& selector) {
  Repository& repository = repositories_[name];
  const std::string digest = repository.tags.count(selector) != 0 ? repository.tags[selector] : selector;
  auto found = repository.manifests.find(digest);
  if (found == repository.manifests.end()) return error(404, "MANIFEST_UNKNOWN");
  return content(method, found->second.type, digest, found->second.bytes);
}

Response FakeRegistry::put_manifest(const Request& request, const std::string& name,
                                    const std::string& selector, const std::string& body) {
  Repository& repository = repositories_[name];
  auto manifest = image::Manifest::parse(body);
  if (!manifest) return error(400, "MANIFEST_INVALID");
  for (const image::Descriptor& layer : manifest->layers)
    if (!repository.blobs.contains(layer.digest.str())) return error(400, "MANIFEST_BLOB_UNKNOWN");
  const std::string digest = Digest::of(body).str();
  repository.manifests[digest] = {request.headers.at("Content-Type"), body};
  if (!selector.starts_with("sha256:")) repository.tags[selector] = digest;
  return {201, {{"docker-content-digest", digest}}, {}};
}

Response FakeRegistry::tags(const std::string& name) const {
  auto repository = repositories_.find(name);
  if (repository == repositories_.end() || repository->second.tags.empty()) return error(404, "NAME_UNKNOWN");
  nlohmann::json list = nlohmann::json::array();
  for (const auto& [tag, digest] : repository->second.tags) list.push_back(tag);
  return {200, {{"content-type", "application/json"}}, nlohmann::json{{"name", name}, {"tags", list}}.dump()};
}

}  // namespace tierbuild::registry
