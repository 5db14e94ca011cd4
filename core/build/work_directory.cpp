// WORKDIR of a Dockerfile: a directory, unless it is there.
#include "build/place_owner.hpp"
#include "build/placed_tree.hpp"
#include "build/step_work.hpp"

namespace tierbuild::build {
namespace {

class DirectoryWork final : public StepWork {
 public:
  DirectoryWork(const WorkContext& context, const graph::MakeDirectory& directory, const std::string& label)
      : context_(context), directory_(directory), label_(label) {}

  Result<Output> finish(const ChildExit&, std::stop_token stop) override {
    TB_LET(archive::MergedView image, context_.view(directory_.on, stop));
    TB_LET(Ids owner, ids_of(directory_.owner, &image));
    PlacedTree tree(std::move(image), context_.options.epoch);
    TB_LET(std::string path, tree.resolve(directory_.path));
    TB_TRY(tree.make_directories(path, 0755, owner), "while making {}", directory_.path);
    return commit_plan(context_, std::move(tree).plan(), label_, stop);
  }

 private:
  const WorkContext& context_;
  const graph::MakeDirectory& directory_;
  const std::string& label_;
};

}  // namespace

std::unique_ptr<StepWork> directory_work(const WorkContext& context, const graph::MakeDirectory& directory,
                                         const std::string& label) {
  return std::make_unique<DirectoryWork>(context, directory, label);
}

}  // namespace tierbuild::build
