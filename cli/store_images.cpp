#include "cli/store_images.hpp"

#include "archive/layer_reader.hpp"
#include "cli/layer_facts.hpp"

namespace tierbuild::cli {
namespace {

constexpr size_t kKeptFacts = 6;  // a target, what it stands on, and some to share
constexpr std::string_view kWhiteout = archive::kWhiteoutPrefix;

template <class Map>
void erase_below(Map& map, const std::string& directory) {
  std::string prefix = directory.empty() ? "" : directory + "/";
  auto first = map.lower_bound(prefix), last = first;
  while (last != map.end() && last->first.starts_with(prefix)) ++last;
  map.erase(first, last);
}

// Places one layer on the files and telling files of those below it.
void put_on(const LayerFacts& layer, std::map<std::string, lint::FileFact>& files, LayerFacts& below) {
  auto erase = [&](const std::string& path) {
    files.erase(path);
    below.texts.erase(path);
    below.packages.erase(path);
  };
  // Whiteouts are about the layers below, wherever they stand in this one.
  for (const LayerFacts::Entry& entry : layer.entries) {
    size_t slash = entry.path.rfind('/');
    std::string directory = slash == std::string::npos ? "" : entry.path.substr(0, slash);
    std::string name = slash == std::string::npos ? entry.path : entry.path.substr(slash + 1);
    if (!name.starts_with(kWhiteout)) continue;
    std::string hidden = name == archive::kOpaqueMarker ? directory
                         : directory.empty()            ? name.substr(kWhiteout.size())
                                                        : directory + "/" + name.substr(kWhiteout.size());
    erase_below(files, hidden);
    erase_below(below.texts, hidden);
    erase_below(below.packages, hidden);
    if (name != archive::kOpaqueMarker) erase(hidden);
  }
  for (const LayerFacts::Entry& entry : layer.entries) {
    if (entry.path.substr(entry.path.rfind('/') + 1).starts_with(kWhiteout)) continue;
    lint::FileFact fact = entry.fact;
    if (fact.kind != lint::FileFact::Kind::directory) erase_below(files, entry.path);
    if (entry.hardlink)
      if (auto first = files.find(fact.link); first != files.end()) fact = first->second;
    erase(entry.path);
    files[entry.path] = std::move(fact);
  }
  for (const auto& [path, text] : layer.texts) below.texts[path] = text;
  for (const auto& [path, package] : layer.packages) below.packages[path] = package;
}

}  // namespace

struct StoreImages::Layer {
  LayerFacts facts;
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
    TB_LET(LayerFacts facts, layer_facts(store_, diff_id, record.blob.digest));
    return Layer{std::move(facts), record.blob.size};
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
  LayerFacts whole;
  for (graph::NodeId node : graph_.layers_of(stack)) {
    auto made = made_.find(node);
    if (made == made_.end()) return nullptr;
    for (const Digest& diff_id : made->second->layers) {
      const Layer* found = layer(diff_id);
      if (found == nullptr) return nullptr;
      facts->size += found->size;
      put_on(found->facts, facts->files, whole);
    }
  }
  for (const auto& [path, package] : whole.packages) facts->installed.emplace(package.name, package);
  for (const char* database : {lint::kDpkgStatus, lint::kApkInstalled})
    facts->packages.merge(lint::package_names(whole.texts[database]));
  facts->passwd = whole.texts["etc/passwd"];
  facts->group = whole.texts["etc/group"];
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
