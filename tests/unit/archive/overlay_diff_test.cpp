#include "archive/overlay_diff.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "layers.hpp"
#include "overlay.hpp"

using namespace tierbuild;
using namespace tierbuild::archive;
using namespace tierbuild::archive::test;

namespace {

/// One lower layer, and a step on top of it.
class Step {
 public:
  Step() {
    for (const char* name : {"lower", "upper"}) {
      std::filesystem::create_directory(temp_ / name);
      set_times(temp_ / name);
    }
  }
  std::filesystem::path lower(const std::string& path = "") const { return temp_ / ("lower/" + path); }
  std::filesystem::path upper(const std::string& path = "") const { return temp_ / ("upper/" + path); }
  void below(const std::string& path, std::string_view bytes) const { temp_.write("lower/" + path, bytes); }

  /// Runs `work` with the merged directory; false if this host mounts no overlay.
  bool run(const std::function<void(const std::filesystem::path&)>& work) const {
    std::optional<Overlay> overlay = Overlay::mount({temp_ / "lower"}, temp_ / "upper");
    if (!overlay) return false;
    work(overlay->merged());
    return true;
  }

  Result<std::optional<LayerBlob>> diff(std::set<std::string> exclude = {}) {
    blob_ = scratch_file();
    return write_overlay_diff(blob_.get(), temp_ / "upper", MergedView({temp_ / "lower"}),
                              {.exclude = std::move(exclude)});
  }

  /// The paths of the layer's members; `-` if there is no layer.
  std::vector<std::string> members(std::set<std::string> exclude = {}) {
    Result<std::optional<LayerBlob>> made = diff(std::move(exclude));
    REQUIRE_OK(made);
    if (!*made) return {"-"};
    Result<std::vector<Member>> read = read_layer(rewound(blob_));
    REQUIRE_OK(read);
    members_ = std::move(*read);
    std::vector<std::string> paths;
    for (const Member& each : members_) paths.push_back(each.entry.path);
    return paths;
  }
  const Member& member(const std::string& path) const {
    for (const Member& each : members_)
      if (each.entry.path == path) return each;
    FAIL(path << " is not in the layer");
    return members_.front();
  }

 private:
  static void set_times(const std::filesystem::path& path) {
    const timespec times[2] = {{1, 0}, {1, 0}};
    REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0);
  }
  Temp temp_;
  UniqueFd blob_;
  std::vector<Member> members_;
};

using Paths = std::vector<std::string>;
namespace stdfs = std::filesystem;

void write(const stdfs::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace

TEST_CASE("a step that changes nothing makes no layer, whatever it touched") {
  Step step;
  step.below("d/f", "same");
  step.below("d/g", "same");
  if (!step.run([](const stdfs::path& merged) {
        ::chmod((merged / "d/f").c_str(), 0600);
        ::chmod((merged / "d/f").c_str(), 0644);
        write(merged / "d/g", "same");
        write(merged / "d/temporary", "");
        stdfs::remove(merged / "d/temporary");
        stdfs::create_directory(merged / "t");
        stdfs::remove(merged / "t");
      }))
    return;
  REQUIRE(stdfs::exists(step.upper("d/f")));
  REQUIRE(step.members() == Paths{"-"});
  // The snapshot shows the times that are below, as a pull would.
  struct stat above, below;
  for (const char* path : {"", "d", "d/f", "d/g"}) {
    ::lstat(step.upper(path).c_str(), &above);
    ::lstat(step.lower(path).c_str(), &below);
    INFO(path);
    REQUIRE(above.st_mtim.tv_sec == below.st_mtim.tv_sec);
    REQUIRE(above.st_mtim.tv_nsec == below.st_mtim.tv_nsec);
  }
}

TEST_CASE("changes come with their parents, deletions as whiteouts, replaced directories as opaque") {
  Step step;
  for (const char* path :
       {"a/b/edit", "a/b/keep", "gone", "tree/x/y", "again/old", "again/sub/old", "file-to-dir"})
    step.below(path, "old");
  if (!step.run([](const stdfs::path& merged) {
        write(merged / "a/b/edit", "new");
        stdfs::remove(merged / "gone");
        stdfs::remove_all(merged / "tree");
        stdfs::remove_all(merged / "again");
        stdfs::create_directory(merged / "again");
        write(merged / "again/!new", "");
        stdfs::remove(merged / "file-to-dir");
        stdfs::create_directory(merged / "file-to-dir");
        ::mkfifo((merged / "pipe").c_str(), 0600);
        ::mknod((merged / "socket").c_str(), S_IFSOCK | 0600, 0);
      }))
    return;
  REQUIRE(step.members() == Paths{".wh.gone", ".wh.tree", "a", "a/b", "a/b/edit", "again",
                                  "again/.wh..wh..opq", "again/!new", "file-to-dir", "pipe"});
  REQUIRE(step.member("a/b/edit").content == "new");
  REQUIRE(step.member("a/b/edit").entry.mtime == LayerOptions{}.clamp_mtime);
  struct stat info;
  ::lstat(step.upper("a/b/edit").c_str(), &info);
  REQUIRE(info.st_mtim.tv_sec == LayerOptions{}.clamp_mtime);
  REQUIRE(info.st_mtim.tv_nsec == 0);
}

TEST_CASE("every kind of metadata is a change of its own") {
  Step step;
  for (const char* path : {"mode", "owner", "xattr", "content", "same-size", "type", "touched"})
    step.below(path, "old");
  stdfs::create_symlink("one", step.lower("link"));
  ::mknod(step.lower("device").c_str(), S_IFCHR | 0600, makedev(1, 3));
  if (!step.run([](const stdfs::path& merged) {
        ::chmod((merged / "mode").c_str(), 04755);
        REQUIRE(::chown((merged / "owner").c_str(), 7, 8) == 0);
        ::setxattr((merged / "xattr").c_str(), "user.a", "1", 1, 0);
        write(merged / "content", "longer");
        write(merged / "same-size", "OLD");
        stdfs::remove(merged / "type");
        stdfs::create_symlink("old", merged / "type");
        const timespec times[2] = {{5, 5}, {5, 5}};
        ::utimensat(AT_FDCWD, (merged / "touched").c_str(), times, 0);
        stdfs::remove(merged / "link");
        stdfs::create_symlink("two", merged / "link");
        stdfs::remove(merged / "device");
        ::mknod((merged / "device").c_str(), S_IFCHR | 0600, makedev(1, 5));
      }))
    return;
  REQUIRE(step.members() ==
          Paths{"content", "device", "link", "mode", "owner", "same-size", "type", "xattr"});
  REQUIRE(step.member("mode").entry.mode == 04755);
  REQUIRE(step.member("owner").entry.gid == 8);
  REQUIRE(step.member("xattr").entry.xattrs.at("user.a") == "1");
  REQUIRE(step.member("device").entry.dev_minor == 5);
}

TEST_CASE("hard links stay together, also with a name that is unchanged") {
  Step step;
  step.below("old", "shared");
  if (!step.run([](const stdfs::path& merged) {
        stdfs::create_hard_link(merged / "old", merged / "a-link");
        write(merged / "x", "new");
        stdfs::create_directory(merged / "d");
        stdfs::create_hard_link(merged / "x", merged / "d/y");
        stdfs::create_symlink("nowhere", merged / "s1");
        ::linkat(AT_FDCWD, (merged / "s1").c_str(), AT_FDCWD, (merged / "s2").c_str(), 0);
      }))
    return;
  REQUIRE(step.members() == Paths{"a-link", "d", "d/y", "old", "s1", "s2", "x"});
  REQUIRE(step.member("old").entry.type == EntryType::hardlink);
  REQUIRE(step.member("old").entry.link == "a-link");
  REQUIRE(step.member("x").entry.link == "d/y");
  REQUIRE(step.member("s2").entry.type == EntryType::hardlink);
}

TEST_CASE("two files of equal content that become one are a change") {
  Step step;
  step.below("a", "same");
  step.below("b", "same");
  if (!step.run([](const stdfs::path& merged) {
        stdfs::remove(merged / "b");
        stdfs::create_hard_link(merged / "a", merged / "b");
      }))
    return;
  REQUIRE(step.members() == Paths{"a", "b"});
  REQUIRE(step.member("b").entry.link == "a");
}

TEST_CASE("a socket that took the place of a file leaves a whiteout") {
  Step step;
  step.below("s", "file");
  if (!step.run([](const stdfs::path& merged) {
        stdfs::remove(merged / "s");
        ::mknod((merged / "s").c_str(), S_IFSOCK | 0600, 0);
      }))
    return;
  REQUIRE(step.members() == Paths{".wh.s"});
}

TEST_CASE("the root directory is a member only if it changed itself") {
  Step step;
  if (!step.run([](const stdfs::path& merged) { ::chmod(merged.c_str(), 0711); })) return;
  REQUIRE(step.members() == Paths{""});
  REQUIRE(step.member("").entry.mode == 0711);
}

TEST_CASE("names that the format reserves are refused") {
  Step step;
  if (!step.run([](const stdfs::path& merged) { write(merged / ".wh.trick", ""); })) return;
  REQUIRE_CODE(step.diff(), Code::invalid);
}

TEST_CASE("mount points leave nothing behind unless the step filled them") {
  Step step;
  step.below("etc/hostname", "below");
  if (!step.run([](const stdfs::path& merged) {
        for (const char* path :
             {"proc", "dev", "dev/pts", "run", "run/secrets", "cache", "cache/sub", "data"})
          stdfs::create_directory(merged / path);
        for (const char* path : {"etc/hosts", "etc/resolv.conf", "run/secrets/token"})
          write(merged / path, "");
        write(merged / "etc/resolv.conf", "nameserver 9.9.9.9");
        write(merged / "data/real", "");
        stdfs::remove(merged / "etc/hostname");
      }))
    return;
  std::set<std::string> exclude = {
      "proc",  "dev",  "dev/pts",   "run",          "run/secrets",    "run/secrets/token",
      "cache", "data", "etc/hosts", "etc/hostname", "etc/resolv.conf"};
  REQUIRE(step.members(exclude) ==
          Paths{"cache", "cache/sub", "data", "data/real", "etc", "etc/resolv.conf"});
  for (const char* gone : {"proc", "dev", "run", "etc/hosts", "etc/hostname"})
    REQUIRE_FALSE(stdfs::exists(stdfs::symlink_status(step.upper(gone))));
  REQUIRE(step.members(exclude) ==
          Paths{"cache", "cache/sub", "data", "data/real", "etc", "etc/resolv.conf"});
}

TEST_CASE("mount points alone make no layer") {
  Step step;
  if (!step.run([](const stdfs::path& merged) {
        stdfs::create_directories(merged / "dev/pts");
        write(merged / "dev/null", "");
      }))
    return;
  REQUIRE(step.members({"dev", "dev/pts", "dev/null"}) == Paths{"-"});
  REQUIRE(stdfs::is_empty(step.upper()));
}

TEST_CASE("a stopped diff ends with cancelled") {
  Step step;
  write(step.upper("f"), "new");
  std::stop_source stop;
  stop.request_stop();
  UniqueFd out = scratch_file();
  REQUIRE_CODE(write_overlay_diff(out.get(), step.upper(), MergedView({step.lower()}), {}, stop.get_token()),
               Code::cancelled);
}

TEST_CASE("a tree becomes a layer below its prefix") {
  Temp temp;
  temp.write("tree/bin/tool", "#!");
  temp.write("tree/lib.txt", "");
  stdfs::create_hard_link(temp / "tree/bin/tool", temp / "tree/twin");
  for (const char* path : {"tree", "tree/bin"}) ::chmod((temp / path).c_str(), 0750);
  UniqueFd out = scratch_file();
  Result<std::optional<LayerBlob>> blob =
      write_tree(out.get(), temp / "tree", "/opt/app/", {.exclude = {"opt/app/lib.txt"}});
  REQUIRE_OK(blob);
  Result<std::vector<Member>> read = read_layer(rewound(out));
  REQUIRE_OK(read);
  Paths paths;
  for (const Member& each : *read) paths.push_back(each.entry.path);
  REQUIRE(paths == Paths{"opt", "opt/app", "opt/app/bin", "opt/app/bin/tool", "opt/app/twin"});
  REQUIRE((*read)[0].entry.mode == 0755);
  REQUIRE((*read)[1].entry.mode == 0750);
  REQUIRE((*read)[4].entry.link == "opt/app/bin/tool");
  REQUIRE(stdfs::exists(temp / "tree/lib.txt"));

  stdfs::create_directory(temp / "empty");
  REQUIRE_FALSE((*write_tree(out.get(), temp / "empty", "", {})).has_value());
  REQUIRE((*write_tree(out.get(), temp / "empty", "opt", {})).has_value());
  REQUIRE_CODE(write_tree(out.get(), temp / "empty", "../up", {}), Code::corrupt);
  REQUIRE_CODE(write_tree(out.get(), temp / "none", "", {}), Code::not_found);
}
