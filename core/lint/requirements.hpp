// What several rules ask about requirements and packages.
#pragma once

#include <optional>
#include <string>

#include "lint/subject.hpp"

namespace tierbuild::lint {

/// `numpy 1.26.3`.
std::string describe(const python::InstalledPackage& package);
/// The package if it fulfils the requirement, extras and all; else null.
const python::InstalledPackage* fulfilling(const Subject& subject, const ImageFacts& facts,
                                           const python::Requirement& requirement);
/// ` for fastapi`: an installed package that needs this one; nothing if none does.
std::string needed_by(const Subject& subject, const ImageFacts& facts, const std::string& name);
/// `tier 'web'`, or `the base image python:3.12`: how messages call what the target stands on.
std::string name_of_base(const Subject& subject);
/// `gcc` of `gcc=4:12.2.0`, `gcc:amd64` and `gcc~=12`.
std::string package_name(std::string_view word);

struct Asked {
  const project::TargetDecl* tier = nullptr;
  const python::Requirement* requirement = nullptr;
};
/// A requirement of a tier below that asks for the same package; null if there is none.
Asked asked_below(const Subject& subject, const python::Requirement& requirement);
/// Says that the image below was not looked into, and so what was not checked.
void note_unbuilt(const Subject& subject, Report& report, std::string_view what);
/// The change that takes an entry out of a list in Lua; nothing unless it stands there as `text` in quotes,
/// with others beside it in its line.
std::optional<Mend> dropped_entry(const Subject& subject, const Location& where, std::string_view text);
/// Every target that has a requirement or a package of the distribution from this place.
std::set<std::string> users_of(const Subject& subject, const Location& where);
struct Written {
  std::string text;
  int column = 0;  // from 1
};
/// The requirement as it stands in its line, markers and comments left out; nothing if the line holds
/// something else there.
std::optional<Written> as_written(const Subject& subject, const python::Requirement& requirement);

}  // namespace tierbuild::lint
