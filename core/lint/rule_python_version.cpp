// python_version: the interpreter against what is declared and wanted.
#include "image/reference.hpp"
#include "lint/rules.hpp"

namespace tierbuild::lint {
namespace {

constexpr const char* kUsualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// "3.11" for "3.11.9": versions agree on the parts that both name.
bool agree(std::string_view one, std::string_view other) {
  size_t length = std::min(one.size(), other.size());
  if (one.substr(0, length) != other.substr(0, length)) return false;
  std::string_view longer = one.size() > other.size() ? one : other;
  return longer.size() == length || longer[length] == '.';
}

// "3.11" of `python:3.11-slim`.
std::string version_of_tag(const std::string& base) {
  auto reference = image::Reference::parse(base);
  if (!reference) return "";
  if (reference->repository.substr(reference->repository.rfind('/') + 1) != "python") return "";
  return reference->tag.substr(0, reference->tag.find_first_not_of("0123456789."));
}

}  // namespace

void check_python_version(const Subject& subject, const std::string& want, Report& report) {
  const project::TargetDecl& decl = subject.decl();
  if (!want.empty() && !decl.python.empty() && !agree(decl.python, want))
    report.find(
        decl.where,
        fmt::format("{} has python = '{}', but this workspace wants {}", subject.name(), decl.python, want),
        "declare the wanted version, or allow this one with a reason");
  const std::string& expected = decl.python.empty() ? want : decl.python;
  if (expected.empty()) return;

  // What a tier brings is told at the tier, for all that stand on it.
  const project::TargetDecl* origin = &decl;
  for (const project::TargetDecl* tier : subject.below())
    if ((tier->python.empty() ? want : tier->python) == expected) origin = tier;
  auto differs = [&](const project::TargetDecl& where, const std::string& found, const std::string& whose) {
    if (found.empty() || agree(found, expected)) return false;
    report.find(where.where,
                fmt::format("{} is to have Python {}, but {} {}", describe(where), expected, whose, found),
                "choose a base with that version, or change `python`");
    return true;
  };
  image::Config config = subject.config();
  std::string path = config.env_value("PATH").value_or(kUsualPath);
  if (FactsPtr facts = subject.facts()) {
    auto found = interpreter_version(*facts, path);
    if (!found && !decl.requirements.empty())
      report.find(decl.where,
                  fmt::format("{} installs Python packages, but no python3 is on its PATH", subject.name()),
                  "choose a base with Python, or install it");
    if (!found) return;
    FactsPtr below = subject.base_facts();
    bool inherited = below && interpreter_version(*below, path) == found;
    differs(inherited ? *origin : decl, *found, "the interpreter in its image is");
    return;
  }
  report.note("not built as declared, so the interpreter in the image was not looked at");
  if (differs(*origin, config.env_value("PYTHON_VERSION").value_or(""), "its base image says")) return;
  differs(*origin, version_of_tag(subject.external_base()),
          fmt::format("its base {} is", subject.external_base()));
}

}  // namespace tierbuild::lint
