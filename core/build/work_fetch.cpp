// fetch: a file from the network, kept by the digest that the Buildfile or the lock file gives.
#include "base/strings.hpp"
#include "build/step_work.hpp"
#include "fs/file.hpp"
#include "registry/plain_get.hpp"

namespace tierbuild::build {
namespace {

class FetchWork final : public StepWork {
 public:
  FetchWork(const WorkContext& context, const graph::Fetch& fetch) : context_(context), fetch_(fetch) {}

  Result<Output> finish(const ChildExit&, std::stop_token stop) override {
    if (context_.options.offline)
      return Error::make(Code::network, "{} is not in the store, and --offline forbids to fetch it",
                         fetch_.url);
    TB_LET(Digest wanted, Digest::from_hex(fetch_.sha256));
    Output output;
    output.blob = wanted;
    if (context_.world.store.blobs().has(wanted)) return output;

    TB_LET(std::unique_ptr<store::BlobWriter> writer, context_.world.store.blobs().begin());
    auto sink = [&](std::string_view bytes) { return fs::write_all(writer->fd(), bytes); };
    TB_LET(registry::Got got, registry::plain_get(context_.world.transport, fetch_.url, sink, stop));
    if (got.digest != wanted)
      return Error::make(Code::corrupt, "{} has the SHA-256 {}, expected is {}", fetch_.url, got.digest.hex(),
                         wanted.hex())
          .hint(fmt::format(
              "if the new content is what you want, change `sha256`, or run `tierbuild lock --update {}`",
              shell_quote(fetch_.url)));
    TB_TRY(writer->commit(wanted, got.size, store::BlobWriter::Verify::no));
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
