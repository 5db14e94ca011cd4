// Bases: images that exist already, pulled from a registry or read from a layout or tar.

#include "build/publish.hpp"
#include "build/step_work.hpp"
#include "image/manifest.hpp"
#include "image/reference.hpp"
#include "store/layer_records.hpp"
#include "store/transfer.hpp"

namespace tierbuild::build {
namespace {

/// Reads an image that is in the store into an output; its layers get their records.
Result<Output> output_of(const WorkContext& context, const image::Descriptor& found) {
  store::Store& store = context.world.store;
  TB_LET(std::string manifest_json, store.blobs().read(found.digest));
  TB_LET(image::Manifest manifest, image::Manifest::parse(manifest_json));
  TB_LET(std::string config_json, store.blobs().read(manifest.config.digest));
  TB_LET(image::Config config, image::Config::parse(config_json));
  if (config.diff_ids.size() != manifest.layers.size())
    return Error::make(Code::corrupt, "the image has {} layers but its config names {}",
                       manifest.layers.size(), config.diff_ids.size());
  Output output;
  output.manifest = found.digest;
  output.blob = manifest.config.digest;
  output.layers = config.diff_ids;
  output.env = config.env;
  for (size_t i = 0; i < manifest.layers.size(); ++i) {
    output.size += manifest.layers[i].size;
    TB_TRY(store::record_layer(store, {config.diff_ids[i], manifest.layers[i], 0}));
  }
  return output;
}

class PullWork final : public StepWork {
 public:
  PullWork(const WorkContext& context, const graph::Base& base, const image::Platform& platform)
      : context_(context), base_(base), platform_(platform) {}

  Result<Output> finish(const ChildExit&, std::stop_token stop) override {
    TB_LET(image::Reference reference, image::Reference::parse(base_.reference));
    TB_LET(image::Descriptor manifest, pull_image(context_.world.store, context_.world.registry,
                                                  pinned(reference), platform_, context_.world.events, stop));
    if (manifest.platform && !manifest.platform->matches(platform_))
      return Error::make(Code::invalid, "{} is an image for {}, not for {}", reference.familiar(),
                         manifest.platform->str(), platform_.str())
          .hint("take a base that exists for each platform, or choose with by_arch { amd64 = …, arm64 = … }");
    return output_of(context_, manifest);
  }

 private:
  // The key was made for the digest that the tag had then: that is what must be pulled.
  image::Reference pinned(image::Reference reference) const {
    if (reference.digest) return reference;
    auto pin = context_.world.store.records().value("base", base_.reference);
    if (pin && *pin)
      if (auto digest = Digest::parse(**pin)) reference.digest = *digest;
    return reference;
  }

  const WorkContext& context_;
  const graph::Base& base_;
  const image::Platform& platform_;
};

class LayoutWork final : public StepWork {
 public:
  LayoutWork(const WorkContext& context, const graph::Base& base, const image::Platform& platform)
      : context_(context), base_(base), platform_(platform) {}

  Result<Output> finish(const ChildExit&, std::stop_token) override {
    TB_LET(image::Descriptor manifest,
           store::import_image(context_.world.store, base_.reference, base_.name, platform_));
    return output_of(context_, manifest);
  }

 private:
  const WorkContext& context_;
  const graph::Base& base_;
  const image::Platform& platform_;
};

class ScratchWork final : public StepWork {
 public:
  Result<Output> finish(const ChildExit&, std::stop_token) override { return Output{}; }
};

}  // namespace

std::unique_ptr<StepWork> base_work(const WorkContext& context, const graph::Base& base,
                                    const image::Platform& platform) {
  switch (base.kind) {
    case graph::Base::Kind::registry:
      return std::make_unique<PullWork>(context, base, platform);
    case graph::Base::Kind::layout:
      return std::make_unique<LayoutWork>(context, base, platform);
    case graph::Base::Kind::debian:
      return debian_work(context, base, platform);
    case graph::Base::Kind::scratch:
      break;
  }
  return std::make_unique<ScratchWork>();
}

}  // namespace tierbuild::build
