#include "bindings/evaluate.hpp"

#include "bindings/evaluate_with.hpp"
#include "bindings/session.hpp"

namespace tierbuild::bindings {
namespace {

namespace stdfs = std::filesystem;

class SessionEvaluation final : public Evaluation {
 public:
  explicit SessionEvaluation(std::unique_ptr<Session> session) : session_(std::move(session)) {}
  const project::Project& project() const override { return session_->project(); }
  Status call_task(const std::string& task, TaskContext& context) override {
    return session_->call_task(task, context);
  }
  const std::vector<Explanation>& explanations() const override { return session_->explanations(); }
  Looks looks() const override { return session_->view().looks(); }
  std::vector<Schema> rules() const override { return session_->rules(); }
  Result<std::vector<LintReport>> check(const std::string& rule, const LintNode& node) override {
    return session_->check(rule, node);
  }

 private:
  std::unique_ptr<Session> session_;
};

}  // namespace

std::variant<std::unique_ptr<Evaluation>, EvaluateFailure> evaluate_with(EvaluateOptions options,
                                                                         std::vector<Primitive> extra) {
  std::error_code failure;
  if (!options.at && !stdfs::exists(options.file, failure)) {
    Error error = fault(Fault::unreadable, "there is no file '{}'", options.file.string());
    return EvaluateFailure{{std::move(error)}, {}};
  }
  options = with_full_name(std::move(options));
  auto session = std::make_unique<Session>(std::move(options), std::move(extra));
  if (!session->run()) return EvaluateFailure{session->take_errors(), session->view().root()};
  return std::make_unique<SessionEvaluation>(std::move(session));
}

EvaluateOptions with_full_name(EvaluateOptions options) {
  std::error_code failure;
  stdfs::path file = stdfs::absolute(options.file, failure);
  stdfs::path directory = stdfs::canonical(file.parent_path(), failure);
  if (!failure) options.file = directory / file.filename();
  return options;
}

std::variant<std::unique_ptr<Evaluation>, EvaluateFailure> evaluate(const EvaluateOptions& options) {
  return evaluate_with(options, {});
}

std::vector<Schema> schemas() {
  EvaluateOptions options;
  options.file = "/Buildfile.lua";
  Session session(std::move(options), {});
  return session.open() ? session.schemas() : std::vector<Schema>{};
}

Result<stdfs::path> find_buildfile(const stdfs::path& directory, const std::string& file) {
  std::error_code failure;
  stdfs::path start = stdfs::absolute(directory, failure).lexically_normal();
  if (!file.empty()) {
    stdfs::path named = start / file;
    if (stdfs::is_directory(named, failure)) named /= "Buildfile.lua";
    if (stdfs::exists(named, failure)) return named.lexically_normal();
    return fault(Fault::unreadable, "there is no file '{}'", file);
  }
  for (stdfs::path at = start;; at = at.parent_path()) {
    stdfs::path candidate = at / "Buildfile.lua";
    if (stdfs::exists(candidate, failure)) return candidate;
    if (at == at.parent_path()) break;
  }
  return fault(Fault::unreadable, "there is no Buildfile.lua in '{}' or above it", start.string())
      .hint("`tierbuild init` writes a first one");
}

}  // namespace tierbuild::bindings
