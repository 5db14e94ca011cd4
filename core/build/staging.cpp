#include "build/staging.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/layer_reader.hpp"
#include "fs/file.hpp"

namespace tierbuild::build {
namespace {

Status copy_file(const std::filesystem::path& from, const std::filesystem::path& to, mode_t mode) {
  UniqueFd in(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!in) return Error::os(errno, "cannot read {}", from.string());
  return copy_bytes(in.get(), to, mode);
}

Status set_time(const std::filesystem::path& path, int64_t mtime) {
  std::array<timespec, 2> times{{{mtime, 0}, {mtime, 0}}};
  if (::utimensat(AT_FDCWD, path.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0)
    return Error::os(errno, "cannot set the time of {}", path.string());
  return {};
}

Status set_mode(const std::filesystem::path& path, mode_t mode) {
  if (::chmod(path.c_str(), mode) != 0) return Error::os(errno, "cannot set the mode of {}", path.string());
  return {};
}

// Moves everything `strip` levels up, as tar's --strip-components does.
Status strip_components(const std::filesystem::path& directory, uint32_t strip) {
  for (; strip > 0; --strip) {
    TB_LET(fs::TempDir lifted, fs::TempDir::make(directory.parent_path(), "strip"));
    for (const auto& top : std::filesystem::directory_iterator(directory)) {
      if (!top.is_directory() || top.is_symlink()) continue;
      for (const auto& inner : std::filesystem::directory_iterator(top.path()))
        TB_TRY(fs::rename_file(inner.path(), lifted.path() / inner.path().filename()));
    }
    TB_TRY(fs::remove_tree(directory));
    TB_TRY(fs::rename_file(lifted.release(), directory));
    TB_TRY(set_mode(directory, 0755));
  }
  return {};
}

}  // namespace

Status make_step_directory(const std::filesystem::path& directory, mode_t mode) {
  TB_TRY(fs::make_directories(directory));
  return set_mode(directory, mode);
}

Status copy_bytes(int from, const std::filesystem::path& to, mode_t mode) {
  UniqueFd out(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!out) return Error::os(errno, "cannot create {}", to.string());
  for (;;) {
    ssize_t n = ::copy_file_range(from, nullptr, out.get(), nullptr, 1 << 30, 0);
    if (n == 0) break;
    if (n < 0) return Error::os(errno, "cannot write {}", to.string());
  }
  if (::fchmod(out.get(), mode) != 0) return Error::os(errno, "cannot set the mode of {}", to.string());
  return {};
}

Status make_upper(const std::filesystem::path& upper, const std::vector<std::filesystem::path>& layers) {
  if (layers.empty()) return make_step_directory(upper);
  struct stat root {};
  if (::stat(layers.back().c_str(), &root) != 0)
    return Error::os(errno, "cannot look at {}", layers.back().string());
  TB_TRY(fs::make_directories(upper));
  if (::chown(upper.c_str(), root.st_uid, root.st_gid) != 0)
    return Error::os(errno, "cannot set the owner of {}", upper.string());
  return set_mode(upper, root.st_mode & 07777);
}

Result<std::filesystem::path> stage_files(const SourceFiles& source, const std::filesystem::path& directory,
                                          int64_t mtime) {
  TB_TRY(make_step_directory(directory));
  for (const fs::FileEntry& entry : source.entries) {
    std::string_view path = source.placed(entry);
    if (path.empty()) continue;
    std::filesystem::path to = directory / path;
    switch (entry.type) {
      case fs::FileType::directory:
        TB_TRY(make_step_directory(to, source.mode_of(entry)));
        break;
      case fs::FileType::symlink:
        if (::symlink(entry.link.c_str(), to.c_str()) != 0)
          return Error::os(errno, "cannot make the symlink {}", to.string());
        TB_TRY(set_time(to, mtime));
        break;
      case fs::FileType::file:
        TB_TRY(copy_file(source.on_disk(entry), to, source.mode_of(entry)));
        TB_TRY(set_time(to, mtime));
        break;
    }
  }
  for (auto it = source.entries.rbegin(); it != source.entries.rend(); ++it)
    if (it->type == fs::FileType::directory) TB_TRY(set_time(directory / source.placed(*it), mtime));
  return source.single_file ? directory / source.placed(source.entries.front()) : directory;
}

Result<std::filesystem::path> stage_fetch(const WorkContext& context, const graph::FetchSource& source,
                                          const std::filesystem::path& directory, std::stop_token stop) {
  const auto& fetch = std::get<graph::Fetch>(context.graph[source.node].op);
  const Digest& blob = context.outputs[source.node].blob;
  TB_TRY(make_step_directory(directory));
  TB_LET(UniqueFd file, context.world.store.blobs().open(blob));
  if (fetch.unpack) {
    archive::UnpackOptions options;
    options.whiteouts = archive::Whiteouts::apply;
    options.own = false;
    TB_TRY(archive::unpack_layer(file.get(), directory, options, stop), "while unpacking {}", fetch.url);
    TB_TRY(strip_components(directory, fetch.strip));
    return directory;
  }
  std::string name = std::filesystem::path(fetch.url).filename().string();
  name = name.substr(0, name.find_first_of("?#"));
  std::filesystem::path to = directory / (name.empty() ? "file" : name);
  TB_LET(std::string bytes, context.world.store.blobs().read(blob, uint64_t{4} << 30));
  TB_TRY(fs::write_file(to, bytes));
  TB_TRY(set_time(to, context.options.epoch));
  return to;
}

}  // namespace tierbuild::build
