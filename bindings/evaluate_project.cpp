// A project that no Buildfile declares, as an evaluation.
#include "bindings/evaluate.hpp"
#include "bindings/schema.hpp"

namespace tierbuild::bindings {
namespace {

class GivenEvaluation final : public Evaluation {
 public:
  explicit GivenEvaluation(project::Project project) : project_(std::move(project)) {}
  const project::Project& project() const override { return project_; }
  Status call_task(const std::string& task, TaskContext&) override {
    return Error::make(Code::invalid, "there is no task '{}'", task);
  }
  const std::vector<Explanation>& explanations() const override {
    static const std::vector<Explanation> kNone;
    return kNone;
  }
  std::vector<Schema> rules() const override { return {}; }
  Result<std::vector<LintReport>> check(const std::string&, const LintNode&) override {
    return std::vector<LintReport>{};
  }
  Looks looks() const override { return {}; }

 private:
  project::Project project_;
};

}  // namespace

std::unique_ptr<Evaluation> evaluation_of(project::Project project) {
  return std::make_unique<GivenEvaluation>(std::move(project));
}

}  // namespace tierbuild::bindings
