// Lowering of single steps: from a value of the language to a node on a stack.
#pragma once

#include <map>
#include <string>

#include "graph/graph.hpp"
#include "image/reference.hpp"
#include "project/outside.hpp"
#include "project/project.hpp"

namespace tierbuild::project {

struct LoweredImage {
  graph::StackId stack;  // invalid after an error
  graph::ConfigPatch config;
};

/// What the lowering of a step needs from that of the whole project.
class ImageLowering {
 public:
  virtual ~ImageLowering() = default;
  virtual LoweredImage lower_image(const ImagePtr& image) = 0;
  virtual LoweredImage base_stack(const graph::Base& base, const Location& where,
                                  const image::Platform& platform) = 0;
  /// The image of a registry; a tag gets the digest that the lock has for it.
  virtual LoweredImage registry_base(image::Reference reference, const Location& where,
                                     const image::Platform& platform) = 0;
  /// The SHA-256 that the lock has for an address; that it is needed is noted.
  virtual std::optional<Digest> locked_fetch(const std::string& url, const Location& where) = 0;
  /// The commit that the lock has for a branch, a tag or the HEAD of a repository; empty if it has none.
  virtual std::string locked_commit(const std::string& repository, const Location& where) = 0;
  virtual graph::Graph& graph() = 0;
  virtual const image::Platform& platform() = 0;
  virtual const Project& project() = 0;
  virtual Outside& outside() = 0;
  virtual void fail(Error error) = 0;
  virtual void warn(Error warning) = 0;
};

struct StepContext {
  std::string scope;                           // "tier:base": prefix of labels
  std::map<std::string, std::string> env;      // the target's build_env
  std::vector<graph::OwnStep>* own = nullptr;  // gets the step, if the target itself declares it
};

/// Puts the step on top of `image`. Errors go to `lowering.fail`, and the step is left out.
void lower_step(ImageLowering& lowering, const Step& step, const StepContext& context, LoweredImage& image);

}  // namespace tierbuild::project
