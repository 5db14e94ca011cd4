#include "project/lower_steps.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "base/strings.hpp"

namespace tierbuild::project {
namespace {

using graph::NodeId;
using graph::StackId;

/// Lowers one step; a member per kind of step.
class StepLowering {
 public:
  StepLowering(ImageLowering& lowering, const Step& step, const StepContext& context, LoweredImage& image)
      : lowering_(lowering), step_(step), context_(context), image_(image) {}

  void run() {
    std::optional<graph::Operation> op =
        std::visit([this](const auto& value) { return lower(value); }, step_.op);
    if (!op) return;
    std::string name = label();
    NodeId node = lowering_.graph().add(*std::move(op), name, step_.where);
    if (context_.own != nullptr) context_.own->push_back({node, std::move(name), step_.where});
    image_.stack = lowering_.graph().stack(image_.stack, node);
    auto& path = image_.config.path_prepend;
    if (!step_.bin.empty() && std::find(path.begin(), path.end(), step_.bin) == path.end())
      path.push_back(step_.bin);
    if (!step_.hook.empty()) image_.config.add_hook(step_.hook);
  }

 private:
  using Lowered = std::optional<graph::Operation>;

  // "tier:base/run", then "tier:base/run-2": a label names one step of a target from build to build.
  std::string label() const {
    std::string first = context_.scope + "/" + step_.label;
    std::string label = first;
    int number = 1;
    auto avoid = [&](const std::string& taken) {
      if (taken == label) label = fmt::format("{}-{}", first, ++number);
    };
    for (NodeId node : lowering_.graph().layers_of(image_.stack)) avoid(lowering_.graph()[node].label);
    if (context_.own != nullptr)  // some may be nodes that another target named
      for (const graph::OwnStep& step : *context_.own) avoid(step.label);
    return label;
  }

  std::string workdir() const { return image_.config.workdir.value_or("/"); }

  std::string absolute(const std::string& path) const {
    if (path.starts_with('/')) return path;
    std::string base = workdir();
    return base + (base.ends_with('/') ? "" : "/") + (path == "." ? "" : path);
  }

  std::string relative_to_root(const std::string& path) const {
    std::string relative =
        std::filesystem::path(path).lexically_relative(lowering_.project().workspace.root).string();
    return relative == "." ? "" : relative;
  }

  // Patterns relative to `directory` of the workspace, as patterns relative to its root.
  static std::vector<std::string> below(const std::string& directory,
                                        const std::vector<std::string>& patterns) {
    if (directory.empty()) return patterns;
    std::vector<std::string> out;
    for (std::string_view pattern : patterns) {
      bool negated = pattern.starts_with('!');
      if (negated) pattern.remove_prefix(1);
      // At the start of a pattern, in front of plain text, two stars are a part of a name too.
      bool any_end = pattern.starts_with("**") && pattern.size() > 2 && pattern[2] != '/' &&
                     pattern.find_first_of("*?[]\\", 2) == std::string_view::npos;
      out.push_back(fmt::format("{}{}/{}{}", negated ? "!" : "", directory, any_end ? "**/" : "",
                                any_end ? pattern.substr(1) : pattern));
    }
    return out;
  }

  graph::Source source(const SourceValue& value) {
    if (const auto* text = std::get_if<TextValue>(&value)) return graph::TextSource{text->text, text->lines};
    if (const auto* from = std::get_if<ImagePath>(&value))
      return graph::StackSource{lowering_.lower_image(from->image).stack, from->path};
    if (const auto* fetch = std::get_if<FetchValue>(&value)) {
      graph::Fetch op{fetch->url, fetch->sha256, fetch->unpack, fetch->strip};
      return graph::FetchSource{lowering_.graph().add(std::move(op), "fetch/" + fetch->url, step_.where)};
    }
    graph::FileSource files;
    files.where = step_.where;
    if (const auto* named = std::get_if<ContextPath>(&value)) {
      files.root = named->context.path;
      files.include = {named->path};
      files.is_context = true;
      files.ignore = named->context.ignore;
      return files;
    }
    files.root = lowering_.project().workspace.root;
    if (const auto* path = std::get_if<PathValue>(&value)) {
      files.strip = relative_to_root(path->path);
      files.include = {files.strip.empty() ? "**" : files.strip};
      files.exclude = below(files.strip, path->exclude);
    } else {
      const FilesValue& set = std::get<FilesValue>(value);
      files.strip = relative_to_root(set.root);
      files.include = below(files.strip, set.include);
      files.exclude = below(files.strip, set.exclude);
    }
    return files;
  }

  Lowered lower(const RunStep& run) {
    graph::Run op;
    op.on = run.on ? lowering_.lower_image(run.on).stack : image_.stack;
    if (!op.on.valid()) return std::nullopt;
    op.argv = run.argv;
    if (!run.on) op.env = context_.env;
    for (const auto& [name, value] : run.env) op.env[name] = value;
    op.cwd = run.cwd.empty() ? (run.on ? "/" : workdir()) : absolute(run.cwd);
    op.user = run.user;
    op.network = run.network;
    op.limits = run.limits;
    op.out = run.out;
    for (const MountValue& value : run.mounts) {
      graph::Mount mount = value.mount;
      if (value.from) mount.from = source(*value.from);
      if (auto* files = std::get_if<graph::FileSource>(&mount.from); files != nullptr && files->is_context)
        files->strip = files->include.front();
      if (!mount.target.empty()) mount.target = absolute(mount.target);  // else a variable has the secret
      op.mounts.push_back(std::move(mount));
    }
    return op;
  }

  Lowered lower(const CopyStep& copy) {
    graph::Copy op;
    for (const CopyItem& item : copy.items) {
      graph::CopyItem lowered{source(item.source), absolute(item.to), {}, item.mode};
      if (!owner(item.owner, lowered.owner)) return std::nullopt;
      if (!lowered.owner.user.empty() || !lowered.owner.group.empty()) op.names_on = image_.stack;
      op.items.push_back(std::move(lowered));
    }
    return op;
  }

  Lowered lower(const PlaceStep& place) {
    graph::Place op;
    op.on = image_.stack;
    for (const PlaceItem& item : place.items)
      op.items.push_back({source(item.source), item.name, item.unpack});
    op.to = absolute(place.to);
    op.owner = place.owner;
    op.mode = place.mode;
    op.exclude = place.exclude;
    op.parents = place.parents;
    op.link = place.link;
    return op;
  }

  Lowered lower(const DirectoryStep& directory) {
    return graph::MakeDirectory{image_.stack, absolute(directory.path), directory.owner};
  }

  Lowered lower(const UserStep& user) {
    return graph::AddUser{image_.stack, user.name, user.uid, user.gid, user.group, user.home, user.shell};
  }

  Lowered lower(const TreeStep& tree) {
    StackId of = lowering_.lower_image(tree.of).stack;
    if (!of.valid()) return std::nullopt;
    return graph::Subtree{of, tree.path, tree.to.empty() ? tree.path : absolute(tree.to)};
  }

  Lowered lower(const DiffStep& diff) {
    StackId of = lowering_.lower_image(diff.of).stack, base = lowering_.lower_image(diff.base).stack;
    if (!of.valid() || !base.valid()) return std::nullopt;
    return graph::Difference{of, base};
  }

  // "app", "app:staff", "1000", "1000:1000". A name that a `user = {…}` of this stack declares with its
  // number needs no look into the image; any other name is looked up there when the files are copied.
  bool owner(const std::string& text, graph::Owner& owner) {
    if (text.empty()) return true;
    size_t colon = text.find(':');
    std::string user = text.substr(0, colon);
    std::string group = colon == std::string::npos ? "" : text.substr(colon + 1);
    if (!number_or_name(user, owner.uid, owner.user)) return false;
    if (!owner.user.empty()) {
      for (NodeId node : lowering_.graph().layers_of(image_.stack)) {
        const auto* added = std::get_if<graph::AddUser>(&lowering_.graph()[node].op);
        if (added == nullptr || added->name != owner.user || !added->uid) continue;
        owner.uid = *added->uid;
        owner.gid = added->gid.value_or(*added->uid);
        owner.user.clear();
        break;
      }
    } else if (group.empty()) {
      owner.gid = owner.uid;
    }
    return group.empty() || number_or_name(group, owner.gid, owner.group);
  }

  bool number_or_name(const std::string& text, uint32_t& number, std::string& name) {
    auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    bool numeric = end == text.data() + text.size() && failure == std::errc{};
    if (numeric && number <= INT32_MAX) return true;
    if (text.empty() || text.front() == '-' || numeric || failure == std::errc::result_out_of_range) {
      lowering_.fail(
          Error::make(Code::invalid, "owner '{}' is neither a name nor a number up to {}", text, INT32_MAX)
              .id("E025")
              .at(step_.where));
      return false;
    }
    number = 0;
    name = text;
    return true;
  }

  ImageLowering& lowering_;
  const Step& step_;
  const StepContext& context_;
  LoweredImage& image_;
};

}  // namespace

void lower_step(ImageLowering& lowering, const Step& step, const StepContext& context, LoweredImage& image) {
  StepLowering(lowering, step, context, image).run();
}

}  // namespace tierbuild::project
