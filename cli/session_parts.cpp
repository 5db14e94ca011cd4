// The parts of a session that work on the world: store, registries, caches, and what a builder is told.
#include "base/strings.hpp"
#include "cli/cache_flags.hpp"
#include "cli/outside.hpp"
#include "cli/registry_access.hpp"
#include "cli/session.hpp"
#include "cli/stamps.hpp"
#include "git/clean_files.hpp"
#include "store/layout.hpp"

namespace tierbuild::cli {
namespace {

constexpr std::chrono::seconds kCacheStall{10};  // a cache is not worth a longer wait

Result<archive::Compression> compression_of(const std::vector<project::RegistryDecl>& registries) {
  for (const project::RegistryDecl& declared : registries) {
    if (declared.compression.empty()) continue;
    for (auto known : {archive::Compression::none, archive::Compression::gzip, archive::Compression::zstd})
      if (declared.compression == archive::name_of(known)) return known;
    return Error::make(Code::invalid, "unknown compression '{}'", declared.compression)
        .at(declared.where)
        .hint("use 'gzip', 'zstd' or 'none'");
  }
  return archive::Compression::gzip;
}

// Of the first registry that says something.
Result<image::Format> format_of(const std::vector<project::RegistryDecl>& registries,
                                archive::Compression compression) {
  for (const project::RegistryDecl& declared : registries) {
    if (declared.format.empty()) continue;
    if (declared.format == "oci") break;
    if (compression == archive::Compression::gzip) return image::Format::docker;
    return Error::make(Code::invalid, "docker's format has no layers with the compression '{}'",
                       archive::name_of(compression))
        .at(declared.where)
        .hint("use compression = 'gzip', or format = 'oci'");
  }
  return image::Format::oci;
}

}  // namespace

Result<store::Store*> Session::store() {
  if (!store_) {
    TB_LET(store_, store::Store::open(store_path()));
    keep_evaluation();
    for (const std::string& warning : store_->warnings()) program_.warn(warning);
    store_->set_bring([this](const Digest& blob, const store::Promise& promise, int fd) {
      build::RemoteCache cache(cache_client(), {});
      return cache.bring(blob, promise.size, promise.from, fd, program_.interrupt().token());
    });
  }
  return store_.get();
}

project::Outside& Session::outside() {
  if (!outside_) outside_ = std::make_unique<SessionOutside>(*this);
  return *outside_;
}

registry::Credentials& Session::credentials() {
  if (!credentials_)
    credentials_ = declared_credentials(
        evaluation_ ? project().registries : std::vector<project::RegistryDecl>{}, program_.environment());
  return *credentials_;
}

registry::Transport& Session::transport() {
  if (!transport_)
    transport_ = transport_for(program_.environment(), options_.offline ? Network::none : Network::any);
  return *transport_;
}

registry::ClientOptions Session::client_options() const {
  return cli::client_options(evaluation_ ? project().registries : std::vector<project::RegistryDecl>{},
                             program_.environment());
}

registry::Client& Session::registry() {
  if (!registry_)
    registry_ = std::make_unique<registry::Client>(transport(), credentials(), client_options());
  return *registry_;
}

fs::FingerprintCache& Session::fingerprints() {
  if (!fingerprints_)
    fingerprints_ = fs::FingerprintCache::open(store_->root() / store::kFingerprints,
                                               git::clean_files(program_.environment()));
  return *fingerprints_;
}

build::BuildContext Session::build_context(store::Store& store, build::EventSink& events) {
  return {store, registry(), transport(), fingerprints(), Clock::system(), events};
}

registry::Client& Session::cache_client() {
  std::lock_guard lock(cache_mutex_);
  if (!cache_client_) {
    cache_transport_ =
        transport_for(program_.environment(), options_.offline ? Network::none : Network::any, kCacheStall);
    registry::ClientOptions options = client_options();
    options.retries = 0;
    cache_client_ = std::make_unique<registry::Client>(*cache_transport_, credentials(), std::move(options));
  }
  return *cache_client_;
}

Result<build::RemoteCache*> Session::cache(bool pushes) {
  TB_LET(build::CacheSettings settings,
         cache_settings(options_.cache_from, options_.cache_to, project().registries, pushes));
  if (settings.from.empty() && settings.to.empty()) return nullptr;
  // One that was given up stays so for all builds of this run.
  if (cache_ && cache_->settings().from == settings.from && cache_->settings().to == settings.to)
    return cache_.get();
  cache_ = std::make_unique<build::RemoteCache>(cache_client(), std::move(settings));
  return cache_.get();
}

std::string Session::runtime() const {
  return program_.environment().get("TIERBUILD_RUNTIME").value_or("");
}

Result<std::map<std::string, std::string>> Session::stamps(const std::vector<graph::TargetId>& targets,
                                                           const std::vector<std::string>& more) {
  return find_stamps(stamps_used(graph(), targets, more), project().workspace.root, program_.environment(),
                     Clock::system());
}

// A target, a stage of one as `TARGET/STAGE`, or, of a Dockerfile alone, a stage of it.
Result<std::string> Session::no_cache_prefix(const std::string& name) const {
  if (const project::TargetDecl* target = project().find_target(name)) return target->id();
  size_t slash = name.find('/');
  const project::TargetDecl* of =
      slash == std::string::npos ? nullptr : project().find_target(name.substr(0, slash));
  if (given_ && given_->targets.size() == 1) of = &project().targets.front();
  bool has_stages = of != nullptr && std::holds_alternative<project::DockerfileBase>(of->from->base);
  if (has_stages) return fmt::format("{}/{}", of->id(), tierbuild::lower(name.substr(name.find('/') + 1)));
  std::vector<std::string> names;
  for (const project::TargetDecl& declared : project().targets) names.push_back(declared.name);
  auto near = suggest(name, names);
  return Error::make(Code::invalid, "--no-cache-filter names no target: '{}'{}", name,
                     near ? fmt::format(" (did you mean '{}'?)", *near) : "");
}

Result<build::BuildOptions> Session::build_options() {
  const Options& options = besides_ ? *besides_ : options_;
  build::BuildOptions out;
  out.jobs = options.jobs;
  out.keep_going = options.keep_going;
  out.no_cache = options.no_cache;
  if (evaluated())
    for (const std::string& name : options.no_cache_filter) {
      TB_LET(std::string prefix, no_cache_prefix(name));
      out.no_cache_targets.push_back(std::move(prefix));
    }
  out.pull = options.pull;
  out.offline = options.offline;
  const auto& registries = evaluated() ? project().registries : std::vector<project::RegistryDecl>{};
  TB_LET(out.compression, compression_of(registries));
  TB_LET(out.format, format_of(registries, out.compression));
  if (auto epoch = source_date_epoch(program_.environment())) out.epoch = *epoch;
  for (const auto& [id, secret] : options.secrets) {
    std::string file = secret.file.empty() ? "" : std::filesystem::absolute(secret.file).string();
    out.secrets[id] = {file, secret.env};
  }
  out.ssh = options.ssh;
  out.proxy = proxy_variables(program_.environment());
  for (const auto& [name, value] : options.proxy) out.proxy[name] = value;
  out.runtime = runtime();
  return out;
}

}  // namespace tierbuild::cli
