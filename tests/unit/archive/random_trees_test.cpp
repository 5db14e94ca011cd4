// The double-walk oracle: what the kernel shows of a stack of layers, against what their tars give back.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <cstdlib>
#include <random>

#include "archive/merged_view.hpp"
#include "archive/overlay_diff.hpp"
#include "layers.hpp"
#include "overlay.hpp"

using namespace tierbuild;
using namespace tierbuild::archive;
using namespace tierbuild::archive::test;

namespace {

namespace stdfs = std::filesystem;
using Tree = std::map<std::string, std::string>;

/// Does to a directory what steps do, at random; what cannot be done is left.
class Chaos {
 public:
  explicit Chaos(uint32_t seed) : random_(seed) {}

  void run(const stdfs::path& root, unsigned operations) {
    for (unsigned i = 0; i < operations; ++i) step(root);
  }

 private:
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

  std::string any_name() {
    static const std::vector<std::string> kNames = {"a",        "b", "c",  "a-x", "a.b", "\xc3\xa9t\xc3\xa9",
                                                    "\xff\xfe", "!", "d e"};
    return kNames[below(static_cast<unsigned>(kNames.size()))];
  }

  stdfs::path any_path(const stdfs::path& root) {
    stdfs::path path = root;
    for (unsigned depth = below(4); depth > 0; --depth) {
      stdfs::path next = path / any_name();
      if (!stdfs::is_directory(stdfs::symlink_status(next))) break;
      path = next;
    }
    return path / any_name();
  }

  std::string content() {
    return std::string(below(3) * 2500, static_cast<char>('a' + below(3))) + std::to_string(below(3));
  }

  void write(const stdfs::path& path, int flags) {
    UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags, 0644));
    struct stat info;
    if (!fd || ::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) return;
    std::string bytes = content();
    (void)!::write(fd.get(), bytes.data(), bytes.size());
  }

  static void copy_tree(const stdfs::path& from, const stdfs::path& to) {
    std::error_code ignored;
    stdfs::copy(from, to, stdfs::copy_options::recursive | stdfs::copy_options::copy_symlinks, ignored);
  }

  void step(const stdfs::path& root) {
    std::error_code ignored;
    stdfs::path path = any_path(root), other = any_path(root);
    bool is_link = stdfs::is_symlink(path);
    switch (below(24)) {
      case 0:
      case 1:
      case 2:
        write(path, O_TRUNC);
        break;
      case 3:
        write(path, O_APPEND);
        break;
      case 4:
        write(path, 0);
        break;
      case 5:
      case 6:
      case 7:
        ::mkdir(path.c_str(), below(2) ? 0755 : 01770);
        break;
      case 8:
        ::unlink(path.c_str());
        break;
      case 9:
      case 10:
        stdfs::remove_all(path, ignored);
        break;
      case 11:  // replaced by an empty directory
        stdfs::remove_all(path, ignored);
        ::mkdir(path.c_str(), 0755);
        break;
      case 12: {  // taken away and put back
        stdfs::path aside = root / "aside";
        copy_tree(path, aside);
        stdfs::remove_all(path, ignored);
        copy_tree(aside, path);
        stdfs::remove_all(aside, ignored);
        break;
      }
      case 13:
        ::rename(path.c_str(), other.c_str());
        break;
      case 14:
        (void)!::symlink(below(2) ? "a" : "../b/nowhere", path.c_str());
        break;
      case 15:
        ::linkat(AT_FDCWD, other.c_str(), AT_FDCWD, path.c_str(), 0);
        break;
      case 16:
        ::mkfifo(path.c_str(), 0600);
        break;
      case 17:
        ::mknod(path.c_str(), S_IFCHR | 0600, makedev(1, 3 + below(3)));
        break;
      case 18:
        ::mknod(path.c_str(), S_IFSOCK | 0600, 0);
        break;
      case 19:
        if (!is_link) ::chmod(path.c_str(), below(2) ? 04755 : 0644);
        break;
      case 20:
        (void)!::lchown(path.c_str(), below(2) * 1000, below(2) * 2000);
        break;
      case 21:
        ::lsetxattr(path.c_str(), below(2) ? "user.one" : "trusted.two", "value", below(6), 0);
        break;
      case 22:
        ::lremovexattr(path.c_str(), "user.one");
        break;
      default: {
        const timespec times[2] = {{1000 + below(3), below(2)}, {1000 + below(3), below(2)}};
        ::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW);
        if (!is_link && stdfs::is_regular_file(path, ignored) && below(2))
          (void)!::truncate(path.c_str(), 9000);
      }
    }
  }

  std::mt19937 random_;
};

Tree tree_of(const MergedView& view, Times times) {
  Tree tree;
  REQUIRE_OK(view.walk("", [&](const ViewEntry& each) -> Status {
    std::string content = each.entry.type == EntryType::file ? slurp(each.source) : "";
    tree[each.entry.path] = describe(each.entry, content, times);
    return {};
  }));
  return tree;
}

ino_t inode(const stdfs::path& path) {
  struct stat info;
  return ::lstat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

/// All paths of one inode, for those with more than one.
std::vector<std::vector<std::string>> link_groups(const stdfs::path& root) {
  std::map<ino_t, std::vector<std::string>> groups;
  for (const auto& entry : stdfs::recursive_directory_iterator(root)) {
    struct stat info;
    if (::lstat(entry.path().c_str(), &info) == 0 && !S_ISDIR(info.st_mode) && !S_ISSOCK(info.st_mode) &&
        !(S_ISCHR(info.st_mode) && info.st_rdev == 0))
      groups[info.st_ino].push_back(entry.path().lexically_relative(root).native());
  }
  std::vector<std::vector<std::string>> shared;
  for (auto& [inode, paths] : groups)
    if (paths.size() > 1) shared.push_back(std::move(paths));
  return shared;
}

/// A member that is in the layer for nothing: the tree below had it already, and no rule keeps it.
std::string superfluous(const std::vector<Member>& members, const Tree& before, const Tree& after) {
  std::set<std::string> linked, opaque;
  for (const Member& each : members) {
    if (each.entry.type == EntryType::hardlink) linked.insert({each.entry.path, each.entry.link});
    if (each.entry.path.ends_with(kOpaqueMarker))
      opaque.insert(each.entry.path.substr(0, each.entry.path.rfind('/') + 1));
  }
  for (const Member& each : members) {
    const std::string& path = each.entry.path;
    bool below_opaque = std::any_of(opaque.begin(), opaque.end(), [&](const std::string& directory) {
      return path.starts_with(directory);
    });
    if (below_opaque || linked.contains(path) || each.entry.type == EntryType::directory) continue;
    std::string name = path.substr(path.rfind('/') + 1);
    if (name.starts_with(kWhiteoutPrefix)) {
      std::string hidden = path.substr(0, path.size() - name.size()) + name.substr(4);
      if (!before.contains(hidden) || after.contains(hidden)) return path;
    } else if (before.contains(path) && before.at(path) == after.at(path)) {
      return path;
    }
  }
  return "";
}

bool check_stack(uint32_t seed) {
  Temp temp;
  Chaos chaos(seed);
  auto make = [&](const std::string& name) {
    stdfs::create_directory(temp / name);
    ::chmod((temp / name).c_str(), 0755);
    return temp / name;
  };
  std::vector<stdfs::path> local = {make("empty")}, pulled = {temp / "empty"};
  const timespec times[2] = {{7, 0}, {7, 0}};
  ::utimensat(AT_FDCWD, (temp / "empty").c_str(), times, 0);
  stdfs::path flat = make("flat");
  Tree before = describe(temp / "empty");

  for (int layer = 0; layer < 3; ++layer) {
    std::string number = std::to_string(layer);
    stdfs::path upper = make("upper" + number), unpacked = make("unpacked" + number);
    Tree after;
    {
      std::optional<Overlay> overlay = Overlay::mount(local, upper);
      if (!overlay) return false;
      chaos.run(overlay->merged(), layer == 0 ? 60 : 25);
      after = describe(overlay->merged());
    }
    std::vector<std::vector<std::string>> groups = link_groups(upper);
    UniqueFd blob = scratch_file();
    Result<std::optional<LayerBlob>> diff = write_overlay_diff(blob.get(), upper, MergedView(local), {});
    REQUIRE_OK(diff);
    INFO("seed " << seed << " layer " << layer);
    if (!*diff) {
      REQUIRE(difference(before, after) == "");
      continue;
    }
    Result<std::vector<Member>> members = read_layer(rewound(blob));
    REQUIRE_OK(members);
    REQUIRE(superfluous(*members, before, after) == "");
    std::set<std::string> in_layer;
    for (const Member& each : *members) in_layer.insert(each.entry.path);

    Result<UnpackResult> applied = unpack_layer(rewound(blob), flat, {.whiteouts = Whiteouts::apply});
    REQUIRE_OK(applied);
    REQUIRE(applied->diff_id == (*diff)->diff_id);
    REQUIRE(difference(after, describe(flat)) == "");
    for (const std::vector<std::string>& group : groups) {
      if (!in_layer.contains(group.front())) continue;
      for (const std::string& path : group) REQUIRE(inode(flat / path) == inode(flat / group.front()));
    }

    MergedView below(pulled);
    REQUIRE_OK(unpack_layer(rewound(blob), unpacked, {.below = &below}));
    local.push_back(upper);
    pulled.push_back(unpacked);
    REQUIRE(difference(after, tree_of(MergedView(pulled), Times::ignore)) == "");
    REQUIRE(difference(tree_of(MergedView(local), Times::compare),
                       tree_of(MergedView(pulled), Times::compare)) == "");
    std::optional<Overlay> mounted = Overlay::mount(pulled, make("scratch" + number));
    REQUIRE(mounted);
    REQUIRE(difference(after, describe(mounted->merged())) == "");
    before = std::move(after);
  }
  return true;
}

}  // namespace

TEST_CASE("random trees: the tars of a stack give back what the kernel showed") {
  const char* wanted = std::getenv("TIERBUILD_RANDOM_TREES");
  unsigned rounds = wanted ? static_cast<unsigned>(std::atoi(wanted)) : 25;
  for (uint32_t seed = 1; seed <= rounds; ++seed)
    if (!check_stack(seed)) return;
}
