#include "dockerfile/ignore_file.hpp"

#include "base/strings.hpp"
#include "fs/file.hpp"

namespace tierbuild::dockerfile {
namespace {

constexpr uint64_t kMostBytes = 4 << 20;

}  // namespace

bool IgnoreFile::leaves_out(const std::string& name) const {
  return !reincludes && rules.ignores(name);
}

Result<IgnoreFile> ignore_file_of(const std::filesystem::path& dockerfile,
                                  const std::filesystem::path& context) {
  for (const std::filesystem::path& path :
       {std::filesystem::path(dockerfile.string() + ".dockerignore"), context / ".dockerignore"}) {
    Result<std::string> text = fs::read_file(path, kMostBytes);
    if (!text && text.error().code() == Code::not_found) continue;
    if (!text) return std::move(text).error();
    IgnoreFile found;
    found.path = path;
    TB_LET(found.rules, fs::IgnoreRules::parse(*text), "in {}", path.string());
    for (std::string_view line : split(*text, '\n'))
      found.reincludes = found.reincludes || trim(line).starts_with('!');
    return found;
  }
  return IgnoreFile{};
}

}  // namespace tierbuild::dockerfile
