#include "cli/layer_facts.hpp"

#include "archive/layer_reader.hpp"
#include "base/strings.hpp"
#include "fs/file.hpp"
#include "fs/newest.hpp"
#include "project/fields.hpp"

namespace tierbuild::project {

using cli::LayerFacts;
TB_LAST(lint::FileFact::Kind, lint::FileFact::Kind::other)
TB_FIELDS(lint::FileFact, kind, mode, uid, gid, link)
TB_FIELDS(python::InstalledPackage, name, spelled, version, needs, path)
TB_FIELDS(LayerFacts::Entry, path, fact, hardlink)
TB_FIELDS(LayerFacts, entries, packages, texts)

}  // namespace tierbuild::project

namespace tierbuild::cli {
namespace {

constexpr std::string_view kMagic = "tierbuild layer facts 1\n";
constexpr uint64_t kLargestText = 4 << 20, kLargestFile = 256u << 20;
constexpr size_t kMostFiles = 512;

bool is_metadata(std::string_view path) {
  return path.ends_with(".dist-info/METADATA") || path.ends_with(".egg-info/PKG-INFO");
}

lint::FileFact::Kind kind_of(archive::EntryType type) {
  switch (type) {
    case archive::EntryType::file:
    case archive::EntryType::hardlink:
      return lint::FileFact::Kind::file;
    case archive::EntryType::directory:
      return lint::FileFact::Kind::directory;
    case archive::EntryType::symlink:
      return lint::FileFact::Kind::symlink;
    default:
      return lint::FileFact::Kind::other;
  }
}

void add_text(LayerFacts& facts, const std::string& path, std::string text) {
  if (is_metadata(path)) {
    auto package = python::parse_metadata(text, "/" + path.substr(0, path.rfind('/')));
    if (package) facts.packages.emplace(path, std::move(*package));
  } else if (path == lint::kDpkgStatus || path == lint::kApkInstalled) {
    for (const std::string& name : lint::package_names(text)) facts.texts[path] += "P:" + name + "\n";
  } else {
    facts.texts[path] = std::move(text);
  }
}

bool is_wanted(const archive::Entry& entry) {
  if (entry.type != archive::EntryType::file || entry.size > kLargestText) return false;
  return is_metadata(entry.path) || entry.path == "etc/passwd" || entry.path == "etc/group" ||
         entry.path == lint::kDpkgStatus || entry.path == lint::kApkInstalled;
}

Result<LayerFacts> read_layer(store::Store& store, const Digest& blob) {
  TB_LET(UniqueFd fd, store.blobs().open(blob));
  TB_LET(archive::TarReader reader, archive::TarReader::open(fd.get()));
  LayerFacts facts;
  while (true) {
    TB_LET(std::optional<archive::Entry> entry, reader.next());
    if (!entry) return facts;
    if (is_wanted(*entry)) {
      TB_LET(std::string text, reader.read_all(kLargestText));
      add_text(facts, entry->path, std::move(text));
    }
    bool hardlink = entry->type == archive::EntryType::hardlink;
    facts.entries.push_back(
        {std::move(entry->path),
         {kind_of(entry->type), entry->mode, entry->uid, entry->gid, std::move(entry->link)},
         hardlink});
  }
}

}  // namespace

Result<LayerFacts> layer_facts(store::Store& store, const Digest& diff_id, const Digest& blob) {
  std::filesystem::path directory = store.root() / "facts", file = directory / diff_id.hex();
  if (auto kept = fs::read_file(file, kLargestFile); kept && kept->starts_with(kMagic)) {
    LayerFacts facts;
    project::Reader reader(std::string_view(*kept).substr(kMagic.size()));
    reader(facts);
    if (reader.done()) return facts;
  }
  TB_LET(LayerFacts facts, read_layer(store, blob));
  project::Writer writer;
  writer(facts);
  // What cannot be kept is read again the next time.
  if (fs::make_directories(directory) && fs::write_file(file, std::string(kMagic) + std::move(writer).take()))
    fs::keep_newest(directory, kMostFiles);
  return facts;
}

}  // namespace tierbuild::cli
