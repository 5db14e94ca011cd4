#include "cli/store_images.hpp"

#include "archive/layer_reader.hpp"

namespace tierbuild::cli {
namespace {

constexpr uint64_t kLargestText = 4 << 20;
constexpr size_t kKeptFacts = 6;  // a target, what it stands on, and some to share
constexpr std::string_view kWhiteout = archive::kWhiteoutPrefix;

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

template <class Map>
void erase_below(Map& map, const std::string& directory) {
  std::string prefix = directory.empty() ? "" : directory + "/";
  auto first = map.lower_bound(prefix), last = first;
  while (last != map.end() && last->first.starts_with(prefix)) ++last;
  map.erase(first, last);
}

}  // namespace

/// The names in one layer, and the few files that rules read.
struct StoreImages::Layer {
  std::vector<archive::Entry> entries;
  std::map<std::string, std::string> texts;
  uint64_t size = 0;
};

StoreImages::StoreImages(const graph::Graph& graph, const build::PlanReport& plan, store::Store& store)
    : graph_(graph), store_(store) {
  for (const build::PlannedStep& step : plan.steps)
    if (step.verdict == build::Verdict::reuse) made_[step.node] = &step;
}

StoreImages::~StoreImages() = default;

Result<StoreImages::Layer> StoreImages::read(const Digest& diff_id) {
  TB_LET(std::vector<store::LayerRecord> records, store_.records().layer(diff_id));
  for (const store::LayerRecord& record : records) {
    if (!store_.blobs().has(record.blob.digest)) continue;
    TB_LET(UniqueFd fd, store_.blobs().open(record.blob.digest));
    TB_LET(archive::TarReader reader, archive::TarReader::open(fd.get()));
    Layer layer;
    layer.size = record.blob.size;
    while (true) {
      TB_LET(std::optional<archive::Entry> entry, reader.next());
      if (!entry) return layer;
      bool wanted = is_metadata(entry->path) || entry->path == "etc/passwd" || entry->path == "etc/group";
      if (wanted && entry->type == archive::EntryType::file && entry->size <= kLargestText) {
        TB_LET(layer.texts[entry->path], reader.read_all(kLargestText));
      }
      entry->xattrs.clear();
      layer.entries.push_back(*std::move(entry));
    }
  }
  return Error::make(Code::not_found, "layer {} is not in the store", diff_id.str());
}

const StoreImages::Layer* StoreImages::layer(const Digest& diff_id) {
  auto [slot, is_new] = layers_.try_emplace(diff_id);
  if (!is_new) return slot->second.get();
  auto found = read(diff_id);
  if (!found) {
    note(found.error());
    return nullptr;
  }
  slot->second = std::make_unique<Layer>(std::move(found).value());
  return slot->second.get();
}

lint::FactsPtr StoreImages::of(graph::StackId stack) {
  if (!stack.valid()) return nullptr;
  for (const auto& [known, facts] : recent_)
    if (known == stack) return facts;
  auto facts = std::make_shared<lint::ImageFacts>();
  std::map<std::string, std::string> texts;
  for (graph::NodeId node : graph_.layers_of(stack)) {
    auto made = made_.find(node);
    if (made == made_.end()) return nullptr;
    for (const Digest& diff_id : made->second->layers) {
      const Layer* found = layer(diff_id);
      if (found == nullptr) return nullptr;
      facts->size += found->size;
      // Whiteouts are about the layers below, wherever they stand in this one.
      for (const archive::Entry& entry : found->entries) {
        size_t slash = entry.path.rfind('/');
        std::string directory = slash == std::string::npos ? "" : entry.path.substr(0, slash);
        std::string name = slash == std::string::npos ? entry.path : entry.path.substr(slash + 1);
        if (!name.starts_with(kWhiteout)) continue;
        std::string hidden = name == archive::kOpaqueMarker ? directory
                             : directory.empty()            ? name.substr(kWhiteout.size())
                                                            : directory + "/" + name.substr(kWhiteout.size());
        erase_below(facts->files, hidden);
        erase_below(texts, hidden);
        if (name == archive::kOpaqueMarker) continue;
        facts->files.erase(hidden);
        texts.erase(hidden);
      }
      for (const archive::Entry& entry : found->entries) {
        if (entry.path.substr(entry.path.rfind('/') + 1).starts_with(kWhiteout)) continue;
        lint::FileFact fact{kind_of(entry.type), entry.mode, entry.uid, entry.gid, entry.link};
        if (entry.type != archive::EntryType::directory) erase_below(facts->files, entry.path);
        if (entry.type == archive::EntryType::hardlink)
          if (auto first = facts->files.find(entry.link); first != facts->files.end()) fact = first->second;
        facts->files[entry.path] = std::move(fact);
        texts.erase(entry.path);
      }
      for (const auto& [path, text] : found->texts) texts[path] = text;
    }
  }
  for (const auto& [path, text] : texts) {
    if (!is_metadata(path)) continue;
    auto package = python::parse_metadata(text, "/" + path.substr(0, path.rfind('/')));
    if (package) facts->installed.emplace(package->name, *package);
  }
  facts->passwd = texts["etc/passwd"];
  facts->group = texts["etc/group"];
  if (recent_.size() == kKeptFacts) recent_.erase(recent_.begin());
  recent_.emplace_back(stack, facts);
  return facts;
}

const image::Config* StoreImages::base_config(graph::StackId stack) {
  if (!stack.valid()) return nullptr;
  graph::NodeId base = graph_.base_of(stack);
  auto [slot, is_new] = configs_.try_emplace(base);
  if (!is_new) return slot->second.get();
  graph::Base::Kind kind = std::get<graph::Base>(graph_[base].op).kind;
  bool has_config = kind == graph::Base::Kind::registry || kind == graph::Base::Kind::layout;
  auto made = made_.find(base);
  if (has_config && made == made_.end()) return nullptr;
  image::Config config;
  if (has_config && !made->second->config.empty()) {
    auto json = store_.blobs().read(made->second->config);
    auto parsed = json ? image::Config::parse(*json) : Result<image::Config>(json.error());
    if (!parsed) {
      note(parsed.error());
      return nullptr;
    }
    config = std::move(parsed).value();
  }
  slot->second = std::make_unique<image::Config>(std::move(config));
  return slot->second.get();
}

}  // namespace tierbuild::cli
