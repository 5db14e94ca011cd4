#include "python/requirements_file.hpp"

#include <map>

#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::python;

namespace {

/// Files by their paths, and how often each was read.
struct Files {
  std::map<std::string, std::string> texts;
  std::map<std::string, int> reads;

  RequirementsReader reader() {
    return RequirementsReader([this](const std::string& path) -> Result<std::string> {
      ++reads[path];
      auto found = texts.find(path);
      if (found == texts.end()) return Error::make(Code::invalid, "cannot read '{}'", path);
      return found->second;
    });
  }
  RequirementsList list(const std::string& path = "r.txt") {
    auto read = reader().read(path);
    REQUIRE_OK(read);
    return *read;
  }
  std::string error(const std::string& path = "r.txt") {
    auto read = reader().read(path);
    REQUIRE_CODE(read, Code::invalid);
    return read.error().where().str() + " " + read.error().message();
  }
};

RequirementsList parsed(std::string text) {
  return Files{{{"r.txt", std::move(text)}}, {}}.list();
}
std::string refused(std::string text) {
  return Files{{{"r.txt", std::move(text)}}, {}}.error();
}
std::string canonical(const RequirementsList& list) {
  std::vector<Requirement> entries = list.entries;
  canonicalise(entries);
  return file_text(entries);
}

const std::string kDigest(64, 'a');

}  // namespace

TEST_CASE("comments, blank lines and continuations") {
  RequirementsList list = parsed(
      "\xEF\xBB\xBF# first\r\n"
      "\r\n"
      "flask==3.0  # the web\r\n"
      "torch \\\r\n"
      "  >=2.0,\\\r\n"
      "  <3.0\r\n"
      "# a comment \\\n"
      "redis\n"
      "x @ https://h/x.whl#sha256=00 # end\n"
      "last \\");
  REQUIRE(canonical(list) == "flask==3.0\nlast\nredis\ntorch>=2.0,<3.0\nx @ https://h/x.whl#sha256=00\n");
  REQUIRE(list.entries[0].where == Location{"r.txt", 3, 1});
  REQUIRE(list.entries[1].where == Location{"r.txt", 4, 1});
  REQUIRE(list.entries[2].where == Location{"r.txt", 8, 1});
}

TEST_CASE("a comment or another order changes nothing") {
  REQUIRE(canonical(parsed("b==2\na==1\n")) == canonical(parsed("# x\na==1 # y\n\nb==2\nA==1\n")));
}

TEST_CASE("files are included relative to the one that names them, each once") {
  Files files;
  files.texts = {
      {"services/a/requirements.txt", "-r ../base.txt\n-c../../constraints.txt\nflask\n--requirement=b.txt"},
      {"services/base.txt", "httpx==1\n  -r common/c.txt"},
      {"services/common/c.txt", "pydantic\n"},
      {"services/a/b.txt", "-r ../base.txt\nredis"},
      {"constraints.txt", "flask<4\n-r more.txt"},
      {"more.txt", "httpx<2"}};
  RequirementsList list = files.list("services/a/requirements.txt");
  std::vector<std::string> names;
  for (const Requirement& entry : list.entries) names.push_back(entry.name);
  REQUIRE(names == std::vector<std::string>{"httpx", "pydantic", "flask", "redis"});
  REQUIRE(list.entries[1].where == Location{"services/common/c.txt", 1, 1});
  REQUIRE(list.entries[1].via ==
          std::vector<Location>{{"services/a/requirements.txt", 1, 4}, {"services/base.txt", 2, 6}});
  REQUIRE(list.constraints.size() == 2);
  REQUIRE(list.constraints[1].where.file == "more.txt");
}

TEST_CASE("one reader reads a file once for many lists") {
  Files files;
  files.texts = {{"a.txt", "-r base.txt"}, {"b.txt", "-r base.txt"}, {"base.txt", "x"}};
  RequirementsReader reader = files.reader();
  REQUIRE_OK(reader.read("a.txt"));
  REQUIRE_OK(reader.read("b.txt"));
  REQUIRE_OK(reader.read_constraints("a.txt"));
  REQUIRE(files.reads["base.txt"] == 1);
  REQUIRE(files.reads["a.txt"] == 1);
}

TEST_CASE("options of all requirements, and hashes of one") {
  RequirementsList list = parsed(
      "--index-url https://one/simple\n-i 'https://two/simple' --pre\n"
      "--extra-index-url=https://three\n-f wheels --no-index\n--require-hashes\n"
      "flask==3 --hash=sha256:" +
      kDigest + " \\\n  --hash sha512:" + kDigest + kDigest + "\n");
  REQUIRE(list.options.index == "https://two/simple");
  REQUIRE(list.options.extra_index == std::vector<std::string>{"https://three"});
  REQUIRE(list.options.find_links == std::vector<std::string>{"./wheels"});
  REQUIRE((list.options.pre && list.options.no_index && list.options.require_hashes));
  REQUIRE(list.entries[0].hashes.size() == 2);
  REQUIRE(canonical(list) ==
          "flask==3 --hash=sha256:" + kDigest + " --hash=sha512:" + kDigest + kDigest + "\n");
}

TEST_CASE("editable entries, repositories and paths") {
  Files files;
  files.texts = {
      {"a/r.txt",
       "-e ../packages/core[all]\n-e git+https://h/x@main#egg=X\n./local.whl\nfoo @ file:///w/foo.whl\n"
       "/opt/in-image.whl\n"}};
  RequirementsList list = files.list("a/r.txt");
  REQUIRE(list.entries[0].editable);
  REQUIRE(list.entries[0].url == "./packages/core");
  REQUIRE(list.entries[0].extras == std::vector<std::string>{"all"});
  REQUIRE(list.entries[1].name == "x");
  REQUIRE(list.entries[2].url == "./a/local.whl");
  REQUIRE(list.entries[3].url == "file:///w/foo.whl");
  REQUIRE(list.entries[4].url == "/opt/in-image.whl");
}

TEST_CASE("errors name file, line and column, also after a continuation") {
  REQUIRE(refused("ok\n  flask=1\n") == "r.txt:2:8 '=1' is not a comparison; a version is pinned with '=='");
  REQUIRE(refused("flask>=1,\\\n   <abc\n").starts_with("r.txt:2:5 'abc' is not a version"));
  REQUIRE(refused("--indexurl=x\n") ==
          "r.txt:1:1 requirements files have no option '--indexurl' (did you mean '--index-url'?)");
  REQUIRE(refused("flask --no-deps\n") == "r.txt:1:7 --no-deps is not possible in a requirements file");
  REQUIRE(refused("flask --hash=md5:00\n") == "r.txt:1:7 'md5:00' is not a hash");
  REQUIRE(refused("--hash=sha256:0\n") == "r.txt:1:1 --hash belongs after the requirement it is of");
  REQUIRE(refused("-r\n") == "r.txt:1:1 -r needs a value");
  REQUIRE(refused("-i https://x flask\n") == "r.txt:1:14 'flask' is not expected after an option");
  REQUIRE(refused("-i https://${USER}@x\n") ==
          "r.txt:1:12 ${USER} would be read from the environment of who builds");
  REQUIRE(refused("-r https://x/r.txt\n").starts_with("r.txt:1:4 'https://x/r.txt' is on the network"));
  REQUIRE(refused("-r /etc/passwd\n") == "r.txt:1:4 '/etc/passwd' is an absolute path");
  REQUIRE(refused("-") == "r.txt:1:1 requirements files have no option '-'");
}

TEST_CASE("a missing file and a cycle are told at the line that includes") {
  Files files;
  files.texts = {{"r.txt", "x\n-r sub/a.txt"}, {"sub/a.txt", "-r b.txt"}, {"sub/b.txt", "y\n  -r a.txt"}};
  REQUIRE(
      files.error() ==
      "sub/b.txt:2:6 requirements files include each other in a cycle: sub/a.txt -> sub/b.txt -> sub/a.txt");
  files.texts["sub/b.txt"] = "-r none.txt";
  REQUIRE(files.error() == "sub/b.txt:1:4 cannot read 'sub/none.txt'");
}

TEST_CASE("hostile files end in bounded time") {
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += "package-" + std::to_string(i) + "==1." + std::to_string(i) + "\n";
  REQUIRE(parsed(many).entries.size() == 20'000);
  REQUIRE(!refused(std::string(200'000, '\\')).empty());
  REQUIRE(!refused(std::string("a\0b", 3)).empty());
  std::string continued;
  for (int i = 0; i < 20'000; ++i) continued += "\\\n";
  REQUIRE(parsed(continued + "x").entries.size() == 1);
}
