#include "build/step_work.hpp"

#include "base/strings.hpp"
#include "build/block_reuse.hpp"
#include "fs/file.hpp"
#include "store/layer_records.hpp"

namespace tierbuild::build {

archive::LayerOptions WorkContext::layer_options() const {
  return {.compression = options.compression, .clamp_mtime = options.epoch, .workers = workers};
}

Result<std::vector<std::filesystem::path>> WorkContext::directories(graph::StackId stack,
                                                                    std::stop_token stop) const {
  std::vector<std::filesystem::path> directories;
  for (const Digest& diff_id : outputs.diff_ids(stack)) {
    TB_LET(std::filesystem::path directory, world.store.snapshots().acquire(diff_id, stop),
           "while unpacking layer {}", diff_id.short_hex());
    directories.push_back(std::move(directory));
  }
  return directories;
}

Result<archive::MergedView> WorkContext::view(graph::StackId stack, std::stop_token stop) const {
  TB_LET(std::vector<std::filesystem::path> layers, directories(stack, stop));
  return archive::MergedView(std::move(layers));
}

const char* layer_type(archive::Compression compression) {
  switch (compression) {
    case archive::Compression::none:
      return image::kOciLayer;
    case archive::Compression::gzip:
      return image::kOciLayerGzip;
    case archive::Compression::zstd:
      return image::kOciLayerZstd;
  }
  return image::kOciLayerGzip;
}

image::Descriptor descriptor_of(const archive::LayerBlob& blob) {
  return {layer_type(blob.compression), blob.digest, blob.size};
}

Result<Output> commit_layer(const WorkContext& context,
                            const std::function<Result<std::optional<archive::LayerBlob>>(int fd)>& write,
                            const std::filesystem::path& adopt) {
  store::Store& store = context.world.store;
  TB_LET(std::unique_ptr<store::BlobWriter> writer, store.blobs().begin());
  TB_LET(std::optional<archive::LayerBlob> blob, write(writer->fd()));
  Output output;
  if (!blob) return output;
  TB_TRY(writer->commit(blob->digest, blob->size, store::BlobWriter::Verify::no));
  TB_TRY(store::record_layer(store, {blob->diff_id, descriptor_of(*blob), blob->tar_size}));
  if (!adopt.empty()) TB_TRY(store.snapshots().adopt(blob->diff_id, adopt));
  output.layers = {blob->diff_id};
  output.size = blob->size;
  return output;
}

Result<Output> commit_plan(const WorkContext& context, const LayerPlan& plan, const std::string& label,
                           std::stop_token stop) {
  return commit_layer(context, [&](int fd) -> Result<std::optional<archive::LayerBlob>> {
    if (plan.empty()) return std::optional<archive::LayerBlob>();
    archive::LayerOptions options = context.layer_options();
    std::optional<archive::EarlierLayer> earlier = earlier_layer(context.world.store, label);
    if (earlier) options.earlier = &*earlier;
    options.stop = stop;
    TB_LET(archive::LayerBlob blob, plan.write(fd, options));
    TB_TRY(remember_blocks(context.world.store, label, blob));
    return std::optional(std::move(blob));
  });
}

std::unique_ptr<StepWork> make_work(const WorkContext& context, graph::NodeId node) {
  struct Make {
    const WorkContext& context;
    const graph::Node& node;
    std::unique_ptr<StepWork> operator()(const graph::Base& op) const {
      return base_work(context, op, node.platform);
    }
    std::unique_ptr<StepWork> operator()(const graph::Run& op) const { return run_work(context, op); }
    std::unique_ptr<StepWork> operator()(const graph::Copy& op) const {
      return copy_work(context, op, node.label);
    }
    std::unique_ptr<StepWork> operator()(const graph::AddUser& op) const { return user_work(context, op); }
    std::unique_ptr<StepWork> operator()(const graph::Subtree& op) const { return subtree_work(context, op); }
    std::unique_ptr<StepWork> operator()(const graph::Difference& op) const {
      return difference_work(context, op);
    }
    std::unique_ptr<StepWork> operator()(const graph::Fetch& op) const { return fetch_work(context, op); }
    std::unique_ptr<StepWork> operator()(const graph::Place& op) const {
      return place_work(context, op, node.label);
    }
    std::unique_ptr<StepWork> operator()(const graph::MakeDirectory& op) const {
      return directory_work(context, op, node.label);
    }
  };
  return std::visit(Make{context, context.graph[node]}, context.graph[node].op);
}

namespace {

std::string first_line(std::string text) {
  // A shell script is shown by its first line that does something.
  for (std::string_view line : split(text, '\n')) {
    line = trim(line);
    if (line.empty() || line.starts_with('#') || line.starts_with("set -")) continue;
    if (line.starts_with(": ")) line.remove_prefix(2);  // a script that names itself
    return std::string(line);
  }
  return text;
}

struct Title {
  std::string operator()(const graph::Base& base) const {
    switch (base.kind) {
      case graph::Base::Kind::scratch:
        return "empty image";
      case graph::Base::Kind::registry:
        return "pull " + base.reference;
      case graph::Base::Kind::layout:
        return "read " + base.reference;
      case graph::Base::Kind::debian:
        return fmt::format("bootstrap debian {}", base.suite);
    }
    return {};
  }
  std::string operator()(const graph::Run& run) const {
    if (run.argv.size() >= 3 && run.argv[run.argv.size() - 2].ends_with('c'))
      return first_line(run.argv.back());
    std::string line;
    for (const std::string& word : run.argv) line += (line.empty() ? "" : " ") + shell_quote(word);
    return line;
  }
  std::string operator()(const graph::Copy& copy) const {
    std::string line = "copy";
    for (const graph::CopyItem& item : copy.items) {
      if (const auto* files = std::get_if<graph::FileSource>(&item.source))
        line += " " + (files->include.size() == 1 ? files->include[0] : files->strip + "…");
      line += " to " + item.to;
    }
    return line;
  }
  std::string operator()(const graph::Place& place) const {
    std::string line = "copy";
    for (const graph::PlaceItem& item : place.items) {
      if (const auto* files = std::get_if<graph::FileSource>(&item.source))
        line += " " + (!files->include.empty() && !files->include[0].empty() ? files->include[0]
                       : files->revision.from.empty()                        ? "."
                                                                             : files->revision.from);
      else if (const auto* image = std::get_if<graph::StackSource>(&item.source))
        line += " " + image->path;
      else
        line += " " + item.name;
    }
    return line + " to " + place.to;
  }
  std::string operator()(const graph::MakeDirectory& directory) const {
    return "make directory " + directory.path;
  }
  std::string operator()(const graph::AddUser& user) const { return "add user " + user.name; }
  std::string operator()(const graph::Subtree& tree) const { return "take " + tree.path; }
  std::string operator()(const graph::Difference&) const { return "take the difference"; }
  std::string operator()(const graph::Fetch& fetch) const { return "fetch " + fetch.url; }
};

}  // namespace

std::string title_of(const graph::Operation& op) {
  std::string title = printable(first_line(std::visit(Title{}, op)));
  constexpr size_t kLimit = 160;
  if (title.size() > kLimit) title = title.substr(0, kLimit) + "…";
  return title;
}

std::vector<std::string> history_of(const WorkContext& context, graph::StackId stack) {
  std::vector<std::string> lines;
  for (graph::NodeId node : context.graph.layers_of(stack)) {
    lines.push_back(title_of(context.graph[node].op));
    if (context.outputs.known(node) && context.outputs[node].layers.empty()) lines.back() += " (no change)";
  }
  lines.erase(lines.begin());  // the base has a history of its own
  return lines;
}

}  // namespace tierbuild::build
