#include "bindings/written.hpp"

#include <filesystem>

#include "base/strings.hpp"
#include "graph/stamp.hpp"

namespace tierbuild::bindings {
namespace {

std::string quoted(const std::string& text) {
  std::string line;
  for (char c : printable(text)) line += c == '\n' ? "\\n" : c == '\t' ? "\\t" : std::string(1, c);
  return "'" + line + "'";
}

// Stamps are values of later: they stand as `{git.sha}`.
std::string with_shown_stamps(const std::string& text) {
  if (!graph::has_stamp(text)) return text;
  std::map<std::string, std::string> names;
  for (const std::string& name : graph::stamp_names()) names[name] = "{" + name + "}";
  Result<std::string> filled = graph::fill_stamps(text, names);
  return filled ? *filled : text;
}

bool is_plain_key(const std::string& key) {
  return !key.empty() && (key[0] < '0' || key[0] > '9') &&
         std::all_of(key.begin(), key.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

std::string name_of(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

struct WriteSource {
  std::string operator()(const project::PathValue& value) const { return quoted(name_of(value.path)); }
  std::string operator()(const project::FilesValue& value) const {
    return fmt::format("files {{ {} }}", fmt::join(value.include, ", "));
  }
  std::string operator()(const project::ImagePath& value) const { return quoted(value.path); }
  std::string operator()(const project::FetchValue& value) const {
    return fmt::format("fetch {{ {} }}", quoted(value.url));
  }
  std::string operator()(const project::TextValue&) const { return "a text"; }
  std::string operator()(const project::ContextPath& value) const { return quoted(value.path); }
};

struct WriteStep {
  std::string operator()(const project::RunStep& step) const {
    std::vector<std::string> words;
    for (const std::string& word : step.argv) words.push_back(quoted(word));
    return fmt::format("{{ {} }}", join(words, ", "));
  }
  std::string operator()(const project::CopyStep& step) const {
    std::vector<std::string> items;
    for (const project::CopyItem& item : step.items)
      items.push_back(
          fmt::format("{{ {}, to = {} }}", std::visit(WriteSource{}, item.source), quoted(item.to)));
    return join(items, ", ");
  }
  std::string operator()(const project::PlaceStep& step) const {
    std::vector<std::string> items;
    for (const project::PlaceItem& item : step.items) items.push_back(std::visit(WriteSource{}, item.source));
    return fmt::format("{{ {}, to = {} }}", join(items, ", "), quoted(step.to));
  }
  std::string operator()(const project::DirectoryStep& step) const { return quoted(step.path); }
  std::string operator()(const project::UserStep& step) const { return quoted(step.name); }
  std::string operator()(const project::TreeStep& step) const { return quoted(step.path); }
  std::string operator()(const project::DiffStep&) const { return "of two images"; }
};

std::string write(const project::Step& step) {
  return fmt::format("{} {}", step.label, std::visit(WriteStep{}, step.op));
}

std::string write(const project::Image& image) {
  if (const auto* named = std::get_if<project::NamedBase>(&image.base)) return quoted(named->name);
  if (const auto* below = std::get_if<project::ImagePtr>(&image.base))
    return fmt::format("an image on {}", write(**below));
  if (const auto* file = std::get_if<project::DockerfileBase>(&image.base))
    return fmt::format("image.dockerfile {{ dockerfile = {} }}", quoted(file->file->name));
  const graph::Base& base = std::get<project::KnownBase>(image.base).base;
  switch (base.kind) {
    case graph::Base::Kind::scratch:
      return "image.scratch()";
    case graph::Base::Kind::debian:
      return fmt::format("image.debian {{ suite = {} }}", quoted(base.suite));
    default:
      return quoted(base.reference);
  }
}

struct Write {
  std::string operator()(std::monostate) const { return "nil"; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(double value) const { return fmt::format("{}", value); }
  std::string operator()(const std::string& value) const { return quoted(with_shown_stamps(value)); }
  std::string operator()(const TablePtr& value) const {
    std::vector<std::string> parts;
    for (const Value& item : value->items) parts.push_back(written(item));
    for (const auto& [name, item] : value->fields)
      parts.push_back(
          fmt::format("{} = {}", is_plain_key(name) ? name : fmt::format("['{}']", name), written(item)));
    return parts.empty() ? "{}" : fmt::format("{{ {} }}", join(parts, ", "));
  }
  std::string operator()(const std::shared_ptr<const LuaFunction>&) const { return "a function"; }
  std::string operator()(const ObjectPtr& value) const {
    if (const auto* image = std::get_if<project::ImagePtr>(&value->held)) return write(**image);
    if (const auto* step = std::get_if<StepValue>(&value->held)) return write(*step->step);
    if (const auto* layer = std::get_if<LayerValue>(&value->held)) return "layer " + write(*layer->step);
    if (const auto* replace = std::get_if<Replace>(&value->held)) return written(replace->value);
    if (const auto* fetch = std::get_if<project::FetchValue>(&value->held)) return WriteSource{}(*fetch);
    if (const auto* files = std::get_if<project::FilesValue>(&value->held)) return WriteSource{}(*files);
    return describe(Value(value));
  }
};

}  // namespace

std::string written(const Value& value) {
  return std::visit(Write{}, value.data());
}

}  // namespace tierbuild::bindings
