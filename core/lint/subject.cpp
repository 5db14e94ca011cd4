#include "lint/subject.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "graph/stamp.hpp"

namespace tierbuild::lint {
namespace {

using project::ImagePtr;
using StepList = std::vector<const project::Step*>;

constexpr const char* kUsualPython = "3.12";  // for markers, where nothing says which Python it is

// The name at the bottom of an image, if it has one.
const std::string* name_at_bottom(const project::Image& image) {
  if (const auto* below = std::get_if<ImagePtr>(&image.base)) return name_at_bottom(**below);
  const auto* named = std::get_if<project::NamedBase>(&image.base);
  return named == nullptr ? nullptr : &named->name;
}

void add_steps_of(const project::Image& image, StepList& steps) {
  if (const auto* below = std::get_if<ImagePtr>(&image.base)) add_steps_of(**below, steps);
  for (const auto& op : image.ops)
    if (const auto* step = std::get_if<project::StepPtr>(&op)) steps.push_back(step->get());
}

void add_images_of(const project::SourceValue& source, std::vector<ImagePtr>& images) {
  if (const auto* from = std::get_if<project::ImagePath>(&source)) images.push_back(from->image);
}

std::vector<ImagePtr> images_of(const project::Step& step) {
  std::vector<ImagePtr> images;
  if (const auto* run = std::get_if<project::RunStep>(&step.op)) {
    images.push_back(run->on);
    for (const project::MountValue& mount : run->mounts)
      if (mount.from) add_images_of(*mount.from, images);
  } else if (const auto* copy = std::get_if<project::CopyStep>(&step.op)) {
    for (const project::CopyItem& item : copy->items) add_images_of(item.source, images);
  } else if (const auto* place = std::get_if<project::PlaceStep>(&step.op)) {
    for (const project::PlaceItem& item : place->items) add_images_of(item.source, images);
  } else if (const auto* tree = std::get_if<project::TreeStep>(&step.op)) {
    images.push_back(tree->of);
  } else if (const auto* diff = std::get_if<project::DiffStep>(&step.op)) {
    images.push_back(diff->of);
  }
  std::erase(images, nullptr);
  return images;
}

}  // namespace

std::string describe(const project::TargetDecl& target) {
  return fmt::format("{} '{}'", graph::name_of(target.kind), target.name);
}

Subject::Subject(World& world, graph::TargetId id)
    : world_(world), id_(id), decl_(world.project.targets[id.index()]) {
  const project::TargetDecl* at = &decl_;
  while (at != nullptr && at->from) {
    const std::string* name = name_at_bottom(*at->from);
    at = name == nullptr ? nullptr : world.project.find_target(*name);
    if (at != nullptr) below_.push_back(at);
  }
  std::string python = decl_.python;
  for (const project::TargetDecl* tier : below_)
    if (python.empty()) python = tier->python;
  markers_ =
      python::linux_environment(python.empty() ? kUsualPython : python, world.graph.platform().architecture);
}

graph::StackId Subject::base() const {
  graph::StackId stack = target().root;
  size_t own = decl_.user.size() + decl_.packages.size() + decl_.layers.size() + decl_.pip.size() +
               decl_.steps.size() + decl_.copy.size();
  for (; own > 0 && stack.valid(); --own) stack = world_.graph[stack].below;
  return stack;
}

image::Config Subject::config() const {
  const image::Config* base = world_.images.base_config(target().root);
  image::Config config = base == nullptr ? image::Config{} : *base;
  target().config.apply(config);
  return config;
}

std::vector<StepList> Subject::step_lists() const {
  std::vector<StepList> lists(1);
  if (decl_.from) add_steps_of(*decl_.from, lists[0]);
  for (const auto* steps :
       {&decl_.user, &decl_.packages, &decl_.layers, &decl_.pip, &decl_.steps, &decl_.copy})
    for (const project::StepPtr& step : *steps) lists[0].push_back(step.get());
  std::set<const project::Image*> seen;
  for (size_t i = 0; i < lists.size(); ++i) {
    StepList steps = lists[i];
    for (const project::Step* step : steps)
      for (const ImagePtr& image : images_of(*step)) {
        if (!seen.insert(image.get()).second) continue;
        StepList inner;
        add_steps_of(*image, inner);
        if (!inner.empty()) lists.push_back(std::move(inner));
      }
  }
  return lists;
}

bool Subject::holds_with_extra(const std::string& marker, const std::string& extra) const {
  if (marker.empty()) return true;
  python::MarkerEnvironment markers = markers_;
  markers["extra"] = extra;
  auto held = python::evaluate_marker(marker, markers);
  return !held || *held;
}

bool Subject::applies(const python::Requirement& requirement) const {
  return !requirement.name.empty() && holds(requirement.marker);
}

std::string Subject::name() const {
  return describe(decl_);
}

std::string Subject::external_base() const {
  const project::TargetDecl& last = below_.empty() ? decl_ : *below_.back();
  const std::string* name = last.from ? name_at_bottom(*last.from) : nullptr;
  return name == nullptr ? "" : *name;
}

void Report::begin(std::string rule, Level level, std::string target) {
  rule_ = std::move(rule);
  level_ = level;
  target_ = std::move(target);
}

void Report::find(Location where, std::string message, std::string help, std::optional<Mend> mend) {
  where = world_.sources.settled(std::move(where));
  std::string key = rule_ + '\0' + where.str() + '\0' + message;
  auto [slot, is_new] = index_.try_emplace(key, found_.size());
  if (is_new)
    found_.push_back(
        {{rule_, level_, std::move(message), std::move(where), std::move(help), {}, {}, {}}, mend});
  Found& found = found_[slot->second];
  found.finding.targets.insert(target_);
  if (mend.has_value() != found.mend.has_value() || (mend && !(mend->edit == found.mend->edit)))
    found.agreed = false;
}

void Report::note(std::string message, Location where) {
  for (Note& known : notes_)
    if (known.rule == rule_ && known.message == message && known.where == where) {
      known.targets.insert(target_);
      return;
    }
  notes_.push_back({rule_, std::move(message), {target_}, std::move(where)});
}

Outcome Report::take() {
  Outcome outcome;
  for (Found& found : found_) {
    bool certain = found.mend && found.agreed &&
                   std::includes(found.finding.targets.begin(), found.finding.targets.end(),
                                 found.mend->all_of.begin(), found.mend->all_of.end());
    if (certain) found.finding.fix = std::move(found.mend->edit);
    outcome.findings.push_back(std::move(found.finding));
  }
  outcome.notes = std::move(notes_);
  return outcome;
}

}  // namespace tierbuild::lint
