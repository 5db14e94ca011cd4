// The parser, the words and the evaluation of Dockerfiles on any bytes: no crash, and places that lie inside
// of the text.
#include "dockerfile/build.hpp"
#include "dockerfile/mount.hpp"
#include "dockerfile/parse.hpp"
#include "dockerfile/words.hpp"

using namespace tierbuild;
using namespace tierbuild::dockerfile;

namespace {

void demand(bool holds) {
  if (!holds) __builtin_trap();
}

std::optional<std::string> value(const std::string& name) {
  if (name.size() % 2 == 0) return std::nullopt;
  return name + "/" + name;
}

Result<std::string> replaced(const std::string& text) {
  TB_LET(Expansion expansion, expand(text, {}, value));
  return std::move(expansion.text);
}

void look_at(const Instruction& instruction, const File& file, int lines) {
  const Range& range = instruction.range;
  demand(range.line >= 1 && range.column >= 1 && range.end_line >= range.line && range.end_line <= lines + 1);
  (void)expand(instruction.text, {.escape = file.escape}, value);
  if (const auto* run = std::get_if<Run>(&instruction.kind))
    for (const Word& mount : run->mounts) (void)parse_mount(mount, file, replaced);
  if (const auto* onbuild = std::get_if<Onbuild>(&instruction.kind))
    (void)parse_trigger(onbuild->trigger, file, range);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  int lines = 1 + static_cast<int>(std::count(text.begin(), text.end(), '\n'));
  Result<File> file = parse(text, "Dockerfile");
  if (!file) {
    const Location& where = file.error().where();
    demand(where.line >= 1 && where.line <= lines && where.column >= 1);
    return 0;
  }
  for (const Instruction& global : file->globals) look_at(global, *file, lines);
  for (const Stage& stage : file->stages) {
    look_at(stage.from, *file, lines);
    for (const Instruction& step : stage.steps) look_at(step, *file, lines);
  }
  BuildOptions options;
  options.args = {{"A", "1"}};
  (void)build(*file, options, [](const Origin&, const image::Platform& platform, const Range&) {
    image::Config config;
    config.platform = platform;
    config.on_build = {"RUN true"};
    return Result<image::Config>(std::move(config));
  });
  return 0;
}
