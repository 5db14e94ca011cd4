#include "cli/image_view.hpp"

#include <nlohmann/json.hpp>

#include "attest/provenance.hpp"
#include "base/strings.hpp"
#include "cli/text_table.hpp"
#include "fs/file.hpp"
#include "store/transfer.hpp"

namespace tierbuild::cli {
namespace {

constexpr std::string_view kLayoutPrefix = "oci:";

// Reads manifest and config; `read` brings the bytes behind a descriptor.
template <class Read>
Result<ImageView> view_of(ImageView view, const image::Platform& platform, const Read& read) {
  TB_LET(view.manifest_bytes, read(view.descriptor));
  if (image::is_index(view.descriptor.media_type)) {
    TB_LET(image::Index index, image::Index::parse(view.manifest_bytes));
    view.index = view.descriptor.digest;
    TB_LET(view.descriptor, index.choose(platform));
    view.platforms = std::move(index.manifests);
    TB_LET(view.manifest_bytes, read(view.descriptor));
  }
  TB_LET(view.manifest, image::Manifest::parse(view.manifest_bytes));
  TB_LET(view.config_bytes, read(view.manifest.config));
  TB_LET(view.config, image::Config::parse(view.config_bytes));
  return view;
}

Result<ImageView> view_in_store(store::Store& store, ImageView view, const image::Platform& platform) {
  return view_of(std::move(view), platform,
                 [&](const image::Descriptor& wanted) { return store.blobs().read(wanted.digest); });
}

Result<ImageView> view_in_registry(Session& session, const image::Reference& reference) {
  std::stop_token stop = session.program().interrupt().token();
  TB_LET(registry::Fetched first, session.registry().manifest(reference, stop));
  ImageView view;
  view.name = reference.str();
  view.where = "registry";
  view.descriptor = first.descriptor;
  TB_LET(view, view_of(std::move(view), session.platform(),
                       [&](const image::Descriptor& wanted) -> Result<std::string> {
                         if (wanted.digest == first.descriptor.digest) return first.bytes;
                         if (image::is_manifest(wanted.media_type)) {
                           image::Reference exact = reference;
                           exact.digest = wanted.digest;
                           TB_LET(registry::Fetched fetched, session.registry().manifest(exact, stop));
                           return fetched.bytes;
                         }
                         std::string bytes;
                         TB_TRY(session.registry().blob(
                             reference, wanted,
                             [&](std::string_view piece) -> Status {
                               bytes += piece;
                               return {};
                             },
                             stop));
                         return bytes;
                       }));
  for (const Digest& subject : {view.index, view.descriptor.digest}) {
    if (subject.empty()) continue;
    TB_LET(std::vector<image::Descriptor> found, session.registry().referrers(reference, subject, stop));
    view.referrers.insert(view.referrers.end(), found.begin(), found.end());
  }
  return view;
}

Result<ImageView> view_in_file(Session& session, const std::string& path) {
  TB_LET(fs::TempDir temp, fs::TempDir::make(std::filesystem::temp_directory_path(), "tierbuild-inspect"));
  TB_LET(auto store, store::Store::open(temp.path() / "store"));
  ImageView view;
  view.name = path;
  view.where = "file";
  TB_LET(view.descriptor, store::import_image(*store, path, "", session.platform()));
  return view_in_store(*store, std::move(view), session.platform());
}

Result<std::optional<ImageView>> find_in_store(Session& session, store::Store& store,
                                               const std::string& name) {
  ImageView view;
  view.where = "store";
  TB_LET(auto images, store.records().images());
  for (const char* kind : {"", "service:", "tier:"})
    for (const store::ImageRecord& record : images)
      if (record.target == kind + name && record.platform == session.platform()) {
        view.name = record.target;
        view.descriptor = record.manifest;
        for (const store::ImageRecord& other : images)
          if (other.target == record.target) {
            view.platforms.push_back(other.manifest);
            view.platforms.back().platform = other.platform;
          }
        TB_LET(view, view_in_store(store, std::move(view), session.platform()));
        return std::optional(std::move(view));
      }
  std::vector<std::string> names{name};
  if (auto reference = image::Reference::parse(name)) {
    names.push_back(reference->str());
    names.push_back(reference->familiar());
  }
  for (const std::string& candidate : names) {
    TB_LET(auto found, store.ref(candidate));
    if (!found) continue;
    view.name = candidate;
    view.descriptor = *found;
    TB_LET(view, view_in_store(store, std::move(view), session.platform()));
    return std::optional(std::move(view));
  }
  return std::optional<ImageView>{};
}

// The type of an artifact, and of a statement what it states.
std::string what_it_is(const image::Descriptor& referrer) {
  auto predicate = referrer.annotations.find(attest::kPredicateAnnotation);
  return predicate == referrer.annotations.end()
             ? referrer.artifact_type
             : fmt::format("{} ({})", referrer.artifact_type, predicate->second);
}

// Layers with the history entries that made them, bottom first.
std::vector<std::string> created_by(const ImageView& view) {
  std::vector<std::string> out;
  for (const image::HistoryEntry& entry : view.config.history)
    if (!entry.empty_layer) out.push_back(entry.created_by.empty() ? entry.comment : entry.created_by);
  out.resize(view.manifest.layers.size());
  return out;
}

}  // namespace

Result<image::Reference> remote_name(Session& session, const std::string& name) {
  if (!session.evaluated() || session.project().find_target(name) == nullptr)
    return image::Reference::parse(name);
  TB_LET(store::Store * store, session.store());
  TB_LET(auto images, store->records().images());
  std::string id = session.project().find_target(name)->id();
  for (const store::ImageRecord& record : images)
    if (record.target == id && !record.tags.empty()) return image::Reference::parse(record.tags.front());
  return Error::make(Code::not_found, "target '{}' has not been built yet", name)
      .hint(fmt::format("run `tierbuild push {}`", shell_quote(name)));
}

Result<ImageView> view_image(Session& session, const std::string& name, LookIn where) {
  if (where == LookIn::registry) {
    TB_LET(image::Reference reference, remote_name(session, name));
    return view_in_registry(session, reference);
  }
  if (name.starts_with(kLayoutPrefix)) return view_in_file(session, name.substr(kLayoutPrefix.size()));
  TB_LET(store::Store * store, session.store());
  TB_LET(std::optional<ImageView> found, find_in_store(session, *store, name));
  if (found) return std::move(*found);
  if (session.evaluated() && session.project().find_target(name) != nullptr)
    return Error::make(Code::not_found, "target '{}' has not been built yet", name)
        .hint(fmt::format("run `tierbuild build {}`", shell_quote(name)));
  TB_LET(image::Reference reference, image::Reference::parse(name));
  return view_in_registry(session, reference);
}

std::string image_text(const ImageView& view, const Terminal& terminal) {
  const image::Config& config = view.config;
  std::string out;
  auto field = [&](const char* title, const std::string& value) {
    if (!value.empty())
      out += fmt::format("{}{:{}}{}\n", terminal.paint(Colour::bold, title), "", 12 - std::strlen(title),
                         printable(value));
  };
  auto words = [](const std::vector<std::string>& argv) {
    std::vector<std::string> quoted;
    for (const std::string& word : argv) quoted.push_back(shell_quote(word));
    return join(quoted, " ");
  };
  uint64_t total = 0;
  for (const image::Descriptor& layer : view.manifest.layers) total += layer.size;
  field("name", view.name);
  field("digest", view.descriptor.digest.str());
  field("config", view.manifest.config.digest.str());
  field("type", view.manifest.media_type);
  field("platform", config.platform.str());
  if (!view.index.empty()) field("index", view.index.str());
  if (view.platforms.size() > 1)
    for (const image::Descriptor& other : view.platforms)
      if (other.platform) field("built for", fmt::format("{} {}", other.platform->str(), other.digest.str()));
  field("created", config.created);
  field("size", fmt::format("{} in {} layer(s)", human_bytes(total), view.manifest.layers.size()));
  field("user", config.user);
  field("workdir", config.workdir);
  field("entrypoint", words(config.entrypoint));
  field("cmd", words(config.cmd));
  field("stop", config.stop_signal);
  for (const std::string& port : config.exposed) field("expose", port);
  for (const std::string& volume : config.volumes) field("volume", volume);
  if (config.healthcheck) field("health", words(config.healthcheck->test));
  for (const std::string& variable : config.env) field("env", variable);
  for (const auto& [name, value] : config.labels) field("label", name + "=" + value);

  TextTable table({{"LAYER", Align::left}, {"SIZE", Align::right}, {"CREATED BY", Align::left}});
  std::vector<std::string> makers = created_by(view);
  for (size_t i = 0; i < view.manifest.layers.size(); ++i) {
    const image::Descriptor& layer = view.manifest.layers[i];
    std::string maker = printable(makers[i]);
    std::replace(maker.begin(), maker.end(), '\n', ' ');
    table.add({layer.digest.short_hex(), human_bytes(layer.size), fit(maker, 100)});
  }
  out += "\n" + table.str(terminal);
  if (view.referrers.empty()) return out;
  TextTable referrers({{"REFERRER", Align::left}, {"SIZE", Align::right}, {"TYPE", Align::left}});
  for (const image::Descriptor& one : view.referrers)
    referrers.add({one.digest.short_hex(), human_bytes(one.size), printable(what_it_is(one))});
  return out + "\n" + referrers.str(terminal);
}

std::string image_json(const ImageView& view) {
  using Json = nlohmann::ordered_json;
  Json layers = Json::array();
  std::vector<std::string> makers = created_by(view);
  for (size_t i = 0; i < view.manifest.layers.size(); ++i) {
    const image::Descriptor& layer = view.manifest.layers[i];
    Json json{{"digest", layer.digest.str()}, {"mediaType", layer.media_type}, {"size", layer.size}};
    if (i < view.config.diff_ids.size()) json["diffId"] = view.config.diff_ids[i].str();
    json["createdBy"] = makers[i];
    layers.push_back(std::move(json));
  }
  Json out{{"name", view.name},
           {"where", view.where},
           {"digest", view.descriptor.digest.str()},
           {"mediaType", view.manifest.media_type},
           {"platform", view.config.platform.str()},
           {"manifest", Json::parse(view.manifest_bytes, nullptr, false)},
           {"config", Json::parse(view.config_bytes, nullptr, false)},
           {"layers", layers}};
  if (!view.index.empty()) out["index"] = view.index.str();
  for (const image::Descriptor& other : view.platforms)
    if (other.platform) out["platforms"][other.platform->str()] = other.digest.str();
  for (const image::Descriptor& one : view.referrers)
    out["referrers"].push_back({{"digest", one.digest.str()},
                                {"mediaType", one.media_type},
                                {"artifactType", one.artifact_type},
                                {"size", one.size},
                                {"annotations", one.annotations}});
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tierbuild::cli
