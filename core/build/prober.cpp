#include "build/prober.hpp"

#include "base/strings.hpp"

namespace tierbuild::build {
namespace {

Result<bool> executable(const archive::MergedView& image, std::string path) {
  path.erase(0, path.find_first_not_of('/'));
  TB_LET(std::optional<archive::ViewEntry> found, image.resolve(path));
  return found && found->entry.type == archive::EntryType::file && (found->entry.mode & 0111) != 0;
}

Result<bool> has_program(const archive::MergedView& image, const std::string& path, const std::string& name) {
  if (name.find('/') != std::string::npos) return executable(image, name);
  for (std::string_view directory : split(path, ':')) {
    if (directory.empty()) continue;
    TB_LET(bool found, executable(image, fmt::format("{}/{}", directory, name)));
    if (found) return true;
  }
  return false;
}

}  // namespace

Result<size_t> choose_prober(const archive::MergedView& image, const std::string& path,
                             const std::vector<std::vector<std::string>>& probers) {
  std::vector<std::string> names;
  for (size_t i = 0; i < probers.size(); ++i) {
    if (probers[i].empty()) continue;
    TB_LET(bool found, has_program(image, path, probers[i][0]));
    if (found) return i;
    names.push_back(probers[i][0]);
  }
  return Error::make(Code::invalid, "the image has none of the programs that its healthcheck can use: {}",
                     join(names, ", "))
      .hint(fmt::format("install one of them (looked in {}), or choose another check", path));
}

}  // namespace tierbuild::build
