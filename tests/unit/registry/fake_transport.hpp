// A transport that follows a script: each exchange must be the expected one and gets its answer.
#pragma once

#include <unistd.h>

#include <deque>
#include <string>
#include <vector>

#include "registry/client.hpp"
#include "registry/transport.hpp"
#include "support/catch.hpp"

namespace tierbuild::registry {

using Headers = std::map<std::string, std::string>;

class FakeTransport final : public Transport {
 public:
  /// Expects `METHOD URL` and answers it.
  FakeTransport& on(std::string line, int status, Headers headers = {}, std::string body = {}) {
    script_.push_back({std::move(line), Response{status, std::move(headers), std::move(body)}, {}});
    return *this;
  }
  /// Expects `METHOD URL`, gives the beginning of the body, then loses the connection.
  FakeTransport& cut(std::string line, int status, Headers headers, std::string beginning) {
    on(std::move(line), status, std::move(headers), std::move(beginning));
    script_.back().error = Error::make(Code::network, "connection lost");
    return *this;
  }
  FakeTransport& fail(std::string line, Code code) {
    on(std::move(line), 0);
    script_.back().error = Error::make(code, "made to fail");
    return *this;
  }

  Result<Response> send(const Request& request, const BodySink& sink, std::stop_token stop) override {
    if (stop.stop_requested()) return Error::make(Code::cancelled, "stopped");
    seen.push_back(request);
    if (request.body_fd >= 0) {
      std::string& body = seen.back().body;
      body.resize(request.body_size);
      CHECK(::pread(request.body_fd, body.data(), body.size(), static_cast<off_t>(request.body_offset)) ==
            static_cast<ssize_t>(body.size()));
    }
    const std::string line = request.method + " " + request.url;
    INFO("exchange " << seen.size());
    if (script_.empty()) FAIL("unexpected: " << line);
    Step step = std::move(script_.front());
    script_.pop_front();
    CHECK(line == step.line);

    if (step.answer.status != 0 && request.on_head) TB_TRY(request.on_head(step.answer));
    if (sink && step.answer.status / 100 == 2) {
      if (!step.answer.body.empty()) TB_TRY(sink(step.answer.body));
      step.answer.body.clear();
    }
    if (step.error) return *std::move(step.error);
    return std::move(step.answer);
  }

  bool done() const { return script_.empty(); }
  /// The value that the n-th exchange had in this header; empty if none.
  std::string header(size_t n, const std::string& name) const {
    auto found = seen.at(n).headers.find(name);
    return found == seen[n].headers.end() ? std::string() : found->second;
  }
  /// How many exchanges carried a login or token.
  size_t authorized() const {
    size_t count = 0;
    for (const Request& request : seen) count += request.headers.count("Authorization");
    return count;
  }

  std::vector<Request> seen;

 private:
  struct Step {
    std::string line;
    Response answer;
    std::optional<Error> error;
  };
  std::deque<Step> script_;
};

/// A client over a script, whose pauses are noted instead of waited for.
struct Scripted {
  explicit Scripted(std::unique_ptr<Credentials> given = no_credentials(), ClientOptions options = {})
      : credentials(std::move(given)), client(http, *credentials, noting(std::move(options))) {}

  ClientOptions noting(ClientOptions options) {
    options.sleep = [this](int64_t milliseconds, std::stop_token) { pauses.push_back(milliseconds); };
    return options;
  }

  FakeTransport http;
  std::vector<int64_t> pauses;
  std::unique_ptr<Credentials> credentials;
  Client client;
};

inline image::Reference reference(std::string_view text) {
  auto parsed = image::Reference::parse(text);
  REQUIRE_OK(parsed);
  return *parsed;
}

/// A manifest document of the given type and what a registry says about it.
inline std::string manifest_json(std::string_view type = image::kOciManifest) {
  image::Manifest manifest;
  manifest.media_type = type;
  manifest.config = {image::kOciConfig, Digest::of("config"), 6, {}, {}};
  return manifest.json();
}

inline Headers manifest_headers(const std::string& document, std::string_view type = image::kOciManifest) {
  return {{"content-type", std::string(type)},
          {"content-length", std::to_string(document.size())},
          {"docker-content-digest", Digest::of(document).str()}};
}

inline image::Descriptor blob_of(std::string_view bytes) {
  return {image::kOciLayer, Digest::of(bytes), bytes.size()};
}

}  // namespace tierbuild::registry
