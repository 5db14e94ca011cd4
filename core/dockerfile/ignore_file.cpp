#include "dockerfile/ignore_file.hpp"

#include "base/strings.hpp"
#include "fs/file.hpp"

namespace tierbuild::dockerfile {
namespace {

constexpr uint64_t kMostBytes = 4 << 20;

}  // namespace

Result<IgnoreFile> IgnoreFile::of(std::vector<std::string> lines) {
  IgnoreFile file;
  TB_LET(file.rules, fs::IgnoreRules::parse(join(lines, "\n")));
  for (const std::string& line : lines) file.reincludes = file.reincludes || trim(line).starts_with('!');
  file.lines = std::move(lines);
  return file;
}

bool IgnoreFile::leaves_out(const std::string& name) const {
  return !reincludes && rules.ignores(name);
}

Result<std::optional<std::string>> read_from_disk(const std::filesystem::path& file) {
  Result<std::string> text = fs::read_file(file, kMostBytes);
  if (text) return std::optional(*std::move(text));
  if (text.error().code() == Code::not_found) return std::optional<std::string>();
  return std::move(text).error();
}

Result<IgnoreFile> ignore_file_of(const std::filesystem::path& dockerfile,
                                  const std::filesystem::path& context, const ReadFile& read) {
  std::vector<std::filesystem::path> candidates{context / ".dockerignore"};
  if (!dockerfile.empty()) candidates.insert(candidates.begin(), dockerfile.string() + ".dockerignore");
  for (const std::filesystem::path& path : candidates) {
    TB_LET(std::optional<std::string> text, read(path));
    if (!text) continue;
    std::vector<std::string> lines;
    for (std::string_view line : split(*text, '\n')) lines.emplace_back(line);
    TB_LET(IgnoreFile found, IgnoreFile::of(std::move(lines)), "in {}", path.string());
    found.path = path;
    return found;
  }
  return IgnoreFile{};
}

}  // namespace tierbuild::dockerfile
