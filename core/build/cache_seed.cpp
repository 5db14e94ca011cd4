#include "build/cache_seed.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/layer_reader.hpp"
#include "build/place_source.hpp"
#include "build/staging.hpp"
#include "fs/file.hpp"
#include "fs/root_path.hpp"

namespace tierbuild::build {
namespace {

// The directory of an image with owners, modes and xattrs: through a tar, as every layer goes.
Status copy_of_image(const WorkContext& context, const graph::StackSource& from,
                     const std::filesystem::path& to, const std::stop_token& stop) {
  TB_LET(archive::MergedView view, context.view(from.stack, stop));
  std::unique_ptr<PlaceSource> source = image_source(std::move(view));
  TB_LET(std::string top, source->resolve(from.path));
  TB_LET(std::optional<PlaceSource::Item> root, source->at(top));
  if (!root || root->entry.type != archive::EntryType::directory)
    return Error::make(Code::invalid, "'{}' is no directory of the image that the cache is seeded from",
                       from.path);
  LayerPlan plan;
  TB_TRY(source->walk(top, [&](const PlaceSource::Item& item) -> Status {
    if (item.entry.path == top) return {};
    archive::Entry entry = item.entry;
    entry.path.erase(0, top.empty() ? 0 : top.size() + 1);
    plan.add(std::move(entry), item.content);
    return {};
  }));
  TB_TRY(make_step_directory(to));
  std::string file = to.string() + ".tar";
  UniqueFd tar(::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!tar) return Error::os(errno, "cannot create {}", file);
  archive::LayerOptions options = context.layer_options();
  options.compression = archive::Compression::none;
  TB_TRY(plan.write(tar.get(), options));
  if (::lseek(tar.get(), 0, SEEK_SET) != 0) return Error::os(errno, "cannot rewind {}", file);
  archive::UnpackOptions unpacking;
  unpacking.whiteouts = archive::Whiteouts::apply;
  TB_TRY(archive::unpack_layer(tar.get(), to, unpacking, stop));
  if (::chown(to.c_str(), root->entry.uid, root->entry.gid) != 0 ||
      ::chmod(to.c_str(), root->entry.mode) != 0)
    return Error::os(errno, "cannot set owner and mode of {}", to.string());
  return {};
}

Status copy_of(const WorkContext& context, const graph::Source& from, const std::filesystem::path& to,
               const std::stop_token& stop) {
  if (const auto* image = std::get_if<graph::StackSource>(&from))
    return copy_of_image(context, *image, to, stop);
  const auto* files = std::get_if<graph::FileSource>(&from);
  if (files == nullptr) return Error(Code::invalid, "a cache is seeded from an image or from files");
  TB_LET(const SourceFiles* found, context.sources.files(*files));
  TB_LET(std::filesystem::path staged, stage_files(*found, to, context.options.epoch));
  if (staged != to) return Error(Code::invalid, "a cache is seeded from a directory, not from a file");
  return {};
}

}  // namespace

Status seed_cache(const WorkContext& context, const graph::Mount& mount, const std::string& directory,
                  const std::filesystem::path& scratch, std::stop_token stop) {
  std::string cache = directory + (mount.sharing == graph::Sharing::private_ ? ".private-0" : "");
  if (std::filesystem::exists(cache)) return {};
  TB_LET(fs::TempDir place, fs::TempDir::make(scratch, "seed"));
  std::filesystem::path seed = place.path() / "cache";
  TB_TRY(copy_of(context, mount.from, seed, stop), "while seeding the cache {}", mount.target);
  TB_TRY(fs::make_directories(context.world.store.caches()));
  // Somebody else may have made it meanwhile.
  if (::renameat2(AT_FDCWD, seed.c_str(), AT_FDCWD, cache.c_str(), RENAME_NOREPLACE) != 0 && errno != EEXIST)
    return Error::os(errno, "cannot create {}", cache);
  return {};
}

}  // namespace tierbuild::build
