#include "fs/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/unique_fd.hpp"

namespace tierbuild::fs {

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) return Error::os(errno, "cannot open {}", path.string());
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return Error::os(errno, "cannot stat {}", path.string());
  if (!S_ISREG(info.st_mode)) return Error::make(Code::invalid, "{} is not a regular file", path.string());
  if (info.st_size == 0) return MappedFile();
  auto size = static_cast<size_t>(info.st_size);
  void* bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd.get(), 0);
  if (bytes == MAP_FAILED) return Error::os(errno, "cannot map {}", path.string());
  return MappedFile({static_cast<const char*>(bytes), size});
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

}  // namespace tierbuild::fs
