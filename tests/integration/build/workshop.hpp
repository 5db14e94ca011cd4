// Builds graphs that a test puts together, in a store of its own, and shows what came out.
#pragma once

#include <sys/stat.h>

#include <map>
#include <memory>

#include "archive/merged_view.hpp"
#include "base/strings.hpp"
#include "build/builder.hpp"
#include "image/config.hpp"
#include "image/manifest.hpp"
#include "support/temp.hpp"

namespace tierbuild::test {

using Lines = std::vector<std::string>;

class Workshop {
 public:
  Workshop() {
    auto store = store::Store::open(temp_ / "store");
    REQUIRE_OK(store);
    store_ = std::move(store).value();
    std::filesystem::create_directories(context());
  }

  /// The directory that COPY takes files from.
  std::filesystem::path context() const { return temp_ / "context"; }
  /// A file of the context.
  std::filesystem::path file(const std::string& path, std::string_view bytes = "x",
                             mode_t mode = 0644) const {
    std::filesystem::path file = temp_.write("context/" + path, bytes);
    REQUIRE(::chmod(file.c_str(), mode) == 0);
    return file;
  }
  void link(const std::string& path, const std::string& target) const {
    std::filesystem::create_directories((context() / path).parent_path());
    std::filesystem::create_symlink(target, context() / path);
  }
  void mode(const std::string& path, mode_t mode) const {
    REQUIRE(::chmod((context() / path).c_str(), mode) == 0);
  }

  graph::FileSource source(const std::string& pattern, Lines ignore = {}) const {
    graph::FileSource source;
    source.root = context().string();
    source.include = {pattern};
    source.is_context = true;
    source.ignore = std::move(ignore);
    return source;
  }

  /// An empty image.
  graph::StackId scratch() { return graph.stack({}, graph.add(graph::Base{}, "base", {})); }
  /// The image with what the operation makes; its `on` is filled in.
  graph::StackId on(graph::StackId below, graph::Place place) {
    place.on = below;
    return graph.stack(below, graph.add(std::move(place), "place", {}));
  }
  /// `COPY pattern… to`, the last word of which is the place.
  graph::Place copy(const Lines& words) const {
    graph::Place place;
    for (size_t i = 0; i + 1 < words.size(); ++i) place.items.push_back({source(words[i]), "", false});
    place.to = words.back();
    return place;
  }
  graph::StackId copied(graph::StackId below, const Lines& words) { return on(below, copy(words)); }
  /// `COPY --from`.
  graph::Place copy_from(graph::StackId image, const std::string& path, const std::string& to) const {
    graph::Place place;
    place.items.push_back({graph::StackSource{image, path}, "", false});
    place.to = to;
    return place;
  }
  graph::StackId directory(graph::StackId below, const std::string& path, const std::string& owner = "") {
    return graph.stack(below, graph.add(graph::MakeDirectory{below, path, owner}, "directory", {}));
  }
  graph::StackId run(graph::StackId below, graph::Run run) {
    run.on = below;
    return graph.stack(below, graph.add(std::move(run), "run", {}));
  }

  build::BuildReport build(graph::StackId root) {
    graph::Target target;
    target.name = "image";
    target.root = root;
    graph::TargetId id = graph.add(std::move(target));
    build::Builder builder({*store_, client_, *transport_, *fingerprints_, Clock::system(), silence_},
                           options);
    auto report = builder.build(graph, {id});
    REQUIRE_OK(report);
    return *std::move(report);
  }

  /// The error of an image that cannot be built.
  std::string error(graph::StackId root) {
    build::BuildReport report = build(root);
    REQUIRE(report.errors.size() == 1);
    return report.errors.front().str();
  }

  image::Config config(graph::StackId root) {
    build::BuildReport report = build(root);
    INFO((report.errors.empty() ? "" : report.errors.front().str()));
    REQUIRE(report.ok());
    auto document = store_->blobs().read(report.targets.front().manifest.digest);
    REQUIRE_OK(document);
    auto manifest = image::Manifest::parse(*document);
    REQUIRE_OK(manifest);
    auto json = store_->blobs().read(manifest->config.digest);
    REQUIRE_OK(json);
    auto config = image::Config::parse(*json);
    REQUIRE_OK(config);
    return *std::move(config);
  }

  archive::MergedView view(const std::vector<Digest>& layers) {
    std::vector<std::filesystem::path> directories;
    for (const Digest& layer : layers) {
      auto directory = store_->snapshots().acquire(layer);
      REQUIRE_OK(directory);
      directories.push_back(*std::move(directory));
    }
    return archive::MergedView(std::move(directories));
  }

  /// `path mode uid:gid content`, of directories without content, of symlinks `-> target`.
  static Lines lines_of(const archive::MergedView& view, const std::string& below = "") {
    Lines lines;
    auto top = view.lookup(below);
    REQUIRE_OK(top);
    if (!*top) return lines;
    REQUIRE_OK(view.walk(below, [&](const archive::ViewEntry& found) -> Status {
      const archive::Entry& entry = found.entry;
      if (entry.path.empty()) return {};
      std::string end = entry.type == archive::EntryType::directory ? "/" : "";
      std::string line = fmt::format("{}{} {:o} {}:{}", entry.path, end, entry.mode, entry.uid, entry.gid);
      if (entry.type == archive::EntryType::symlink) line = entry.path + " -> " + entry.link;
      if (entry.type == archive::EntryType::file) line += " " + view.read(entry.path).value().value();
      lines.push_back(std::move(line));
      return {};
    }));
    return lines;
  }

  /// What the image holds, all of it or below a path.
  Lines tree(graph::StackId root, const std::string& below = "") {
    return lines_of(view(config(root).diff_ids), below);
  }
  /// What the uppermost layer holds.
  Lines layer(graph::StackId root) {
    std::vector<Digest> layers = config(root).diff_ids;
    REQUIRE_FALSE(layers.empty());
    return lines_of(view({layers.back()}));
  }
  size_t layers(graph::StackId root) { return config(root).diff_ids.size(); }

  store::Store& store() { return *store_; }
  const Temp& temp() const { return temp_; }

  graph::Graph graph{image::Platform::host()};
  build::BuildOptions options;

 private:
  struct Silence final : build::EventSink {
    void on(const build::Event&) override {}
  };

  Temp temp_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<registry::Transport> transport_ = registry::offline_transport();
  std::unique_ptr<registry::Credentials> credentials_ = registry::no_credentials();
  registry::Client client_{*transport_, *credentials_};
  std::unique_ptr<fs::FingerprintCache> fingerprints_ = fs::FingerprintCache::memory();
  Silence silence_;
};

}  // namespace tierbuild::test
