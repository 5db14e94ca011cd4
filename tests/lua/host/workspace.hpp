// A workspace of one test: files in a temporary directory, evaluated.
#pragma once

#include <string>

#include "bindings/evaluate.hpp"
#include "support/catch.hpp"
#include "support/temp.hpp"

namespace tierbuild::test {

class Workspace {
 public:
  bindings::EvaluateOptions options;

  explicit Workspace(std::string_view buildfile = {}) {
    options.platform = {"linux", "amd64", ""};
    if (!buildfile.empty()) file("Buildfile.lua", buildfile);
  }

  Workspace& file(const std::string& name, std::string_view text) {
    temp_.write(name, text);
    return *this;
  }
  std::filesystem::path path() const { return std::filesystem::canonical(temp_.path()); }

  /// Evaluates; the test fails with the errors if there are any.
  const project::Project& project() {
    run();
    if (!evaluation) FAIL("evaluation failed:\n" << rendered());
    return evaluation->project();
  }
  /// Evaluates; the test fails if there are no errors.
  const std::vector<Error>& errors() {
    run();
    if (evaluation) FAIL("expected errors");
    return failure.errors;
  }
  /// The number of the only error.
  std::string only_error() {
    errors();
    INFO(rendered());
    REQUIRE(failure.errors.size() == 1);
    return failure.errors[0].id();
  }
  void run() {
    if (options.file.empty()) options.file = temp_ / "Buildfile.lua";
    auto result = bindings::evaluate(options);
    if (auto* made = std::get_if<0>(&result))
      evaluation = std::move(*made);
    else
      failure = std::get<1>(std::move(result));
  }

  /// The errors as people read them, without the source lines.
  std::string rendered() const {
    std::string text;
    for (const Error& error : failure.errors) {
      text += fmt::format("error[{}]: {}\n", error.id(), error.message());
      text += fmt::format("  --> {}\n", error.where().str());
      for (const std::string& frame : error.context()) text += fmt::format("  note: {}\n", frame);
      if (!error.hint().empty()) text += fmt::format("  help: {}\n", error.hint());
    }
    return text;
  }

  std::unique_ptr<bindings::Evaluation> evaluation;
  bindings::EvaluateFailure failure;

 private:
  Temp temp_;
};

/// The field of the only target, or the one with this name.
inline const project::TargetDecl& target(const project::Project& project, const std::string& name) {
  const project::TargetDecl* found = nullptr;
  for (const auto& decl : project.targets)
    if (decl.name == name) found = &decl;
  REQUIRE(found != nullptr);
  return *found;
}

template <class T>
const T& op(const project::StepPtr& step) {
  REQUIRE(step != nullptr);
  const T* held = std::get_if<T>(&step->op);
  REQUIRE(held != nullptr);
  return *held;
}

}  // namespace tierbuild::test
