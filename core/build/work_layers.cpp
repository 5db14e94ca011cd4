// img:tree and img:diff: layers cut out of other images.
#include "build/layer_plan.hpp"
#include "build/step_work.hpp"
#include "fs/file.hpp"
#include "fs/root_path.hpp"

namespace tierbuild::build {
namespace {

using archive::Entry;
using archive::EntryType;
using archive::MergedView;
using archive::ViewEntry;

Result<Output> commit_plan(const WorkContext& context, const LayerPlan& plan) {
  return commit_layer(context, [&](int fd) -> Result<std::optional<archive::LayerBlob>> {
    if (plan.empty()) return std::optional<archive::LayerBlob>();
    TB_LET(archive::LayerBlob blob, plan.write(fd, context.layer_options()));
    return std::optional(blob);
  });
}

class SubtreeWork final : public StepWork {
 public:
  SubtreeWork(const WorkContext& context, const graph::Subtree& tree) : context_(context), tree_(tree) {}

  Result<Output> finish(const ChildExit&, std::stop_token stop) override {
    TB_LET(MergedView view, context_.view(tree_.of, stop));
    TB_LET(std::optional<ViewEntry> top, view.resolve(fs::lexical_path(tree_.path)));
    if (!top)
      return Error::make(Code::invalid, "'{}' is not in the image it is taken from", tree_.path)
          .hint("check the path, or the step that should have made it");
    std::string root = top->entry.path, to = fs::lexical_path(tree_.to);
    LayerPlan plan;
    TB_TRY(view.walk(root, [&](const ViewEntry& found) -> Status {
      std::string below =
          found.entry.path.substr(std::min(found.entry.path.size(), root.empty() ? 0 : root.size() + 1));
      std::string path = to.empty() ? below : below.empty() ? to : to + "/" + below;
      if (!path.empty()) plan.add(found, path);
      return {};
    }));
    return commit_plan(context_, plan);
  }

 private:
  const WorkContext& context_;
  const graph::Subtree& tree_;
};

/// Walks both images whole and compares them: right for any two images, related or not.
class DifferenceWork final : public StepWork {
 public:
  DifferenceWork(const WorkContext& context, const graph::Difference& difference)
      : context_(context), difference_(difference) {}

  Result<Output> finish(const ChildExit&, std::stop_token stop) override {
    TB_LET(MergedView of, context_.view(difference_.of, stop));
    TB_LET(MergedView base, context_.view(difference_.base, stop));
    LayerPlan plan;
    std::set<std::string> present;
    TB_TRY(of.walk("", [&](const ViewEntry& found) -> Status {
      present.insert(found.entry.path);
      if (found.entry.path.empty()) return {};
      TB_LET(std::optional<ViewEntry> below, base.lookup(found.entry.path));
      if (below) {
        TB_LET(bool same, equal(found, *below));
        if (same) return {};
      }
      plan.add(found, found.entry.path);
      return {};
    }));
    std::string gone;  // the last path that got a whiteout: what is below it is hidden with it
    TB_TRY(base.walk("", [&](const ViewEntry& found) -> Status {
      const std::string& path = found.entry.path;
      if (present.contains(path) || (!gone.empty() && path.starts_with(gone + "/"))) return {};
      gone = path;
      size_t slash = path.rfind('/');
      Entry whiteout;
      whiteout.path = (slash == std::string::npos ? "" : path.substr(0, slash + 1)) +
                      archive::kWhiteoutPrefix + path.substr(slash == std::string::npos ? 0 : slash + 1);
      plan.add(std::move(whiteout), std::string());
      return {};
    }));
    return commit_plan(context_, plan);
  }

 private:
  static Result<bool> equal(const ViewEntry& a, const ViewEntry& b) {
    Entry left = a.entry, right = b.entry;
    left.mtime = right.mtime = 0;
    if (left != right) return false;
    if (left.type != EntryType::file || a.source == b.source) return true;
    TB_LET(std::string one, fs::read_file(a.source));
    TB_LET(std::string two, fs::read_file(b.source));
    return one == two;
  }

  const WorkContext& context_;
  const graph::Difference& difference_;
};

}  // namespace

std::unique_ptr<StepWork> subtree_work(const WorkContext& context, const graph::Subtree& tree) {
  return std::make_unique<SubtreeWork>(context, tree);
}

std::unique_ptr<StepWork> difference_work(const WorkContext& context, const graph::Difference& difference) {
  return std::make_unique<DifferenceWork>(context, difference);
}

}  // namespace tierbuild::build
