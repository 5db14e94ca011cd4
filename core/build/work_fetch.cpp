// fetch: a file from the network, kept by the digest that the Buildfile gives.
#include "build/step_work.hpp"
#include "fs/file.hpp"
#include "registry/transport.hpp"

namespace tierbuild::build {
namespace {

constexpr int kMaxRedirects = 5;

class FetchWork final : public StepWork {
 public:
  FetchWork(const WorkContext& context, const graph::Fetch& fetch) : context_(context), fetch_(fetch) {}
  Pool pool() const override { return Pool::network; }

  Result<Output> finish(const ChildExit&, std::stop_token stop) override {
    if (context_.options.offline)
      return Error::make(Code::network, "{} is not in the store, and --offline forbids to fetch it",
                         fetch_.url);
    TB_LET(Digest wanted, Digest::from_hex(fetch_.sha256));
    Output output;
    output.blob = wanted;
    if (context_.world.store.blobs().has(wanted)) return output;

    TB_LET(std::unique_ptr<store::BlobWriter> writer, context_.world.store.blobs().begin());
    Sha256 hash;
    uint64_t size = 0;
    auto sink = [&](std::string_view bytes) -> Status {
      hash.update(bytes);
      size += bytes.size();
      return fs::write_all(writer->fd(), bytes);
    };
    std::string url = fetch_.url;
    for (int hop = 0;; ++hop) {
      registry::Request request;
      request.url = url;
      TB_LET(registry::Response response, context_.world.transport.send(request, sink, stop),
             "while fetching {}", fetch_.url);
      if (response.status / 100 == 2) break;
      auto location = response.headers.find("location");
      bool redirected =
          response.status / 100 == 3 && location != response.headers.end() && hop < kMaxRedirects;
      if (!redirected || !location->second.starts_with("http"))
        return Error::make(Code::network, "{} answered {}", url, response.status)
            .hint("check the address; a fetch is a plain GET without credentials");
      if (url.starts_with("https:") && !location->second.starts_with("https:"))
        return Error::make(Code::network, "{} leads from https to an unprotected address", url);
      url = location->second;
    }
    Digest found = hash.finish();
    if (found != wanted)
      return Error::make(Code::corrupt, "{} has the SHA-256 {}, but the Buildfile says {}", fetch_.url,
                         found.hex(), wanted.hex())
          .hint("if the new content is what you want, change `sha256`");
    TB_TRY(writer->commit(wanted, size, store::BlobWriter::Verify::no));
    return output;
  }

 private:
  const WorkContext& context_;
  const graph::Fetch& fetch_;
};

}  // namespace

std::unique_ptr<StepWork> fetch_work(const WorkContext& context, const graph::Fetch& fetch) {
  return std::make_unique<FetchWork>(context, fetch);
}

}  // namespace tierbuild::build
