#include "cli/init_files.hpp"

#include <array>

#include "base/strings.hpp"
#include "fs/file.hpp"

namespace tierbuild::cli {
namespace {

namespace stdfs = std::filesystem;

constexpr int kDeepest = 4;
constexpr size_t kMostFolders = 2000;
constexpr size_t kMostTargets = 20;

bool is_filled_by_tools(const std::string& name) {
  static constexpr std::array kNames{"node_modules", "vendor", "venv",        "env",      "build",
                                     "dist",         "target", "__pycache__", "testdata", "site-packages"};
  return name.starts_with('.') || std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

void collect(const stdfs::path& root, const std::string& path, int depth, std::vector<Folder>& folders) {
  if (folders.size() >= kMostFolders) return;
  Folder folder;
  folder.path = path;
  std::vector<std::string> below;
  std::error_code failure;
  for (stdfs::directory_iterator at(root / path, failure), end; !failure && at != end;
       at.increment(failure)) {
    std::string name = at->path().filename().string();
    if (at->is_symlink(failure)) continue;
    if (at->is_directory(failure) && !is_filled_by_tools(name)) below.push_back(name);
    if (at->is_regular_file(failure)) folder.files.push_back(name);
  }
  std::sort(below.begin(), below.end());
  std::sort(folder.files.begin(), folder.files.end());
  folders.push_back(std::move(folder));
  if (depth == kDeepest) return;
  for (const std::string& name : below)
    collect(root, path.empty() ? name : path + "/" + name, depth + 1, folders);
}

}  // namespace

bool Folder::has(std::string_view file) const {
  return std::find(files.begin(), files.end(), file) != files.end();
}

std::vector<Folder> folders_of(const stdfs::path& root) {
  std::vector<Folder> folders;
  collect(root, "", 0, folders);
  return folders;
}

std::string file_text(const stdfs::path& file) {
  auto text = fs::read_file(file, 1u << 20);
  return text ? std::move(text).value() : std::string();
}

bool is_there(const stdfs::path& path) {
  std::error_code failure;
  return stdfs::exists(path, failure);
}

std::string joined(const std::string& directory, const std::string& path) {
  std::string out = (stdfs::path(directory) / path).lexically_normal().string();
  while (out.ends_with('/')) out.pop_back();
  return out == "." ? std::string() : out;
}

void follow_includes(const stdfs::path& root, const std::string& file,
                     std::map<std::string, std::vector<std::string>>& includes) {
  auto [entry, is_new] = includes.try_emplace(file);
  if (!is_new) return;
  std::vector<std::string> found;
  std::string directory = stdfs::path(file).parent_path().string();
  std::string text = file_text(root / file);
  for (std::string_view line : split(text, '\n')) {
    line = trim(line);
    for (std::string_view option : {"-r", "--requirement"}) {
      if (!line.starts_with(option)) continue;
      std::string_view rest = line.substr(option.size());
      if (rest.empty() || (rest[0] != ' ' && rest[0] != '=' && rest[0] != '\t' && option != "-r")) continue;
      if (rest.starts_with('=')) rest.remove_prefix(1);
      rest = trim(rest.substr(0, rest.find(" #")));
      std::string path = joined(directory, std::string(rest));
      if (!rest.empty() && !path.starts_with("..") && is_there(root / path)) found.push_back(path);
    }
  }
  entry->second = found;
  for (const std::string& path : found) follow_includes(root, path, includes);
}

std::vector<std::string> make_targets(std::string_view text) {
  std::vector<std::string> targets;
  for (std::string_view line : split(text, '\n')) {
    size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) continue;
    if (colon + 1 < line.size() && line[colon + 1] == '=') continue;
    std::string name(trim(line.substr(0, colon)));
    auto plain = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_'; };
    bool good =
        std::isalpha(static_cast<unsigned char>(line[0])) && std::all_of(name.begin(), name.end(), plain);
    if (good && targets.size() < kMostTargets &&
        std::find(targets.begin(), targets.end(), name) == targets.end())
      targets.push_back(name);
  }
  return targets;
}

}  // namespace tierbuild::cli
