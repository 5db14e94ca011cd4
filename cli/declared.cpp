#include "cli/declared.hpp"

#include "base/strings.hpp"
#include "bindings/value.hpp"
#include "bindings/written.hpp"
#include "cli/explain_target.hpp"
#include "fs/file.hpp"

namespace tierbuild::cli {
namespace {

using bindings::Setting;
using graph::Change;
using Subject = Change::Subject;

Declared declared(const Setting& setting) {
  return {setting.where, setting.through, setting.used};
}

// The field of a target that a step was made by: "tier:base/apt-2" is of `apt`.
std::string field_of_step(const std::string& label) {
  std::string name = label.substr(label.find('/') + 1);
  return name.substr(0, name.find('-'));
}

// The field of a target that a field of its image's key comes from.
std::string field_of_image(const std::string& name) {
  static const std::map<std::string, std::string> kFields{{"path_prepend", "env.PATH"},
                                                          {"healthcheck times", "healthcheck"},
                                                          {"healthcheck prober", "healthcheck"},
                                                          {"the config of its base", "from"}};
  auto found = kFields.find(name);
  return found == kFields.end() ? name : found->second;
}

}  // namespace

std::string Declared::str() const {
  std::string text = where.str();
  if (!through.empty()) text += ", " + through;
  if (used.known()) text += " used at " + used.str();
  return text;
}

const DeclaredPlaces::Settings& DeclaredPlaces::settings(const std::string& target) {
  auto [at, is_new] = settings_.try_emplace(target);
  if (!is_new) return at->second;
  if (const project::TargetDecl* found = project_.find_target(target))
    at->second = explain_target(project_, all_, *found);
  return at->second;
}

const std::string& DeclaredPlaces::text_of(const std::string& file) {
  auto [at, is_new] = texts_.try_emplace(file);
  if (is_new)
    if (auto text = fs::read_file(std::filesystem::path(project_.workspace.root) / file)) at->second = *text;
  return at->second;
}

// The first line from `from` on that holds this text as it stands; else nothing.
Location DeclaredPlaces::line_with(const std::string& text, const Location& from) {
  if (trim(text).size() < 3 || text.find('\n') != std::string::npos) return {};
  int number = 0;
  for (std::string_view line : split(text_of(from.file), '\n')) {
    if (++number < from.line) continue;
    size_t column = line.find(trim(text));
    if (column != std::string_view::npos) return {from.file, number, static_cast<int>(column) + 1};
  }
  return {};
}

Location DeclaredPlaces::locked(const std::string& text) {
  std::string_view digest = text;
  digest.remove_prefix(std::min(digest.size(), digest.rfind(':') + 1));
  constexpr size_t kHexDigits = 64;
  if (digest.size() != kHexDigits) return {};
  return line_with(std::string(digest), {project::kLockFile, 1, 0});
}

Declared DeclaredPlaces::of(const graph::OwnStep& step, const Change& change) {
  if (Location line = locked(change.now); line.known()) return {{line.file, line.line, 0}, {}, {}};
  const Settings& all = settings(step.label.substr(0, step.label.find('/')));
  auto find = [&](const auto& fits) -> const Setting* {
    auto found = std::find_if(all.begin(), all.end(), fits);
    return found == all.end() ? nullptr : &*found;
  };
  const Setting* setting = nullptr;
  if (change.subject == Subject::package) {
    std::string value = bindings::written(bindings::Value(change.name + change.now));
    setting = find([&](const Setting& one) {
      return (one.field == "apt" || one.field == "apk") && one.value == value &&
             one.through.find("tier '") != 0;
    });
  } else if (change.subject == Subject::field && change.name.starts_with("env.")) {
    setting = find([&](const Setting& one) { return one.field == "build_env." + change.name.substr(4); });
  }
  if (setting != nullptr) return declared(*setting);
  Declared out{step.where, {}, {}};
  setting = find([&](const Setting& one) { return one.where == step.where; });
  if (setting == nullptr)  // made by a field as a whole, whose items have places of their own
    setting = find([&](const Setting& one) {
      return one.field == field_of_step(step.label) && one.where.file == step.where.file &&
             one.where.line >= step.where.line;
    });
  if (setting != nullptr) out = {step.where, setting->through, setting->used};
  bool is_line =
      change.subject == Subject::script || change.subject == Subject::word || change.subject == Subject::text;
  if (is_line)
    if (Location line = line_with(change.now, step.where); line.known()) out.where = line;
  return out;
}

Declared DeclaredPlaces::of(const graph::Target& target, const Change& change) {
  if (change.name == "compression")
    for (const project::RegistryDecl& declared : project_.registries)
      if (!declared.compression.empty() || !declared.format.empty()) return {declared.where, {}, {}};
  std::string field = field_of_image(change.name);
  const Setting* found = nullptr;
  for (const Setting& setting : settings(target.id())) {
    if (setting.field != field) continue;
    bool exact = setting.value == bindings::written(bindings::Value(change.now));
    if (found == nullptr || exact) found = &setting;
    if (exact) break;
  }
  return found != nullptr ? declared(*found) : Declared{target.where, {}, {}};
}

}  // namespace tierbuild::cli
