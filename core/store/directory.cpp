#include "store/directory.hpp"

#include <sys/stat.h>

namespace tierbuild::store {

namespace stdfs = std::filesystem;

Result<std::vector<stdfs::path>> list_directory(const stdfs::path& directory) {
  std::vector<stdfs::path> out;
  std::error_code failure;
  for (stdfs::directory_iterator at(directory, failure), end; !failure && at != end; at.increment(failure))
    out.push_back(at->path());
  if (failure) return Error::os(failure.value(), "cannot list {}", directory.string());
  std::sort(out.begin(), out.end());
  return out;
}

Result<std::vector<stdfs::path>> list_directory_if_any(const stdfs::path& directory) {
  auto paths = list_directory(directory);
  if (!paths && paths.error().code() == Code::not_found) return std::vector<stdfs::path>();
  return paths;
}

bool is_there(const stdfs::path& file) {
  struct stat status {};
  return ::lstat(file.c_str(), &status) == 0;
}

bool is_there_as_directory(const stdfs::path& file) {
  struct stat status {};
  return ::lstat(file.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

uint64_t file_blocks(const stdfs::path& file) {
  struct stat status {};
  return ::lstat(file.c_str(), &status) == 0 ? static_cast<uint64_t>(status.st_blocks) * 512 : 0;
}

}  // namespace tierbuild::store
