// `tierbuild inspect`.
#include "attest/cosign.hpp"
#include "cli/exit_status.hpp"
#include "cli/image_view.hpp"
#include "cli/verb.hpp"

namespace tierbuild::cli {
namespace {

class InspectVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    flags.toggle("--json", "as JSON, with manifest and config in full", json_);
    flags.toggle("--remote", "look in the registry, not in the store", remote_);
    flags.text("--verify", "KEY", "fail unless the image in the registry has a signature of this public key",
               key_);
    options_.declare_project(flags);
    options_.declare_network(flags);
    options_.declare_store(flags);
    flags.words("REF", WordKind::target, 1, 1, words_);
  }

  int run(Program& program) override {
    Session session(program, options_);
    if (int status = session.evaluate_if_any(); status != kDone) return status;
    auto view =
        view_image(session, words_[0], remote_ || !key_.empty() ? LookIn::registry : LookIn::anywhere);
    if (!view) return program.fail(view.error());
    if (!key_.empty())
      if (Status good = verify(session, *view); !good) return program.fail(good.error());
    program.out().write(json_ ? image_json(*view) : image_text(*view, program.out()));
    return kDone;
  }

 private:
  // What the name stands for is what must be signed: the index, if it is one.
  Status verify(Session& session, const ImageView& view) const {
    TB_LET(attest::Key key, attest::Key::load_public(key_));
    TB_LET(image::Reference reference, remote_name(session, words_[0]));
    const Digest& digest = view.index.empty() ? view.descriptor.digest : view.index;
    TB_LET(size_t signatures,
           attest::verify(session.registry(), reference, digest, key, session.program().interrupt().token()));
    session.program().err().write(
        fmt::format("verified: {} is signed by this key ({} signature(s))\n", digest.str(), signatures));
    return {};
  }

  Options options_;
  std::vector<std::string> words_;
  std::string key_;
  bool json_ = false, remote_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_inspect() {
  return std::make_unique<InspectVerb>();
}

}  // namespace tierbuild::cli
