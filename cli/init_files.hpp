// Reading what `tierbuild init` looks at: file by file, nothing else.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace tierbuild::cli {

/// One directory of the repository; names are sorted.
struct Folder {
  std::string path;  // relative to the root; empty: the root
  std::vector<std::string> files;

  bool has(std::string_view file) const;
};

/// The root and what is below it, four deep; without hidden directories and those that tools fill.
std::vector<Folder> folders_of(const std::filesystem::path& root);

/// The text of a file; empty if it cannot be read or is larger than a megabyte.
std::string file_text(const std::filesystem::path& file);
bool is_there(const std::filesystem::path& path);
/// `a/b` and `../c` → `a/c`; a path that leaves the root stays as `../…`.
std::string joined(const std::string& directory, const std::string& path);

/// The files that a requirements file includes with `-r`, and those in turn.
void follow_includes(const std::filesystem::path& root, const std::string& file,
                     std::map<std::string, std::vector<std::string>>& includes);
/// The targets of a Makefile that people call, in its order.
std::vector<std::string> make_targets(std::string_view text);

}  // namespace tierbuild::cli
