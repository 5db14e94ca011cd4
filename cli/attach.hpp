// What is pushed beside images: lists of packages, provenance, signatures.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "attest/signing.hpp"
#include "build/publish.hpp"
#include "cli/session.hpp"
#include "image/reference.hpp"

namespace tierbuild::cli {

struct AttachRequest {
  bool sbom = false, provenance = false;
  std::string sign_key;  // a file

  bool any() const { return sbom || provenance || !sign_key.empty(); }
  /// --sbom, --provenance, --sign
  void declare(FlagSet& flags);
};

/// Pushes what belongs to images before their tags move, so that none ever names an image without it.
class Attacher {
 public:
  /// Reads the key.
  static Result<Attacher> open(Session& session, store::Store& store, const build::BuildReport& report,
                               const AttachRequest& request, std::stop_token stop);

  /// For the images of the item, and its index, in each repository that they are to be pushed to.
  Status attach(const build::PublishItem& item);
  /// Signs one more, if there is a key.
  Status sign(const image::Reference& repository, const image::Descriptor& manifest);

 private:
  Attacher(Session& session, store::Store& store, const build::BuildReport& report,
           const AttachRequest& request, std::stop_token stop)
      : session_(session), store_(store), report_(report), request_(request), stop_(std::move(stop)) {}

  Status attach(const image::Reference& repository, const build::TargetResult& result);
  Result<const std::string*> sbom(const build::TargetResult& result);
  Result<std::string> provenance(const image::Reference& repository, const build::TargetResult& result);
  std::string without_secrets(std::string text) const;

  Session& session_;
  store::Store& store_;
  const build::BuildReport& report_;
  const AttachRequest& request_;
  std::stop_token stop_;
  std::optional<attest::Key> key_;
  std::map<Digest, std::string> sboms_;  // by manifest
};

}  // namespace tierbuild::cli
