#include "build/sources.hpp"

#include "base/strings.hpp"
#include "hash/key_hasher.hpp"

namespace tierbuild::build {
namespace {

std::string identity(const graph::FileSource& source) {
  KeyHasher key("source", 1);
  key.add("root", source.root).add("include", source.include).add("exclude", source.exclude);
  return key.add("strip", source.strip).finish().digest.hex();
}

// The path below `strip`; nothing for the directories above it.
std::optional<std::string> placed_path(const std::string& path, const std::string& strip) {
  if (strip.empty() || path == strip) return path == strip ? "" : path;
  if (!path.starts_with(strip + "/")) return std::nullopt;
  return path.substr(strip.size() + 1);
}

}  // namespace

Sources::Slot& Sources::slot(const graph::FileSource& source) {
  std::lock_guard lock(mutex_);
  std::unique_ptr<Slot>& slot = slots_[identity(source)];
  if (!slot) slot = std::make_unique<Slot>();
  return *slot;
}

Result<const SourceFiles*> Sources::files(const graph::FileSource& source) {
  Slot& found = slot(source);
  std::lock_guard lock(found.mutex);
  if (!found.found) found.found = find(source);
  if (!*found.found) return Error(found.found->error());
  return &**found.found;
}

Result<SourceFiles> Sources::find(const graph::FileSource& source) {
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

  SourceFiles result;
  std::vector<fs::FileEntry> entries;
  for (fs::FileEntry& entry : scanned->entries) {
    std::optional<std::string> path = placed_path(entry.path, source.strip);
    if (!path) continue;
    std::filesystem::path on_disk = std::filesystem::path(source.root) / entry.path;
    if (path->empty() && entry.type != fs::FileType::directory) {
      result.single_file = true;
      path = std::filesystem::path(entry.path).filename().string();
    }
    entries.push_back(entry);
    result.files.push_back({*path, std::move(on_disk), std::move(entry)});
  }
  TB_LET(fs::TreeDigest tree, fs::digest_tree(source.root, entries, fingerprints_, workers_));

  // The identity is over placed paths: moving the same files elsewhere in the workspace changes nothing.
  KeyHasher key("files", 1);
  for (size_t i = 0; i < result.files.size(); ++i) {
    const fs::FileDigest& file = tree.files[i];
    result.files[i].digest = file.content;
    std::string value =
        fmt::format("{:o} {}", file.mode, file.content.empty() ? "directory" : file.content.str());
    if (const fs::FileEntry& entry = result.files[i].entry; entry.type == fs::FileType::symlink)
      result.content.links.push_back({file.path, entry.link});
    key.add(result.files[i].path, value);
    result.content.files.push_back({file.path, std::move(value)});
  }
  result.content.digest = key.finish().digest;
  return result;
}

Status Sources::unchanged(const graph::FileSource& source) {
  TB_LET(const SourceFiles* known, files(source));
  for (const PlacedFile& file : known->files) {
    auto now = fs::stat_entry(source.root, file.entry.path);
    bool directory = file.entry.type == fs::FileType::directory;
    if (now && (now->stat == file.entry.stat || (directory && now->type == fs::FileType::directory)))
      continue;
    return Error::make(Code::failed, "'{}' changed while it was being built", file.entry.path)
        .hint("run the build again; nothing was stored under the old content");
  }
  return {};
}

}  // namespace tierbuild::build
