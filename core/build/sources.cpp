#include "build/sources.hpp"

#include <fcntl.h>

#include <deque>

#include "base/strings.hpp"
#include "build/for_each.hpp"
#include "fs/file.hpp"
#include "fs/listing.hpp"
#include "fs/root_path.hpp"
#include "fs/settled.hpp"

namespace tierbuild::build {
namespace {

constexpr const char* kSpace = "listing";
constexpr size_t kWorthAThread = 8;          // sources to scan
constexpr size_t kListingsWorthIt = 16'000;  // bytes of listings to compare
constexpr size_t kFilesAtOnce = 1000;
constexpr uint64_t kMaxIgnoreFile = 4 << 20;

// A text that no other source has; no path holds a NUL.
std::string identity(const graph::FileSource& source) {
  std::string text = source.root;
  for (const std::string& pattern : source.include) text.append(1, '\0').append("+").append(pattern);
  for (const std::string& pattern : source.exclude) text.append(1, '\0').append("-").append(pattern);
  if (source.is_context) text.append(1, '\0').append("context");
  for (const std::string& rule : source.ignore) text.append(1, '\0').append("!").append(rule);
  return text.append(1, '\0').append("/").append(source.strip);
}

fs::Modes modes_of(const graph::FileSource& source) {
  return source.is_context ? fs::Modes::exact : fs::Modes::canonical;
}

// What the ignore file of a workspace says, whichever of the names it has; nothing if it cannot be read.
std::optional<std::string> read_ignore_state(const std::string& root) {
  const char* name = fs::ignore_file_in(root);
  auto text = fs::read_file(std::filesystem::path(root) / name, kMaxIgnoreFile);
  if (text) return name + ("\n" + *text);
  return text.error().code() == Code::not_found ? std::optional<std::string>("none") : std::nullopt;
}

Error changed(std::string_view path) {
  return Error::make(Code::failed, "'{}' changed while it was being built", path)
      .hint("run the build again; nothing was stored under the old content");
}

Error missing(const graph::FileSource& source, const std::string& path, const char* ignore_file) {
  if (source.is_context)
    return Error::make(Code::invalid, "no '{}' in the context {}", path, source.root)
        .id("E030")
        .at(source.where)
        .hint("paths are relative to the context, and its ignore file may leave them out");
  return Error::make(Code::invalid, "no file '{}' in the workspace", path)
      .id("E030")
      .at(source.where)
      .hint(fmt::format(
          "paths are relative to the declaring file, or to the workspace root with '//'; {} or `exclude` "
          "may leave the file out",
          ignore_file));
}

// Where `strip` of a context leads: a mount of it may be named by a symlink.
std::string strip_of(const graph::FileSource& source, const std::vector<fs::FileEntry>& entries) {
  if (!source.is_context) return source.strip;
  auto link_at = [&](const std::string& path) -> Result<std::optional<std::string>> {
    auto entry = std::lower_bound(entries.begin(), entries.end(), path,
                                  [](const fs::FileEntry& e, const std::string& p) { return e.path < p; });
    if (entry == entries.end() || entry->path != path || entry->type != fs::FileType::symlink)
      return std::optional<std::string>();
    return std::optional(entry->link);
  };
  auto strip = fs::root_path(source.strip, link_at);
  return strip ? *strip : source.strip;
}

Result<SourceFiles> scan(const graph::FileSource& source, std::vector<fs::VisitedDirectory>& visited) {
  fs::Selection selection{source.root, source.include, source.exclude};
  const char* ignore_file = "";
  if (source.is_context) {
    selection.kind = fs::Selection::Kind::context;
    selection.ignore = source.ignore;
  } else {
    selection.ignore_file = ignore_file = fs::ignore_file_in(source.root);
  }
  auto scanned = fs::scan(selection, &visited);
  if (!scanned) return std::move(scanned).error().at(source.where);
  if (!scanned->unmatched.empty()) return missing(source, scanned->unmatched.front(), ignore_file);

  SourceFiles found;
  found.root = source.root;
  found.strip = strip_of(source, scanned->entries);
  found.modes = modes_of(source);
  found.entries = std::move(scanned->entries);
  if (found.strip.empty()) return found;
  // The directories above `strip` have no place.
  std::erase_if(found.entries,
                [&](const fs::FileEntry& entry) { return !fs::is_at_or_below(entry.path, found.strip); });
  for (const fs::FileEntry& entry : found.entries)
    if (entry.path == found.strip && entry.type != fs::FileType::directory) found.single_file = true;
  return found;
}

}  // namespace

std::string_view SourceFiles::placed(const fs::FileEntry& entry) const {
  std::string_view path = entry.path;
  if (single_file) return path.substr(path.rfind('/') + 1);
  if (strip.empty()) return path;
  return path.substr(std::min(path.size(), strip.size() + 1));
}

std::vector<KeyField> SourceFiles::fields() const {
  std::vector<KeyField> fields;
  for (size_t i = 0; i < entries.size(); ++i) {
    const Digest& content = contents[i];
    fields.push_back({entries[i].path, fmt::format("{:o} {}", fs::tree_mode(entries[i], modes),
                                                   content.empty() ? "directory" : content.str())});
  }
  return fields;
}

std::vector<KeyField> SourceFiles::links() const {
  std::vector<KeyField> links;
  for (const fs::FileEntry& entry : entries)
    if (entry.type == fs::FileType::symlink) links.push_back({entry.path, entry.link});
  return links;
}

Sources::Slot& Sources::slot(const graph::FileSource& source) {
  std::lock_guard lock(mutex_);
  std::unique_ptr<Slot>& slot = slots_[identity(source)];
  if (!slot) slot = std::make_unique<Slot>();
  return *slot;
}

// Looked at once; empty if it cannot be read. The rules of a context come with the source.
std::string Sources::ignore_state(const std::string& root, fs::Modes modes) {
  if (modes == fs::Modes::exact) return "context";
  auto [at, is_new] = ignore_states_.try_emplace(root);
  if (is_new) at->second = read_ignore_state(root).value_or("");
  return at->second;
}

void Sources::look(const std::vector<const graph::FileSource*>& sources, std::stop_token stop) {
  compare(sources);
  std::vector<const graph::FileSource*> unknown;
  for (const graph::FileSource* source : sources)
    if (!is_ready(*source)) unknown.push_back(source);
  std::ignore =
      for_each(unknown, std::min<size_t>(workers_, unknown.size() / kWorthAThread), [&](const auto* source) {
        if (stop.stop_requested()) return Status();
        Slot& found = slot(*source);
        std::lock_guard lock(found.mutex);
        find(found, *source);
        hash(found, Unknown::leave);
        return Status();
      });
}

/// A source and what it was. Any thread may find that it no longer is.
struct Sources::Comparison {
  Comparison(Slot& of, fs::Listing seen, int below) : slot(of), listing(std::move(seen)), root(below) {}

  Slot& slot;
  fs::Listing listing;
  int root;
  std::atomic<bool> holds = true;
};

void Sources::compare(const std::vector<const graph::FileSource*>& sources) {
  std::deque<Comparison> comparisons;
  std::vector<std::pair<Comparison*, size_t>> directories;
  std::map<std::string, UniqueFd> roots;
  size_t bytes = 0;
  auto reading = records_.batch(store::Records::Access::read);
  for (const graph::FileSource* source : sources) {
    Slot& at = slot(*source);
    at.ignored = ignore_state(source->root, modes_of(*source));
    if (at.ignored.empty() || !at.listing.empty()) continue;
    at.listing = Digest::of(identity(*source)).hex();
    auto kept = records_.value(kSpace, at.listing);
    std::string rules = Digest::of(at.ignored).hex();
    if (!kept || !*kept || !(*kept)->starts_with(rules)) continue;
    auto listing = fs::Listing::parse((*kept)->substr(rules.size()));
    UniqueFd& root = roots[source->root];
    if (!root) root.reset(::open(source->root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!listing || !root) continue;
    bytes += listing->bytes().size();
    Comparison& comparison = comparisons.emplace_back(at, *std::move(listing), root.get());
    for (size_t i = 0; i < comparison.listing.size(); ++i) directories.emplace_back(&comparison, i);
  }
  if (reading) reading->reset();
  std::ignore = for_each(directories, bytes < kListingsWorthIt ? 1 : workers_, [](const auto& directory) {
    auto& [comparison, index] = directory;
    if (comparison->holds && !comparison->listing.holds(index, comparison->root)) comparison->holds = false;
    return Status();
  });
  for (Comparison& comparison : comparisons)
    if (comparison.holds) comparison.slot.kept = comparison.listing.tree();
}

bool Sources::is_ready(const graph::FileSource& source) {
  Slot& found = slot(source);
  std::lock_guard lock(found.mutex);
  return !found.kept.empty() || found.complete || (found.found && !*found.found);
}

Result<Digest> Sources::digest(const graph::FileSource& source) {
  {
    Slot& found = slot(source);
    std::lock_guard lock(found.mutex);
    if (!found.kept.empty()) return found.kept;
  }
  TB_LET(const SourceFiles* known, files(source));
  return known->digest;
}

Result<const SourceFiles*> Sources::files(const graph::FileSource& source) {
  Slot& found = slot(source);
  std::lock_guard lock(found.mutex);
  find(found, source);
  hash(found, Unknown::read);
  // What a listing said may have entered a key.
  if (*found.found && !found.kept.empty() && (*found.found)->digest != found.kept)
    found.found = changed(source.strip.empty() ? source.root : source.strip);
  if (!*found.found) return Error(found.found->error());
  return &**found.found;
}

void Sources::find(Slot& slot, const graph::FileSource& source) {
  if (slot.found) return;
  slot.looked_ns = fs::now_ns();
  slot.found = scan(source, slot.visited);
  // Above `strip` only names are looked up.
  const std::string& strip = *slot.found ? (*slot.found)->strip : source.strip;
  if (source.is_context && !source.strip.empty() && strip != fs::lexical_path(source.strip)) return;
  std::erase_if(slot.visited, [&](const fs::VisitedDirectory& directory) {
    return !fs::is_at_or_below(directory.path, strip);
  });
}

void Sources::hash(Slot& slot, Unknown unknown) {
  if (slot.complete || !*slot.found) return;
  SourceFiles& files = **slot.found;
  if (auto known = fs::known_digests(files.entries, fingerprints_)) {
    files.contents = std::move(*known);
  } else if (unknown == Unknown::leave) {
    return;
  } else {
    auto read = fs::digest_all(files.root, files.entries, fingerprints_, workers_);
    if (!read) {
      slot.found = std::move(read).error();
      return;
    }
    files.contents = std::move(*read);
  }
  // The identity is over placed paths: moving the same files elsewhere in the workspace changes nothing.
  fs::TreeHasher tree(files.modes);
  std::map<std::pair<uint64_t, uint64_t>, size_t> inodes;  // of a context, whose hard links are kept
  for (size_t i = 0; i < files.entries.size(); ++i) {
    const fs::FileEntry& entry = files.entries[i];
    size_t first = i;
    if (files.modes == fs::Modes::exact && entry.type == fs::FileType::file)
      first = inodes.try_emplace({entry.stat.device, entry.stat.inode}, i).first->second;
    tree.add(files.placed(entry), entry,
             first == i ? files.contents[i] : Digest::of("the file " + files.entries[first].path));
  }
  files.digest = tree.finish();
  slot.complete = true;
}

Status Sources::unchanged(const graph::FileSource& source) {
  TB_LET(const SourceFiles* known, files(source));
  UniqueFd root(::open(known->root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) return changed(known->root.string());
  std::vector<std::span<const fs::FileEntry>> parts;
  for (std::span<const fs::FileEntry> rest = known->entries; !rest.empty();) {
    parts.push_back(rest.first(std::min(rest.size(), kFilesAtOnce)));
    rest = rest.subspan(parts.back().size());
  }
  // New files are for the next build.
  return for_each(parts, workers_, [&](std::span<const fs::FileEntry> part) -> Status {
    const fs::FileEntry* found = fs::find_changed(root.get(), part);
    return found == nullptr ? Status() : Status(changed(found->path));
  });
}

Status Sources::save() {
  std::vector<std::pair<std::string, std::string>> listings;
  ignore_states_.clear();
  for (const auto& [identity, slot] : slots_) {
    std::lock_guard lock(slot->mutex);
    if (slot->listing.empty() || !slot->kept.empty() || !slot->complete || !*slot->found) continue;
    const SourceFiles& files = **slot->found;
    if (ignore_state(files.root, files.modes) != slot->ignored) continue;
    if (auto listing = fs::Listing::of(files.entries, slot->visited, files.digest, slot->looked_ns))
      listings.emplace_back(slot->listing, Digest::of(slot->ignored).hex() + listing->bytes());
  }
  if (listings.empty()) return {};
  TB_LET(auto batch, records_.batch());
  for (const auto& [name, bytes] : listings) TB_TRY(records_.put_value(kSpace, name, bytes));
  return batch->commit();
}

}  // namespace tierbuild::build
