#include "build/release.hpp"

#include <algorithm>
#include <map>

#include "build/for_each.hpp"
#include "build/grace.hpp"

namespace tierbuild::build {
namespace {

using registry::Ask;

constexpr const char* kRepository = "releases";
constexpr const char* kCurrent = "current";  // the release that counts
constexpr const char* kMoved = "moved";      // the release whose tags have all moved
constexpr const char* kName = "dev.tierbuild.release";
constexpr const char* kTag = "dev.tierbuild.tag";
constexpr const char* kCreated = "org.opencontainers.image.created";
constexpr std::chrono::seconds kGrace{5};

image::Reference by_digest(image::Reference reference, const Digest& digest) {
  reference.tag.clear();
  reference.digest = digest;
  return reference;
}

Status move_tag(registry::Client& client, const image::Reference& to, const image::Descriptor& manifest,
                const std::stop_token& stop) {
  TB_LET(registry::Fetched fetched, client.manifest(by_digest(to, manifest.digest), stop, Ask::registry));
  return client.push_manifest(to, fetched.descriptor, fetched.bytes, stop);
}

Result<std::vector<TagMove>> plan_moves(registry::Client& client, std::vector<TagMove> moves, unsigned jobs,
                                        const std::stop_token& stop) {
  TB_TRY(for_each(moves, jobs, [&](TagMove& move) -> Status {
    auto now = client.resolve(move.to, stop, Ask::registry);
    if (!now && now.error().code() != Code::not_found) return std::move(now).error();
    if (now) move.before = *now;
    move.there = now && now->digest == move.manifest.digest;
    return {};
  }));
  return moves;
}

}  // namespace

Status move_tags(registry::Client& client, std::vector<TagMove>& moves, unsigned jobs, std::stop_token stop) {
  if (stop.stop_requested()) return Error(Code::cancelled, "interrupted");
  Grace grace(std::move(stop), kGrace);
  std::vector<size_t> numbers;
  for (size_t i = 0; i < moves.size(); ++i)
    if (!moves[i].there) numbers.push_back(i);
  // What each tag is to lead to is fetched before the first one moves, so that the moves take no longer than
  // they must.
  std::vector<registry::Fetched> documents(moves.size());
  TB_TRY(for_each(numbers, jobs, [&](size_t i) -> Status {
    TB_LET(documents[i],
           client.manifest(by_digest(moves[i].to, moves[i].manifest.digest), grace.token(), Ask::registry));
    return {};
  }));
  std::vector<char> begun(moves.size(), 0);
  Status moved = for_each(numbers, jobs, [&](size_t i) -> Status {
    begun[i] = 1;
    TB_TRY(client.push_manifest(moves[i].to, documents[i].descriptor, documents[i].bytes, grace.token()),
           "while moving the tag of {}", moves[i].to.str());
    return {};
  });
  if (moved) return {};
  Status undone;
  for (size_t i : numbers) {
    if (begun[i] == 0 || !moves[i].before) continue;
    Status back = move_tag(client, moves[i].to, *moves[i].before, grace.token());
    if (!back && undone) undone = std::move(back);
  }
  if (undone) return moved;
  return std::move(moved).error().hint("some tags have moved and could not be moved back: push again");
}

image::Index Release::index() const {
  image::Index index;
  index.annotations[kName] = name;
  index.annotations[kCreated] = created;
  for (const Entry& entry : entries) {
    image::Descriptor descriptor = entry.manifest;
    descriptor.annotations = {{kTag, entry.tag}};
    index.manifests.push_back(std::move(descriptor));
  }
  return index;
}

Result<Release> Release::parse(const image::Index& index) {
  Release release;
  auto text = [](const image::Annotations& annotations, const char* name) {
    auto found = annotations.find(name);
    return found == annotations.end() ? std::string() : found->second;
  };
  release.name = text(index.annotations, kName);
  release.created = text(index.annotations, kCreated);
  if (release.name.empty()) return Error(Code::corrupt, "the index is no release");
  for (const image::Descriptor& descriptor : index.manifests) {
    Entry entry{text(descriptor.annotations, kTag), descriptor};
    entry.manifest.annotations.clear();
    if (!image::Reference::parse("registry.invalid/" + entry.tag))
      return Error::make(Code::corrupt, "release {} lists the tag '{}', which is none", release.name,
                         entry.tag);
    release.entries.push_back(std::move(entry));
  }
  return release;
}

Result<Releases> Releases::open(registry::Client& client, const std::string& registry, unsigned jobs) {
  TB_LET(image::Reference repository, image::Reference::parse(registry + "/" + kRepository),
         "while looking for releases");
  constexpr unsigned kParallel = 8;
  return Releases(client, std::move(repository), jobs == 0 ? kParallel : jobs);
}

Status Releases::check_name(const std::string& name) {
  auto reference = image::Reference::parse("registry.invalid/" + std::string(kRepository) + ":" + name);
  if (name == kCurrent || name == kMoved || !reference || reference->tag != name || reference->digest)
    return Error::make(Code::invalid, "'{}' cannot be the name of a release", name)
        .hint("use letters, digits, '.', '_' and '-', as in 2024-05-01 or v1.2");
  return {};
}

bool Releases::covers(const image::Reference& reference) const {
  const std::string name = repository_.name();
  return reference.name().starts_with(name.substr(0, name.rfind('/') + 1));
}

image::Reference Releases::at(const std::string& tag) const {
  image::Reference reference = repository_;
  reference.tag = tag;
  return reference;
}

image::Reference Releases::image_of(const Release::Entry& entry) const {
  // Both were checked: the registry when this was opened, the tag when the release was read.
  auto reference = image::Reference::parse(repository_.registry + "/" + entry.tag);
  return reference ? *reference : repository_;
}

Result<std::optional<registry::Fetched>> Releases::find(const std::string& tag, const std::stop_token& stop) {
  auto fetched = client_.manifest(at(tag), stop, Ask::registry);
  if (fetched) return std::optional(*std::move(fetched));
  if (fetched.error().code() == Code::not_found) return std::optional<registry::Fetched>();
  return std::move(fetched).error();
}

Result<std::optional<Release>> Releases::read(const std::string& tag, const std::stop_token& stop) {
  TB_LET(auto fetched, find(tag, stop));
  if (!fetched) return std::optional<Release>();
  TB_LET(image::Index index, image::Index::parse(fetched->bytes), "in {}", at(tag).str());
  TB_LET(Release release, Release::parse(index), "in {}", at(tag).str());
  return std::optional(std::move(release));
}

Status Releases::put(const std::string& tag, const image::Index& index, const std::stop_token& stop) {
  const std::string json = index.json();
  image::Descriptor descriptor{index.media_type, Digest::of(json), json.size()};
  return client_.push_manifest(at(tag), descriptor, json, stop);
}

// Brings a manifest, and all that it leads to, from one repository of the registry to another.
Status Releases::copy(const image::Reference& from, const image::Reference& to,
                      const image::Descriptor& manifest, const std::stop_token& stop) {
  if (client_.has_manifest(by_digest(to, manifest.digest), manifest.digest, stop)) return {};
  TB_LET(registry::Fetched fetched, client_.manifest(by_digest(from, manifest.digest), stop, Ask::registry));
  if (image::is_index(fetched.descriptor.media_type)) {
    TB_LET(image::Index index, image::Index::parse(fetched.bytes));
    for (const image::Descriptor& child : index.manifests) TB_TRY(copy(from, to, child, stop));
  } else {
    TB_LET(image::Manifest document, image::Manifest::parse(fetched.bytes));
    std::vector<image::Descriptor> blobs = document.layers;
    blobs.push_back(document.config);
    for (const image::Descriptor& blob : blobs) {
      TB_LET(bool there, client_.mount_blob(to, blob.digest, from.repository, stop));
      if (!there)
        return Error::make(Code::failed, "{} does not let {} have the blob {} of {}", to.registry,
                           to.repository, blob.digest.str(), from.repository)
            .hint("the login must be allowed to read the one repository and to write the other");
    }
  }
  return client_.push_manifest(by_digest(to, manifest.digest), fetched.descriptor, fetched.bytes, stop);
}

Result<size_t> Releases::finish(std::stop_token stop) {
  TB_LET(auto current, find(kCurrent, stop));
  if (!current) return size_t{0};
  TB_LET(auto moved, find(kMoved, stop));
  if (moved && moved->descriptor.digest == current->descriptor.digest) return size_t{0};
  return follow(*current, stop);
}

// Moves to where they belong the tags that a release lists.
Result<size_t> Releases::follow(const registry::Fetched& current, const std::stop_token& stop) {
  TB_LET(image::Index index, image::Index::parse(current.bytes));
  TB_LET(Release release, Release::parse(index));
  std::vector<TagMove> moves;
  for (const Release::Entry& entry : release.entries)
    moves.push_back({image_of(entry), entry.manifest, false, {}, true});
  TB_LET(moves, plan_moves(client_, std::move(moves), jobs_, stop));
  const auto left =
      std::count_if(moves.begin(), moves.end(), [](const TagMove& move) { return !move.there; });
  TB_TRY(move_tags(client_, moves, jobs_, stop), "while finishing release {}", release.name);
  TB_TRY(put(release.name, index, stop));
  TB_TRY(put(kMoved, index, stop));
  return static_cast<size_t>(left);
}

Status Releases::check_new(const Release& release, std::stop_token stop) {
  TB_LET(std::optional<Release> known, read(release.name, stop));
  if (!known || known->entries == release.entries) return {};
  return Error::make(Code::exists, "there is a release {} with other images", release.name)
      .hint("a release does not change: choose another name");
}

// From the manifests in the repositories of the images to the last tag.
Status Releases::commit(const Release& release, const std::stop_token& stop) {
  std::vector<TagMove> moves;
  for (const Release::Entry& entry : release.entries)
    moves.push_back({image_of(entry), entry.manifest, false, {}, true});
  TB_LET(moves, plan_moves(client_, std::move(moves), jobs_, stop));
  TB_LET(auto before, find(kCurrent, stop));
  if (stop.stop_requested()) return Error(Code::cancelled, "interrupted");

  Grace grace(stop, 2 * kGrace);
  const image::Index index = release.index();
  TB_TRY(put(kCurrent, index, grace.token()));
  // Not `stop`: what the tag `current` says must become true.
  Status moved = move_tags(client_, moves, jobs_, grace.token());
  if (!moved) {
    if (before)
      std::ignore = client_.push_manifest(at(kCurrent), before->descriptor, before->bytes, grace.token());
    return moved;
  }
  // Whoever committed last has the word, and may have moved tags while these did.
  TB_LET(auto now, find(kCurrent, grace.token()));
  if (now && now->descriptor.digest != Digest::of(index.json())) {
    TB_TRY(follow(*now, grace.token()));
    return Error::make(Code::exists, "while release {} was pushed another one was, and it is current now",
                       release.name)
        .hint("push again if this one is to be current");
  }
  TB_TRY(put(release.name, index, grace.token()));
  return put(kMoved, index, grace.token());
}

Status Releases::publish(const Release& release, std::stop_token stop) {
  std::map<Digest, const Release::Entry*> manifests;
  for (const Release::Entry& entry : release.entries) manifests.try_emplace(entry.manifest.digest, &entry);
  std::vector<const Release::Entry*> entries;
  for (const auto& [digest, entry] : manifests) entries.push_back(entry);
  TB_TRY(for_each(entries, jobs_, [&](const Release::Entry* entry) -> Status {
    TB_TRY(copy(image_of(*entry), repository_, entry->manifest, stop), "while writing release {}",
           release.name);
    return {};
  }));
  return commit(release, stop);
}

Result<std::optional<Release>> Releases::roll_back(const std::string& name, std::stop_token stop) {
  TB_LET(std::optional<Release> release, read(name, stop));
  if (!release) return release;
  TB_TRY(for_each(release->entries, jobs_, [&](const Release::Entry& entry) -> Status {
    TB_TRY(copy(repository_, image_of(entry), entry.manifest, stop), "while going back to release {}", name);
    return {};
  }));
  TB_TRY(commit(*release, stop));
  return release;
}

Result<std::vector<Releases::Listed>> Releases::list(std::stop_token stop) {
  auto tags = client_.tags(repository_, stop);
  if (!tags && tags.error().code() == Code::not_found) return std::vector<Listed>();
  TB_TRY(tags);
  TB_LET(std::optional<Release> current, read(kCurrent, stop));
  std::vector<Listed> out;
  for (const std::string& tag : *tags) {
    if (tag == kCurrent || tag == kMoved) continue;
    TB_LET(std::optional<Release> release, read(tag, stop));
    if (release) out.push_back({*std::move(release), false});
  }
  for (Listed& listed : out) listed.current = current && listed.release.name == current->name;
  std::stable_sort(out.begin(), out.end(),
                   [](const Listed& a, const Listed& b) { return a.release.created > b.release.created; });
  return out;
}

}  // namespace tierbuild::build
