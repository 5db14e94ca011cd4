#include "changes/contents.hpp"

#include "fs/file.hpp"
#include "support/git_edits.hpp"

using namespace tierbuild;
namespace stdfs = std::filesystem;
using changes::Contents;
using changes::Side;
using graph::FileSource;
using test::Work;

namespace {

/// What a build would copy: places, modes and bytes.
std::vector<std::string> on_disk(const stdfs::path& root, const FileSource& source) {
  fs::Selection selection{root, source.include, source.exclude, ".tierbuildignore"};
  auto scanned = fs::scan(selection);
  REQUIRE_OK(scanned);
  std::vector<std::string> lines;
  for (const fs::FileEntry& file : scanned->entries) {
    std::string place = file.path;
    if (!source.strip.empty()) {
      bool below = place.starts_with(source.strip + "/");
      if (!below && place != source.strip) continue;
      bool alone = !below && file.type != fs::FileType::directory;
      place = alone   ? stdfs::path(place).filename().string()
              : below ? place.substr(source.strip.size() + 1)
                      : "";
    }
    std::string content = file.link;
    if (file.type == fs::FileType::file) {
      auto bytes = fs::read_file(root / file.path, 1 << 20);
      REQUIRE_OK(bytes);
      content = *bytes;
    }
    lines.push_back(
        fmt::format("{} {} {:o} {}", place, static_cast<int>(file.type), file.canonical_mode(), content));
  }
  return lines;
}

FileSource source_of(const stdfs::path& root, std::vector<std::string> include,
                     std::vector<std::string> exclude = {}, std::string strip = {}) {
  FileSource source;
  source.root = stdfs::canonical(root).string();
  source.include = std::move(include);
  source.exclude = std::move(exclude);
  source.strip = std::move(strip);
  return source;
}

struct Compared {
  git::Repository repository;
  std::string root;
  git::ObjectId tree;

  explicit Compared(const Work& work)
      : repository(work.open()), root(stdfs::canonical(work.temp.path()).string()) {
    auto base = repository.merge_base("HEAD");
    REQUIRE_OK(base);
    tree = base->tree;
  }
  Contents contents(const std::vector<FileSource>& before, const std::vector<FileSource>& now) const {
    auto found = Contents::compare({repository, tree, root, root}, {{before, now}});
    REQUIRE_OK(found);
    return std::move(*found);
  }
};

Digest digest_in(Contents& contents, Side side, const FileSource& source) {
  auto content = contents.of(side, source);
  REQUIRE_OK(content);
  return content->digest;
}

std::string files_in(Contents& contents, Side side, const FileSource& source) {
  auto content = contents.of(side, source);
  REQUIRE_OK(content);
  std::string names;
  for (const KeyField& file : content->files) names += file.name + " ";
  return names;
}

}  // namespace

TEST_CASE("contents differ if and only if a build would copy something else") {
  int alike = 0, different = 0;
  for (unsigned seed = 11; seed <= 13; ++seed) {
    Work work;
    work.temp.write(".gitignore", "*.log\n");
    work.temp.write(".tierbuildignore", "**/x.log\n!a/x.log\n");
    work.temp.write("b/c", "");
    work.commit("ignore");
    test::Temp place;
    work.git({"worktree", "add", "-q", "--detach", place / "old"});
    test::Editor editor(work, seed);
    for (int round = 0; round < 12; ++round) {
      if (round == 8) work.temp.write(".tierbuildignore", "**/a-b\n");
      for (int i = 0; i < 4; ++i) editor.edit();
      test::run_git(place / "old", {"checkout", "-q", "--detach", work.git({"rev-parse", "HEAD"})});
      test::run_git(place / "old", {"clean", "-qfdx"});
      std::vector<FileSource> sources{
          source_of(work.temp.path(), {"**"}),
          source_of(work.temp.path(), {"a"}, {}, "a"),
          source_of(work.temp.path(), {"lib/**"}, {"lib/a", "!lib/a/b"}, "lib"),
          source_of(work.temp.path(), {"*"}),
          source_of(work.temp.path(), {"src/*", "b"}, {"**/*.txt"}),
          source_of(work.temp.path(), {"**/a-b/**", "{a,b}.txt"}),
          source_of(work.temp.path(), {"a.txt"}, {}, "a.txt"),
      };
      Compared compared(work);
      Contents quick = compared.contents(sources, sources);
      std::vector<FileSource> more = sources;
      more.push_back(source_of(work.temp.path(), {"nothing"}));
      Contents listed = compared.contents(sources, more);
      for (const FileSource& source : sources) {
        INFO("seed " << seed << ", round " << round << ", " << join(source.include, " "));
        bool same = on_disk(place / "old", source) == on_disk(work.temp.path(), source);
        ++(same ? alike : different);
        CHECK((digest_in(quick, Side::before, source) == digest_in(quick, Side::now, source)) == same);
        CHECK((digest_in(listed, Side::before, source) == digest_in(listed, Side::now, source)) == same);
      }
    }
  }
  CHECK(std::min(alike, different) > 50);  // else this shows nothing
}

TEST_CASE("another way to select the same files is the same content") {
  Work work;
  work.temp.write("src/one.py", "");
  work.temp.write("src/two.py", "");
  work.temp.write("moved/one.py", "");
  work.temp.write("moved/two.py", "");
  work.commit("files");
  FileSource whole = source_of(work.temp.path(), {"src/one.py", "src/two.py"}, {}, "src"),
             glob = source_of(work.temp.path(), {"src/*.py"}, {}, "src"),
             fewer = source_of(work.temp.path(), {"src/*.py"}, {"src/two.py"}, "src"),
             elsewhere = source_of(work.temp.path(), {"moved/*"}, {}, "moved");
  Compared compared(work);
  Contents contents = compared.contents({whole}, {whole, glob, fewer, elsewhere});
  Digest before = digest_in(contents, Side::before, whole);
  CHECK(digest_in(contents, Side::now, whole) == before);
  CHECK(digest_in(contents, Side::now, glob) == before);
  CHECK(digest_in(contents, Side::now, fewer) != before);
  CHECK(digest_in(contents, Side::now, elsewhere) == before);
  CHECK(files_in(contents, Side::now, fewer) == "src/one.py ");
}

TEST_CASE("where both sides select alike, only what changed is listed") {
  Work work;
  work.temp.write("src/new", "");
  FileSource all = source_of(work.temp.path(), {"src"}, {}, "src");
  Compared compared(work);
  Contents contents = compared.contents({all}, {all});
  CHECK(files_in(contents, Side::before, all).empty());
  CHECK(files_in(contents, Side::now, all) == "src/new ");
  CHECK(contents.root(Side::now) == stdfs::canonical(work.temp.path()));
}

TEST_CASE("an area leads to what is selected and enters nothing else") {
  changes::Area area;
  auto add = [&](std::vector<std::string> include, std::vector<std::string> exclude) {
    fs::Selection selection;
    selection.include = std::move(include);
    selection.exclude = std::move(exclude);
    auto choice = fs::Choice::make(selection, "");
    REQUIRE_OK(choice);
    area.add(*choice);
  };
  add({"services/api/src"}, {"services/api/src/node_modules"});
  add({"shared/*.py"}, {});
  for (const char* path :
       {"", "services", "services/api", "services/api/src", "services/api/src/deep/er", "shared"}) {
    INFO(path);
    CHECK(area.enters(path));
  }
  for (const char* path : {"services/web", "services/api/tests", "services/api/src/node_modules",
                           "services/api/src/node_modules/x", "shared/deep", "other"}) {
    INFO(path);
    CHECK_FALSE(area.enters(path));
  }
}
