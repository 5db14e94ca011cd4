// COPY and ADD of a Dockerfile.
#include "build/step_work.hpp"

namespace tierbuild::build {
namespace {

class PlaceWork final : public StepWork {
 public:
  Result<Output> finish(const ChildExit&, std::stop_token) override {
    return Error(Code::internal, "not built yet");
  }
};

}  // namespace

std::unique_ptr<StepWork> place_work(const WorkContext&, const graph::Place&, const std::string&) {
  return std::make_unique<PlaceWork>();
}

std::unique_ptr<StepWork> directory_work(const WorkContext&, const graph::MakeDirectory&) {
  return std::make_unique<PlaceWork>();
}

}  // namespace tierbuild::build
