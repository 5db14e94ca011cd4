#include "cli/outside.hpp"

#include "build/base_facts.hpp"
#include "cli/session.hpp"

namespace tierbuild::cli {
namespace {

class Silence final : public build::EventSink {
 public:
  void on(const build::Event&) override {}
};

}  // namespace

Status SessionOutside::open() {
  static Silence silence;
  if (context_) return {};
  TB_LET(store::Store * store, session_.store());
  TB_LET(options_, session_.build_options());
  context_.emplace(session_.build_context(*store, silence));
  return {};
}

Result<image::Config> SessionOutside::config(const graph::Base& base, const image::Platform& platform) {
  if (base.kind == graph::Base::Kind::scratch || base.kind == graph::Base::Kind::debian)
    return project::NoOutside().config(base, platform);
  TB_TRY(open());
  std::string name = fmt::format("{} {} {}", base.reference, base.name, platform.str());
  if (auto known = configs_.find(name); known != configs_.end()) return known->second;
  TB_LET(image::Config config,
         build::base_config(*context_, options_, base, platform, session_.program().interrupt().token()));
  return configs_[name] = std::move(config);
}

Result<std::string> SessionOutside::sha256(const std::string& url) {
  TB_TRY(open());
  if (auto known = digests_.find(url); known != digests_.end()) return known->second;
  TB_LET(std::string digest,
         build::sha256_of(*context_, options_, url, session_.program().interrupt().token()));
  return digests_[url] = std::move(digest);
}

}  // namespace tierbuild::cli
