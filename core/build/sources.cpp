#include "build/sources.hpp"

#include <atomic>
#include <system_error>
#include <thread>

#include "base/strings.hpp"

namespace tierbuild::build {
namespace {

constexpr size_t kWorthAThread = 8;  // sources

// A text that no other source has; no path holds a NUL.
std::string identity(const graph::FileSource& source) {
  std::string text = source.root;
  for (const std::string& pattern : source.include) text.append(1, '\0').append("+").append(pattern);
  for (const std::string& pattern : source.exclude) text.append(1, '\0').append("-").append(pattern);
  return text.append(1, '\0').append("/").append(source.strip);
}

Result<SourceFiles> find(const graph::FileSource& source) {
  const char* ignore_file = fs::ignore_file_in(source.root);
  fs::Selection selection{source.root, source.include, source.exclude, ignore_file};
  auto scanned = fs::scan(selection);
  if (!scanned) return std::move(scanned).error().at(source.where);
  if (!scanned->unmatched.empty())
    return Error::make(Code::invalid, "no file '{}' in the workspace", scanned->unmatched.front())
        .id("E030")
        .at(source.where)
        .hint(fmt::format(
            "paths are relative to the declaring file, or to the workspace root with '//'; {} or `exclude` "
            "may leave the file out",
            ignore_file));

  SourceFiles found{source.root, source.strip, false, std::move(scanned->entries), {}, {}};
  if (source.strip.empty()) return found;
  // The directories above `strip` have no place.
  std::erase_if(found.entries, [&](const fs::FileEntry& entry) {
    bool below = entry.path.size() > source.strip.size() && entry.path[source.strip.size()] == '/';
    return !entry.path.starts_with(source.strip) || (entry.path.size() != source.strip.size() && !below);
  });
  for (const fs::FileEntry& entry : found.entries)
    if (entry.path == source.strip && entry.type != fs::FileType::directory) found.single_file = true;
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
    fields.push_back({entries[i].path, fmt::format("{:o} {}", fs::tree_mode(entries[i]),
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

void Sources::look(const std::vector<const graph::FileSource*>& sources, std::stop_token stop) {
  std::atomic<size_t> next = 0;
  auto work = [&] {
    for (size_t i; (i = next.fetch_add(1)) < sources.size() && !stop.stop_requested();) {
      Slot& found = slot(*sources[i]);
      std::lock_guard lock(found.mutex);
      if (!found.found) found.found = find(*sources[i]);
      hash(found, Unknown::leave);
    }
  };
  std::vector<std::jthread> threads;
  try {
    while (threads.size() + 1 < std::min<size_t>(workers_, sources.size() / kWorthAThread))
      threads.emplace_back(work);
  } catch (const std::system_error&) {
    // Fewer threads do the same work.
  }
  work();
}

bool Sources::is_ready(const graph::FileSource& source) {
  Slot& found = slot(source);
  std::lock_guard lock(found.mutex);
  return found.complete || (found.found && !*found.found);
}

Result<const SourceFiles*> Sources::files(const graph::FileSource& source) {
  Slot& found = slot(source);
  std::lock_guard lock(found.mutex);
  if (!found.found) found.found = find(source);
  hash(found, Unknown::read);
  if (!*found.found) return Error(found.found->error());
  return &**found.found;
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
  fs::TreeHasher tree;
  for (size_t i = 0; i < files.entries.size(); ++i)
    tree.add(files.placed(files.entries[i]), files.entries[i], files.contents[i]);
  files.digest = tree.finish();
  slot.complete = true;
}

Status Sources::unchanged(const graph::FileSource& source) {
  TB_LET(const SourceFiles* known, files(source));
  TB_LET(SourceFiles now, find(source));
  size_t at = 0;
  for (const fs::FileEntry& entry : known->entries) {
    while (at < now.entries.size() && now.entries[at].path < entry.path)
      ++at;  // new ones are for the next build
    bool there = at < now.entries.size() && now.entries[at].path == entry.path;
    bool directory = entry.type == fs::FileType::directory;
    if (there && (now.entries[at].stat == entry.stat || (directory && now.entries[at].type == entry.type)))
      continue;
    return Error::make(Code::failed, "'{}' changed while it was being built", entry.path)
        .hint("run the build again; nothing was stored under the old content");
  }
  return {};
}

}  // namespace tierbuild::build
