#include "fs/newest.hpp"

#include <algorithm>
#include <vector>

namespace tierbuild::fs {

void keep_newest(const std::filesystem::path& directory, size_t most) {
  std::vector<std::pair<std::filesystem::file_time_type, std::filesystem::path>> files;
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(directory, failure)) {
    std::filesystem::file_time_type time = entry.last_write_time(failure);
    if (!failure) files.emplace_back(time, entry.path());
  }
  if (files.size() <= most) return;
  std::sort(files.begin(), files.end());
  for (size_t i = 0; i + most < files.size(); ++i) std::filesystem::remove(files[i].second, failure);
}

}  // namespace tierbuild::fs
