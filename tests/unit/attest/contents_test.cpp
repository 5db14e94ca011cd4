#include "attest/contents.hpp"

#include "support/catch.hpp"

namespace tierbuild::attest {
namespace {

std::vector<std::string> names(const Contents& contents) {
  std::vector<std::string> out;
  for (const Package& package : contents.packages) out.push_back(package.name + "=" + package.version);
  return out;
}

using Names = std::vector<std::string>;

constexpr const char* kStatus = "var/lib/dpkg/status";

}  // namespace

TEST_CASE("each kind of database is read") {
  TellingFiles files;
  files.add(kStatus,
            "Package: bash\nStatus: install ok installed\nVersion: 5.2\nArchitecture: amd64\nConffiles:\n "
            "/etc/x 12\n\n"
            "Package: removed\nStatus: deinstall ok config-files\nVersion: 1\n\n"
            "Package: half\nStatus: install ok half-installed\nVersion: 1\n");
  files.add("var/lib/dpkg/status.d/base", "Package: base-files\nVersion: 12.4\nArchitecture: all\n");
  files.add("lib/apk/db/installed",
            "C:Q1\nP:musl\nV:1.2.4-r2\nA:x86_64\nF:lib\nR:libc.so\n\nP:zlib\nV:1.3\n");
  files.add("usr/lib/python3/x.dist-info/METADATA", "Name: My_Package\nVersion: 2.0\n\nName: not-this\n");
  files.add("app/package-lock.json",
            R"({"packages":{"":{"version":"0.1"},"node_modules/a":{"version":"1.0"},
                "node_modules/a/node_modules/@s/b":{"version":"2.0"},"node_modules/link":{"link":true}}})");
  files.add("old/package-lock.json",
            R"({"dependencies":{"c":{"version":"3.0","dependencies":{"d":{"version":"4.0"}}}}})");
  files.add("etc/os-release", "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=\"3.18.4\"\n");
  Contents contents = files.contents();
  CHECK(names(contents) == Names{"base-files=12.4", "bash=5.2", "musl=1.2.4-r2", "zlib=1.3", "my-package=2.0",
                                 "@s/b=2.0", "a=1.0", "c=3.0", "d=4.0"});
  CHECK(contents.distribution == "alpine");
  CHECK(contents.release == "3.18.4");
}

TEST_CASE("a layer replaces and hides what is below") {
  TellingFiles files;
  files.add(kStatus, "Package: old\nStatus: install ok installed\nVersion: 1\n");
  files.add("a/one.dist-info/METADATA", "Name: one\nVersion: 1\n");
  files.add("b/two.dist-info/METADATA", "Name: two\nVersion: 1\n");
  files.add("c/three.dist-info/METADATA", "Name: three\nVersion: 1\n");
  files.add("d/four.dist-info/METADATA", "Name: four\nVersion: 1\n");
  files.begin_layer();
  files.add(kStatus, "Package: new\nStatus: install ok installed\nVersion: 2\n");
  files.pass("a/.wh.one.dist-info", false);
  files.add("b/five.dist-info/METADATA", "Name: five\nVersion: 1\n");
  files.pass("b/.wh..wh..opq", false);  // about what is below, though it comes later
  files.pass("c", false);               // a symlink in place of the directory
  files.pass("d", true);
  CHECK(names(files.contents()) == Names{"new=2", "five=1", "four=1"});
}

TEST_CASE("what was really installed counts for more than a lock file") {
  TellingFiles files;
  files.add("app/package-lock.json", R"({"packages":{"node_modules/dev":{"version":"1.0"}}})");
  files.add("app/node_modules/.package-lock.json", R"({"packages":{"node_modules/used":{"version":"1.0"}}})");
  CHECK(names(files.contents()) == Names{"used=1.0"});
}

TEST_CASE("damaged databases give no packages") {
  TellingFiles files;
  files.add("app/package-lock.json", "{\"packages\":[1,2]}");
  files.add("x/package-lock.json", "not json");
  files.add("y/package-lock.json", R"({"packages":{"node_modules/a":5,"node_modules/b":{"version":7}}})");
  files.add(kStatus, "Version: 1\nStatus: install ok installed\n\n\n:\n");
  CHECK(files.contents().packages.empty());
}

TEST_CASE("only telling files are wanted") {
  for (const char* path :
       {"var/lib/dpkg/status", "var/lib/dpkg/status.d/libc6", "lib/apk/db/installed", "package-lock.json",
        "app/package-lock.json", "app/node_modules/.package-lock.json"})
    CHECK(TellingFiles::is_wanted(path));
  for (const char* path :
       {"var/lib/dpkg/status-old", "var/lib/dpkg/status.d/libc6.md5sums", "my-package-lock.json"})
    CHECK_FALSE(TellingFiles::is_wanted(path));
}

}  // namespace tierbuild::attest
