#include "build/layer_plan.hpp"

namespace tierbuild::build {
namespace {

uint32_t usual_mode(std::string_view directory) {
  if (directory == "tmp" || directory == "var/tmp" || directory == "run/lock") return 01777;
  if (directory == "root") return 0700;
  return 0755;
}

}  // namespace

void LayerPlan::add(archive::Entry entry, Content content) {
  add_parents(entry.path);
  std::string path = std::exchange(entry.path, {});
  entries_.insert_or_assign(std::move(path), Planned{std::move(entry), std::move(content), false});
}

void LayerPlan::add(const archive::ViewEntry& from, std::string path) {
  archive::Entry entry = from.entry;
  entry.path = std::move(path);
  Content content;
  if (entry.type == archive::EntryType::file) content = File{from.source};
  add(std::move(entry), std::move(content));
}

void LayerPlan::add_parents(const std::string& path) {
  for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    auto [at, is_new] = entries_.try_emplace(path.substr(0, slash));
    if (!is_new) continue;
    at->second.implied = true;
    at->second.entry.type = archive::EntryType::directory;
    at->second.entry.mode = usual_mode(at->first);
  }
}

Result<archive::LayerBlob> LayerPlan::write(int fd, const archive::LayerOptions& options) const {
  TB_LET(archive::LayerWriter writer, archive::LayerWriter::create(fd, options));
  for (const auto& [path, planned] : entries_) {
    archive::Entry entry = planned.entry;
    entry.path = path;
    if (planned.implied) entry.mtime = options.clamp_mtime;
    if (const auto* file = std::get_if<File>(&planned.content)) {
      TB_TRY(writer.add_file(entry, file->path, file->digest));
    } else if (const auto* text = std::get_if<std::string>(&planned.content)) {
      TB_TRY(writer.add(entry, *text));
    } else {
      TB_TRY(writer.add(entry));
    }
  }
  return writer.finish();
}

}  // namespace tierbuild::build
