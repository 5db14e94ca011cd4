#include "tierbuild/host.hpp"

#include <set>

#include "bindings/evaluate_with.hpp"
#include "bindings/host_convert.hpp"
#include "bindings/session.hpp"

namespace tierbuild {

struct Host::State {
  HostOptions options;
  std::vector<HostPrimitive> primitives;
  std::vector<HostTarget> targets;
  std::vector<HostTask> tasks;
  std::vector<std::string> reads;
  std::string root;

  std::vector<bindings::Primitive> made() const {
    std::vector<bindings::Primitive> all;
    for (const HostPrimitive& primitive : primitives) all.push_back(bindings::to_primitive(primitive));
    return all;
  }
};

namespace {

HostPlace to_place(const Location& where) {
  return {where.file, where.line, where.column};
}

Diagnostic to_diagnostic(const Error& error) {
  return {error.id(), error.message(), error.hint(), to_place(error.where()), error.context()};
}

bool is_plain_name(const std::string& name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9') || name.front() == '.' || name.back() == '.')
    return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return c == '_' || c == '.' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

}  // namespace

Host::Host(HostOptions options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
}
Host::~Host() = default;
Host::Host(Host&&) noexcept = default;
Host& Host::operator=(Host&&) noexcept = default;

std::string Host::define(HostPrimitive primitive) {
  if (!is_plain_name(primitive.name))
    return fmt::format("'{}' cannot be the name of a primitive", primitive.name);
  if (!primitive.call) return fmt::format("primitive '{}' has nothing to call", primitive.name);
  // The spaces of the language, such as `image`, stay its own.
  std::string space = primitive.name.substr(0, primitive.name.find('.'));
  for (const bindings::Schema& known : bindings::schemas())
    if (known.name == space || known.name.starts_with(space + "."))
      return fmt::format("'{}' is a name of the language", space);
  for (const HostPrimitive& known : state_->primitives) {
    bool nested =
        known.name.starts_with(primitive.name + ".") || primitive.name.starts_with(known.name + ".");
    if (known.name == primitive.name || nested) return fmt::format("'{}' is defined already", known.name);
  }
  std::set<std::string> fields;
  for (const HostField& field : primitive.fields)
    if (!fields.insert(field.name).second)
      return fmt::format("primitive '{}' lists the field '{}' twice", primitive.name, field.name);
  state_->primitives.push_back(std::move(primitive));
  return {};
}

std::vector<Diagnostic> Host::evaluate(const std::string& file) {
  State& state = *state_;
  state.targets.clear();
  state.tasks.clear();
  state.reads.clear();
  state.root.clear();
  bindings::EvaluateOptions options;
  options.file = file;
  options.args = state.options.args;
  options.instructions = state.options.instructions;
  options.memory = state.options.memory;
  options.interrupted = state.options.interrupted;
  if (!state.options.platform.empty()) {
    auto platform = image::Platform::parse(state.options.platform);
    if (!platform) return {to_diagnostic(platform.error())};
    options.platform = *platform;
  }
  auto result = bindings::evaluate_with(std::move(options), state.made());
  if (const auto* failure = std::get_if<bindings::EvaluateFailure>(&result)) {
    std::vector<Diagnostic> diagnostics;
    for (const Error& error : failure->errors) diagnostics.push_back(to_diagnostic(error));
    state.root = failure->root;
    return diagnostics;
  }
  const project::Project& project = std::get<0>(result)->project();
  for (const project::TargetDecl& target : project.targets)
    state.targets.push_back({std::string(graph::name_of(target.kind)), target.name, target.doc, target.image,
                             to_place(target.where)});
  for (const project::TaskDecl& task : project.tasks) {
    HostTask made{task.name, task.doc, {}, to_place(task.where)};
    for (const project::TaskArg& arg : task.args) made.args.push_back(arg.name);
    state.tasks.push_back(std::move(made));
  }
  state.reads = project.reads;
  state.root = project.workspace.root;
  return {};
}

const std::vector<HostTarget>& Host::targets() const {
  return state_->targets;
}
const std::vector<HostTask>& Host::tasks() const {
  return state_->tasks;
}
const std::vector<std::string>& Host::reads() const {
  return state_->reads;
}
const std::string& Host::root() const {
  return state_->root;
}

std::vector<HostSchema> Host::reference() const {
  std::vector<bindings::Schema> schemas = bindings::schemas();
  for (bindings::Primitive& primitive : state_->made()) schemas.push_back(std::move(primitive.schema));
  std::sort(schemas.begin(), schemas.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  std::vector<HostSchema> reference;
  for (const bindings::Schema& schema : schemas) {
    HostSchema made{schema.name, schema.doc, schema.returns, {}};
    for (const bindings::Field& field : schema.fields)
      made.fields.push_back({field.name, bindings::signature(*field.type), field.doc, field.fallback,
                             field.required == bindings::Required::yes});
    reference.push_back(std::move(made));
  }
  return reference;
}

const char* Host::version() {
  return TIERBUILD_VERSION;
}

}  // namespace tierbuild
