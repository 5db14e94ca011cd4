#include "build/publish.hpp"

#include <atomic>
#include <mutex>
#include <set>

#include "base/subprocess.hpp"
#include "build/for_each.hpp"
#include "build/image_index.hpp"
#include "build/release.hpp"
#include "build/send_blob.hpp"
#include "fs/file.hpp"
#include "image/reference.hpp"
#include "store/layer_records.hpp"
#include "store/transfer.hpp"

namespace tierbuild::build {
namespace {

constexpr unsigned kTransfers = 8;  // at once; a host may get fewer (registry::HostLimits)

/// Lets several threads tell the events' one listener.
class SerialEvents {
 public:
  explicit SerialEvents(EventSink& events) : events_(events) {}
  void on(const Event& event) {
    std::lock_guard lock(mutex_);
    events_.on(event);
  }

 private:
  std::mutex mutex_;
  EventSink& events_;
};

/// Tells how many bytes of its blobs each repository has, at most once for each megabyte.
class PushMeter {
 public:
  explicit PushMeter(SerialEvents& events) : events_(events) {}

  void expect(const std::string& repository, uint64_t bytes) { repositories_[repository].total += bytes; }

  /// One blob on its way; it may fall back when some of it must go again.
  class Blob {
   public:
    Blob(PushMeter& meter, const std::string& repository) : meter_(meter), repository_(repository) {}
    void at(uint64_t bytes) {
      meter_.move(repository_, bytes - at_);
      at_ = bytes;
    }

   private:
    PushMeter& meter_;
    const std::string repository_;
    uint64_t at_ = 0;
  };

 private:
  struct Repository {
    uint64_t done = 0, told = 0, total = 0;
  };

  void move(const std::string& name, uint64_t bytes) {
    std::lock_guard lock(mutex_);
    Repository& repository = repositories_[name];
    repository.done += bytes;  // wraps to less
    const uint64_t step = repository.done > repository.told ? repository.done - repository.told
                                                            : repository.told - repository.done;
    if (step < kStep && repository.done != repository.total) return;
    repository.told = repository.done;
    events_.on(PushProgress{name, "blobs", repository.done, repository.total});
  }

  static constexpr uint64_t kStep = 1'000'000;

  SerialEvents& events_;
  std::mutex mutex_;
  std::map<std::string, Repository> repositories_;
};

struct Upload {
  image::Reference to;  // any tag of the repository
  image::Descriptor blob;
  std::string mount_from;  // a repository of the same registry that gets it before
};

Result<std::vector<image::Descriptor>> blobs_of(store::Store& store,
                                                const std::vector<image::Descriptor>& images) {
  std::vector<image::Descriptor> blobs;
  for (const image::Descriptor& one : images) {
    TB_LET(std::string json, store.blobs().read(one.digest));
    TB_LET(image::Manifest manifest, image::Manifest::parse(json));
    blobs.insert(blobs.end(), manifest.layers.begin(), manifest.layers.end());
    blobs.push_back(manifest.config);
  }
  return blobs;
}

Result<std::vector<TagMove>> plan_tags(store::Store& store, const std::vector<PublishItem>& items) {
  std::vector<TagMove> tags;
  for (const PublishItem& item : items) {
    std::vector<image::Descriptor> images;
    if (!item.held) {
      TB_LET(images, images_of(store, item.manifest), "while pushing {}", item.name);
    }
    for (const std::string& tag : item.tags) {
      TB_LET(image::Reference to, image::Reference::parse(tag), "while pushing {}", item.name);
      tags.push_back({to, item.manifest, false, {}, item.held, images});
    }
  }
  return tags;
}

struct PendingRelease {
  Releases releases;
  Release release;  // without entries: none is to be made
};

// What an earlier push left undone is done first: else nobody could say what the tags were before this one.
Result<std::vector<PendingRelease>> plan_releases(registry::Client& client, const ReleaseRequest& request,
                                                  const std::vector<TagMove>& tags, unsigned jobs,
                                                  const std::stop_token& stop) {
  std::vector<PendingRelease> out;
  std::set<std::string> covered;
  if (!request.name.empty()) TB_TRY(Releases::check_name(request.name));
  for (const std::string& registry : request.registries) {
    TB_LET(Releases releases, Releases::open(client, registry, jobs));
    std::map<std::string, image::Descriptor> listed;
    for (const TagMove& move : tags)
      if (releases.covers(move.to) && covered.insert(move.to.str()).second)
        listed.emplace(move.to.repository + ":" + move.to.tag, move.manifest);
    if (listed.empty()) continue;
    auto finished = releases.finish(stop);
    if (request.name.empty()) continue;  // whoever makes no releases need not be able to see any
    TB_TRY(finished);
    Release release{request.name, request.created, {}};
    for (auto& [tag, manifest] : listed) {
      image::Descriptor entry{manifest.media_type, manifest.digest, manifest.size, manifest.platform};
      release.entries.push_back({tag, std::move(entry)});
    }
    TB_TRY(releases.check_new(release, stop));
    out.push_back({std::move(releases), std::move(release)});
  }
  if (request.name.empty()) return out;
  for (const TagMove& move : tags)
    if (!covered.contains(move.to.str()))
      return Error::make(Code::invalid, "{} is in no declared registry, so that release {} cannot list it",
                         move.to.familiar(), request.name)
          .hint("declare its registry in the Buildfile: registry 'ghcr.io/acme' {}");
  return out;
}

}  // namespace

Result<std::vector<Published>> push_images(store::Store& store, registry::Client& client,
                                           const std::vector<PublishItem>& items, unsigned jobs,
                                           EventSink& sink, std::stop_token stop,
                                           const ReleaseRequest& request) {
  SerialEvents events(sink);
  if (jobs == 0) jobs = kTransfers;
  TB_LET(std::vector<TagMove> tags, plan_tags(store, items));
  TB_LET(std::vector<PendingRelease> releases, plan_releases(client, request, tags, jobs, stop));
  TB_TRY(for_each(tags, jobs, [&](TagMove& move) -> Status {
    move.there = client.has_manifest(move.to, move.manifest.digest, stop);
    if (move.there) return {};
    if (auto before = client.resolve(move.to, stop, registry::Ask::registry)) move.before = *before;
    return {};
  }));
  // The first upload of a blob to a registry sends it; further repositories of that registry mount it from
  // there.
  std::vector<Upload> first, mounted;
  std::map<std::pair<std::string, Digest>, std::string> holder;
  std::set<std::pair<std::string, Digest>> planned;
  for (const TagMove& move : tags) {
    if (move.there || move.held) continue;
    const image::Reference& to = move.to;
    TB_LET(std::vector<image::Descriptor> blobs, blobs_of(store, move.images), "while pushing {}",
           to.familiar());
    for (const image::Descriptor& blob : blobs) {
      if (!planned.insert({to.name(), blob.digest}).second) continue;
      auto [held, is_first] = holder.try_emplace({to.registry, blob.digest}, to.repository);
      (is_first ? first : mounted).push_back({to, blob, is_first ? "" : held->second});
    }
  }

  PushMeter meter(events);
  for (const auto* uploads : {&first, &mounted})
    for (const Upload& one : *uploads) meter.expect(one.to.name(), one.blob.size);
  std::atomic<uint64_t> sent = 0;
  auto upload = [&](const Upload& one) -> Status {
    PushMeter::Blob progress(meter, one.to.name());
    registry::PushOptions options(one.mount_from);
    options.on_progress = [&](uint64_t bytes) { progress.at(bytes); };
    TB_LET(bool did_send, send_blob(store, client, one.to, one.blob, options, stop), "while pushing to {}",
           one.to.name());
    if (did_send) sent += one.blob.size;
    progress.at(one.blob.size);
    return {};
  };
  TB_TRY(for_each(first, jobs, upload));
  TB_TRY(for_each(mounted, jobs, upload));

  // Manifests go up by digest before any tag moves: a push that is cut off leaves every tag as it was.
  auto put = [&](image::Reference to, const image::Descriptor& manifest) -> Status {
    TB_LET(std::string json, store.blobs().read(manifest.digest));
    to.tag.clear();
    to.digest = manifest.digest;
    return client.push_manifest(to, manifest, json, stop);
  };
  TB_TRY(for_each(tags, jobs, [&](const TagMove& move) -> Status {
    if (move.there || move.held) return {};
    for (const image::Descriptor& one : move.images) TB_TRY(put(move.to, one));
    return image::is_index(move.manifest.media_type) ? put(move.to, move.manifest) : Status();
  }));
  for (PendingRelease& pending : releases) {
    if (pending.release.entries.empty()) continue;
    TB_TRY(pending.releases.publish(pending.release, stop));
    for (TagMove& move : tags) move.there = move.there || pending.releases.covers(move.to);
  }
  TB_TRY(move_tags(client, tags, jobs, stop));
  std::vector<Published> published;
  for (const TagMove& move : tags) {
    events.on(PushProgress{move.to.familiar(), "done", 1, 1});
    published.push_back({move.to.str(), move.manifest.digest, 0});
  }
  if (!published.empty()) published.front().bytes_sent = sent;
  return published;
}

Result<image::Descriptor> pull_image(store::Store& store, registry::Client& client,
                                     const image::Reference& reference, const image::Platform& platform,
                                     EventSink&, std::stop_token stop) {
  TB_LET(registry::Fetched fetched, client.manifest(reference, stop));
  if (image::is_index(fetched.descriptor.media_type)) {
    TB_LET(image::Index index, image::Index::parse(fetched.bytes), "while reading the index of {}",
           reference.familiar());
    TB_LET(image::Descriptor chosen, index.choose(platform), "while pulling {}", reference.familiar());
    TB_TRY(store.blobs().put(fetched.bytes));
    image::Reference one = reference;
    one.digest = chosen.digest;
    TB_LET(fetched, client.manifest(one, stop));
  }
  TB_LET(image::Manifest manifest, image::Manifest::parse(fetched.bytes), "while reading the manifest of {}",
         reference.familiar());
  std::vector<image::Descriptor> blobs = manifest.layers;
  blobs.push_back(manifest.config);
  TB_TRY(for_each(blobs, kTransfers, [&](const image::Descriptor& blob) -> Status {
    if (store.blobs().has(blob.digest)) return {};
    TB_LET(std::unique_ptr<store::BlobWriter> writer, store.blobs().begin());
    TB_TRY(client.blob(
        reference, blob, [&](std::string_view bytes) { return fs::write_all(writer->fd(), bytes); }, stop));
    return writer->commit(blob.digest, blob.size, store::BlobWriter::Verify::no);  // the client verified it
  }));
  TB_LET(std::string config_json, store.blobs().read(manifest.config.digest));
  TB_LET(image::Config config, image::Config::parse(config_json), "while reading the config of {}",
         reference.familiar());
  if (config.diff_ids.size() == manifest.layers.size())
    for (size_t i = 0; i < manifest.layers.size(); ++i)
      TB_TRY(store::record_layer(store, {config.diff_ids[i], manifest.layers[i], 0}), "while pulling {}",
             reference.familiar());
  TB_LET(Digest digest, store.blobs().put(fetched.bytes));
  image::Descriptor found = fetched.descriptor;
  found.digest = digest;
  found.size = fetched.bytes.size();
  found.platform = config.platform;
  return found;
}

Result<Engine> find_engine(std::stop_token stop) {
  for (auto [engine, program] : {std::pair{Engine::docker, "docker"}, std::pair{Engine::podman, "podman"}}) {
    if (find_program(program).empty()) continue;
    auto answer = run_command({{program, "info"}, {}, "", ""}, stop);
    if (answer && answer->exit_code == 0) return engine;
  }
  return Error::make(Code::host_lacks, "neither docker nor podman answers on this host")
      .hint("apt-get install podman, or start the docker daemon");
}

Status load_images(store::Store& store, const std::vector<PublishItem>& items, Engine engine,
                   std::stop_token stop) {
  TB_LET(fs::TempDir scratch, fs::TempDir::make(store.tmp(), "load"));
  std::string tar = (scratch.path() / "images.tar").string();
  std::vector<store::OutputImage> images;
  for (const PublishItem& item : items) images.push_back({item.manifest, item.tags});
  TB_TRY(store::export_images(store, images, store::OutputFormat::docker, tar));
  const char* program = engine == Engine::docker ? "docker" : "podman";
  TB_LET(Completed done, run_command({{program, "load", "--quiet", "--input", tar}, {}, "", ""}, stop));
  if (done.exit_code != 0)
    return Error::make(Code::failed, "{} load ended with status {}: {}", program, done.exit_code, done.err);
  return {};
}

}  // namespace tierbuild::build
