#include "bindings/python_work.hpp"

#include "base/strings.hpp"
#include "bindings/make_values.hpp"
#include "bindings/merge.hpp"

namespace tierbuild::bindings {
namespace {

Error numbered(Error error) {
  return error.id().empty() ? std::move(error).id(number_of(Fault::bad_requirement)) : std::move(error);
}

std::string plain_name(std::string_view name) {
  for (std::string_view kind : {"tier:", "service:"})
    if (name.starts_with(kind)) name.remove_prefix(kind.size());
  return std::string(name);
}

}  // namespace

PythonWork::PythonWork(Session& session)
    : session_(session), reader_([this](const std::string& path) -> Result<std::string> {
        View& view = session_.view();
        Result<std::string> resolved = view.resolve(view.root(), "//" + path);
        if (!resolved)
          return fault(Fault::outside, "'{}' is outside the workspace", path).hint(resolved.error().hint());
        const std::string& absolute = *resolved;
        Result<std::string> text = view.read(absolute);
        if (text) {
          TB_TRY(session_.runtime().charge(text->size()));
          return text;
        }
        if (text.error().id() != number_of(Fault::unreadable)) return text;
        std::string name = absolute.substr(absolute.rfind('/') + 1);
        return fault(Fault::unreadable, "{}{}", text.error().message(),
                     did_you_mean(name, view.neighbours(absolute)));
      }) {}

Result<python::RequirementsList> PythonWork::read(const std::string& path) {
  auto list = reader_.read(session_.view().relative(path));
  if (!list) return numbered(std::move(list).error());
  return list;
}

Result<python::RequirementsList> PythonWork::read_constraints(const std::string& path) {
  auto list = reader_.read_constraints(session_.view().relative(path));
  if (!list) return numbered(std::move(list).error());
  return list;
}

void PythonWork::settle() {
  settled_ = true;
  targets_.clear();
  installed_.clear();
  below_.clear();
  for (const PendingTarget& target : session_.pending()) targets_[target.name].declared = &target;
}

const PythonWork::Target* PythonWork::find(const std::string& name) {
  std::string plain = plain_name(name);
  auto found = targets_.find(plain);
  if (!settled_) {  // what is declared so far
    targets_.erase(plain);
    for (const PendingTarget& target : session_.pending())
      if (target.name == plain) targets_[plain].declared = &target;
    found = targets_.find(plain);
  }
  if (found == targets_.end()) return nullptr;
  Target& target = found->second;
  if (!target.fields.empty()) return &target;
  for (const auto* tables : {&session_.defaults(), &target.declared->bodies})
    for (const TablePtr& table : *tables)
      target.fields = merge_fields(std::move(target.fields), *table, target_fields());
  return &target;
}

bool is_python_version(std::string_view text) {
  std::vector<std::string_view> parts = split(text, '.');
  return (parts.size() == 2 || parts.size() == 3) &&
         std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
           return !part.empty() && part.size() < 4 &&
                  part.find_first_not_of("0123456789") == std::string_view::npos;
         });
}

BaseChain PythonWork::chain_of(const Value& base) {
  if (const auto* image = base.as<project::ImagePtr>()) return chain_of(*image);
  BaseChain chain;
  std::string name = selector_of(base);
  std::set<std::string> seen;
  while (!name.empty()) {
    const Target* target = find(name);
    if (target == nullptr) {
      chain.image = name;
      break;
    }
    name = plain_name(name);
    if (!seen.insert(name).second) break;  // a cycle, which is told elsewhere
    chain.targets.push_back(name);
    Value from = target->fields["from"];
    if (const auto* image = from.as<project::ImagePtr>()) {
      BaseChain below = chain_of(*image);
      for (std::string& target_below : below.targets)
        if (seen.insert(target_below).second) chain.targets.push_back(std::move(target_below));
      chain.image = below.image;
      chain.installed = std::move(below.installed);
      break;
    }
    name = selector_of(from);
  }
  return chain;
}

std::vector<python::Requirement> PythonWork::installed_by_steps_of(const Value& base) {
  std::vector<python::Requirement> installed;
  const auto* image = base.as<project::ImagePtr>();
  for (const project::Image* at = image == nullptr ? nullptr : image->get(); at != nullptr;) {
    for (const auto& op : at->ops)
      if (const auto* step = std::get_if<project::StepPtr>(&op))
        installed.insert(installed.end(), (*step)->installs.begin(), (*step)->installs.end());
    const auto* below = std::get_if<project::ImagePtr>(&at->base);
    at = below == nullptr ? nullptr : below->get();
  }
  return installed;
}

BaseChain PythonWork::chain_of(const project::ImagePtr& image) {
  const project::Image* at = image.get();
  while (const auto* below = std::get_if<project::ImagePtr>(&at->base)) at = below->get();
  const auto* named = std::get_if<project::NamedBase>(&at->base);
  BaseChain chain = named == nullptr ? BaseChain{} : chain_of(Value(named->name));
  std::vector<python::Requirement> own = installed_by_steps_of(Value(Object{image}));
  chain.installed.insert(chain.installed.end(), own.begin(), own.end());
  return chain;
}

std::string PythonWork::version_of(const std::string& own, const BaseChain& base) {
  if (!own.empty()) return own;
  for (const std::string& name : base.targets) {
    const Target* target = find(name);
    if (target != nullptr && !target->fields["python"].is_nil()) return text_of(target->fields["python"]);
  }
  const Value& setting = session_.settings()["python"];
  return setting.table() != nullptr ? text_of((*setting.table())["version"]) : text_of(setting);
}

std::string PythonWork::exe_of(const std::string& own, const BaseChain& base) {
  std::string_view image = base.image;
  image = image.substr(0, image.find('@'));
  image = image.substr(image.rfind('/') + 1);
  image = image.substr(0, image.find(':'));
  if (image == "python") return "python";
  std::string version = version_of(own, base);
  if (version.empty()) return "python";
  size_t second = version.find('.', version.find('.') + 1);  // "3.11.4" is python3.11
  return "python" + version.substr(0, second);
}

}  // namespace tierbuild::bindings
