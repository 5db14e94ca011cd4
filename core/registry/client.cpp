#include "registry/client.hpp"

#include <charconv>
#include <set>

#include "base/strings.hpp"
#include "registry/client_state.hpp"
#include "registry/download.hpp"
#include "registry/tag_page.hpp"

namespace tierbuild::registry {
namespace {

constexpr uint64_t kMaxManifest = 4 << 20;

std::string accepted_types() {
  return fmt::format("{}, {}, {}, {}", image::kOciIndex, image::kOciManifest, image::kDockerIndex,
                     image::kDockerManifest);
}

Request manifest_request(const char* method, const Source& source, const image::Reference& reference) {
  Request request = Wire::request(method, source, "manifests/" + reference.selector());
  request.headers["Accept"] = accepted_types();
  return request;
}

/// The media type without parameters, if it is one of a manifest or an index.
Result<std::string> stated_type(const Response& response) {
  const std::string text = response.header("content-type");
  std::string type = lower(trim(std::string_view(text).substr(0, text.find(';'))));
  if (!image::is_manifest(type) && !image::is_index(type))
    return Error::make(Code::corrupt, "the registry sends '{}' where a manifest should be", printable(text));
  return type;
}

Status check_document(const std::string& type, const std::string& bytes) {
  std::string actual;
  if (image::is_index(type)) {
    TB_LET(image::Index index, image::Index::parse(bytes));
    actual = index.media_type;
  } else {
    TB_LET(image::Manifest manifest, image::Manifest::parse(bytes));
    actual = manifest.media_type;
  }
  if (actual != type) return Error::make(Code::corrupt, "the registry sends a '{}' as '{}'", actual, type);
  return {};
}

Status check_digest(const Digest& wanted, const Digest& actual) {
  if (wanted == actual) return {};
  return Error::make(Code::corrupt, "the registry sends {} where {} was asked for", actual.str(),
                     wanted.str());
}

Result<Fetched> fetch_manifest(Wire& wire, const Source& source, const image::Reference& reference,
                               std::stop_token stop) {
  TB_LET(Response response, wire.patiently(source, manifest_request("GET", source, reference),
                                           source.pull_scope(), std::move(stop)));
  if (!is_ok(response)) return refusal(Direction::pull, source.host, response);
  if (response.body.size() > kMaxManifest)
    return Error::make(Code::corrupt, "the manifest is larger than {}", human_bytes(kMaxManifest));
  const Digest actual = Digest::of(response.body);
  TB_LET(Digest stated, stated_digest(response));
  if (!stated.empty()) TB_TRY(check_digest(stated, actual));
  if (reference.digest) TB_TRY(check_digest(*reference.digest, actual));
  TB_LET(std::string type, stated_type(response));
  TB_TRY(check_document(type, response.body));
  image::Descriptor descriptor;
  descriptor.media_type = std::move(type);
  descriptor.digest = actual;
  descriptor.size = response.body.size();
  return Fetched{std::move(descriptor), std::move(response.body)};
}

/// The descriptor in the headers of a HEAD; nothing if they do not say all of it.
Result<std::optional<image::Descriptor>> stated_descriptor(const Response& response,
                                                           const image::Reference& reference) {
  using Stated = std::optional<image::Descriptor>;
  TB_LET(Digest digest, stated_digest(response));
  const std::string length = response.header("content-length");
  uint64_t size = 0;
  auto [end, fault] = std::from_chars(length.data(), length.data() + length.size(), size);
  const bool sized = fault == std::errc() && end == length.data() + length.size() && size > 0;
  if (digest.empty() || !sized || response.header("content-type").empty()) return Stated();
  if (reference.digest) TB_TRY(check_digest(*reference.digest, digest));
  if (size > kMaxManifest)
    return Error::make(Code::corrupt, "the manifest is larger than {}", human_bytes(kMaxManifest));
  image::Descriptor descriptor;
  TB_LET(descriptor.media_type, stated_type(response));
  descriptor.digest = digest;
  descriptor.size = size;
  return Stated(std::move(descriptor));
}

Result<image::Descriptor> resolve_at(Wire& wire, const Source& source, const image::Reference& reference,
                                     std::stop_token stop) {
  TB_LET(Response response,
         wire.patiently(source, manifest_request("HEAD", source, reference), source.pull_scope(), stop));
  if (is_ok(response)) {
    TB_LET(auto stated, stated_descriptor(response, reference));
    if (stated) return *std::move(stated);
  } else if (response.status != 405 && response.status != 400) {  // the answer to a GET says more
    return refusal(Direction::pull, source.host, response);
  }
  TB_LET(Fetched fetched, fetch_manifest(wire, source, reference, std::move(stop)));
  return std::move(fetched.descriptor);
}

Status fetch_blob(Wire& wire, const Source& source, const Digest& digest, Download& download,
                  std::stop_token stop) {
  Request request = Wire::request("GET", source, "blobs/" + digest.str());
  const BodySink sink = [&](std::string_view bytes) { return download.take(bytes); };
  for (Retry retry = wire.retry(source, stop);;) {
    const uint64_t before = download.received();
    download.prepare(request);
    auto answer = wire.once(source, request, source.pull_scope(), sink, stop);
    if (answer && is_ok(*answer)) return download.finish();
    if (download.over()) return std::move(answer).error();
    if (download.received() > before) retry.renew();
    if (retry.again(answer)) continue;
    return answer ? refusal(Direction::pull, source.host, *answer) : std::move(answer).error();
  }
}

/// Asks the mirrors, if they may answer, then the registry, and names them in the error.
template <class Question>
auto ask_sources(Wire& wire, const image::Reference& reference, Ask whom, const Question& ask)
    -> std::invoke_result_t<const Question&, const Source&> {
  TB_LET(std::vector<Source> sources, wire.sources(reference));
  if (whom == Ask::registry) sources.erase(sources.begin(), sources.end() - 1);
  std::string earlier;
  for (const Source& source : sources) {
    auto answer = ask(source);
    if (answer || answer.error().code() == Code::cancelled) return answer;
    Error error = prefixed(cannot_pull(reference, source), std::move(answer).error());
    if (&source != &sources.back()) {
      if (error.code() == Code::network) wire.rest(source);
      earlier += (earlier.empty() ? "" : "; ") + error.message();
      continue;
    }
    if (earlier.empty()) return error;
    return std::move(error).with("after its mirrors failed: {}", earlier);
  }
  TB_CHECK(false);
}

}  // namespace

Result<Digest> stated_digest(const Response& response) {
  const std::string text = response.header("docker-content-digest");
  if (text.empty()) return Digest();
  auto digest = Digest::parse(text);
  if (!digest)
    return Error::make(Code::corrupt, "the registry states a malformed digest '{}'", printable(text));
  return digest;
}

Client::Client(Transport& transport, Credentials& credentials, ClientOptions options)
    : state_(std::make_unique<State>(transport, credentials, std::move(options))) {}
Client::~Client() = default;

Result<image::Descriptor> Client::resolve(const image::Reference& reference, std::stop_token stop, Ask ask) {
  return ask_sources(state_->wire, reference, ask,
                     [&](const Source& source) { return resolve_at(state_->wire, source, reference, stop); });
}

Result<Fetched> Client::manifest(const image::Reference& reference, std::stop_token stop, Ask ask) {
  return ask_sources(state_->wire, reference, ask, [&](const Source& source) {
    return fetch_manifest(state_->wire, source, reference, stop);
  });
}

Status Client::blob(const image::Reference& reference, const image::Descriptor& blob, const BodySink& sink,
                    std::stop_token stop) {
  Download download(blob, sink);
  Status fatal;
  return ask_sources(state_->wire, reference, Ask::mirrors, [&](const Source& source) -> Status {
    if (!fatal) return fatal;
    Status status = fetch_blob(state_->wire, source, blob.digest, download, stop);
    if (!status) status = std::move(status).error().with("while fetching the blob {}", blob.digest.str());
    if (download.over()) fatal = status;
    return status;
  });
}

bool Client::has_blob(const image::Reference& reference, const Digest& digest, std::stop_token stop) {
  auto source = state_->wire.registry(reference);
  if (!source) return false;
  const Request request = Wire::request("HEAD", *source, "blobs/" + digest.str());
  auto answer = state_->wire.patiently(*source, request, source->pull_scope(), std::move(stop));
  return answer && is_ok(*answer);
}

bool Client::has_manifest(const image::Reference& reference, const Digest& digest, std::stop_token stop) {
  auto source = state_->wire.registry(reference);
  if (!source) return false;
  const Request request = manifest_request("HEAD", *source, reference);
  auto answer = state_->wire.once(*source, request, source->push_scope(), {}, std::move(stop));
  if (!answer || !is_ok(*answer)) return false;
  auto stated = stated_digest(*answer);
  return stated && *stated == digest;
}

Result<std::string> Client::login(const std::string& host, std::stop_token stop) {
  TB_LET(Source source, state_->wire.host(host));
  TB_LET(std::string token, state_->wire.login(source, std::move(stop)), "while logging in to {}", host);
  return token;
}

Result<std::vector<std::string>> Client::tags(const image::Reference& reference, std::stop_token stop) {
  return ask_sources(
      state_->wire, reference, Ask::registry, [&](const Source& source) -> Result<std::vector<std::string>> {
        std::set<std::string> tags;
        Request request = Wire::request("GET", source, "tags/list?n=1000");
        std::set<std::string> seen;
        while (seen.insert(request.url).second) {
          TB_LET(Response response, state_->wire.patiently(source, request, source.pull_scope(), stop));
          if (!is_ok(response)) return refusal(Direction::pull, source.host, response);
          TB_LET(TagPage page, read_tag_page(source.api, request.url, response));
          const size_t before = tags.size();
          tags.insert(page.tags.begin(), page.tags.end());
          if (page.next.empty() || tags.size() == before) break;
          request.url = page.next;
        }
        return std::vector<std::string>(tags.begin(), tags.end());
      });
}

}  // namespace tierbuild::registry
