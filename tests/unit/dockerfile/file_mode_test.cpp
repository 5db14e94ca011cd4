#include "dockerfile/file_mode.hpp"

#include "dockerfile/remote.hpp"
#include "dockerfile/request.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::dockerfile;

TEST_CASE("modes as numbers and as changes") {
  struct Case {
    const char* text;
    uint32_t before, file, directory;
  };
  for (auto [text, before, file, directory] : {
           Case{"755", 0600, 0755, 0755},
           Case{"07777", 0600, 07777, 07777},
           Case{"0", 0644, 0, 0},
           Case{"u+x", 0644, 0744, 0744},
           Case{"+x", 0644, 0755, 0755},
           Case{"a+x,go-r", 0644, 0711, 0711},
           Case{"go-w", 0666, 0644, 0644},
           Case{"go=", 0755, 0700, 0700},
           Case{"=rw,+X", 0751, 0777, 0777},
           Case{"=rw,+X", 0640, 0666, 0777},
           Case{"a=rX", 0640, 0444, 0555},
           Case{"a=rX", 0740, 0555, 0555},
           Case{"g=u", 0640, 0660, 0660},
           Case{"u=rwx,go=u-w", 0640, 0755, 0755},
           Case{"o+g", 0640, 0644, 0644},
           Case{"o-u", 0647, 0641, 0641},
           Case{"u+s,g+s", 0755, 06755, 06755},
           Case{"o+s", 0755, 0755, 0755},
           Case{"+t", 0755, 01755, 01755},
           Case{"u=s", 0755, 04055, 04055},
           Case{"u+r-w+x", 0200, 0500, 0500},
           Case{"-X", 0755, 0644, 0644},
       }) {
    INFO(text << " on " << before);
    auto mode = FileMode::parse(text);
    REQUIRE_OK(mode);
    REQUIRE(mode->applied(before, FileMode::Of::file) == file);
    REQUIRE(mode->applied(before, FileMode::Of::directory) == directory);
  }
  for (const char* text : {"", "8", "10000", "75x", "u", "u+q", "x+u", "u+x,", "u+x go-r", "99999999999"}) {
    INFO(text);
    REQUIRE_CODE(FileMode::parse(text), Code::invalid);
  }
}

TEST_CASE("addresses of repositories") {
  auto parsed = [](const char* text) {
    INFO(text);
    Result<GitAddress> address = GitAddress::parse(text);
    REQUIRE_OK(address);
    return fmt::format("{} {} {} {} {:d}{:d}", address->remote, address->ref, address->subdir,
                       address->checksum, address->keep_git_dir, address->submodules);
  };
  CHECK(parsed("https://host/x.git") == "https://host/x.git    01");
  CHECK(parsed("github.com/team/x#main:a/b") == "https://github.com/team/x main a/b  01");
  CHECK(parsed("git@host:x.git#:sub") == "git@host:x.git  sub  01");
  CHECK(parsed("https://host/x.git?branch=a%2Fb&subdir=s&keep-git-dir&submodules=false") ==
        "https://host/x.git refs/heads/a/b s  10");
  CHECK(parsed("https://host/x.git?tag=v1&checksum=0123456") ==
        "https://host/x.git refs/tags/v1  0123456 01");
  CHECK(parsed("https://host/x.git?ref=main#main") == "https://host/x.git main   01");
  for (const char* text :
       {"https://host/x.git?no=1", "https://host/x.git?ref=a#b", "https://host/x.git?ref=a&tag=b",
        "https://host/x.git?ref", "https://host/x.git?keep-git-dir=maybe", "https://host/x.git?ref=%zz",
        "https://host/x.git?checksum=main", "https://host/x.git?checksum=012345"}) {
    INFO(text);
    REQUIRE_CODE(GitAddress::parse(text), Code::invalid);
  }
  std::string commit(40, 'a');
  CHECK(GitAddress::parse("https://host/x.git#" + commit)->commit() == commit);
  CHECK(GitAddress::parse("https://host/x.git?commit=" + commit)->commit() == commit);
  CHECK(GitAddress::parse("https://host/x.git?commit=" + commit + "#main")->commit().empty());
  CHECK(GitAddress::parse("https://host/x.git#main")->commit().empty());
}

TEST_CASE("hosts, sizes and limits of requests") {
  CHECK(*parse_host("a=1.2.3.4") == std::pair<std::string, std::string>("a", "1.2.3.4"));
  CHECK(*parse_host("a:::1") == std::pair<std::string, std::string>("a", "::1"));
  CHECK(*parse_host("a=[::1]") == std::pair<std::string, std::string>("a", "::1"));
  CHECK(parse_host("a:host-gateway"));
  for (const char* text : {"", "a", "a=", "=1.2.3.4", "a=b", "a b=1.2.3.4", "a\nb=1.2.3.4"}) {
    INFO(text);
    REQUIRE_CODE(parse_host(text), Code::invalid);
  }
  CHECK(parse_size("64m") == 64u << 20);
  CHECK(parse_size("1GiB") == 1u << 30);
  CHECK(parse_size("2kb") == 2048u);
  CHECK_FALSE(parse_size("much"));
  auto limit = parse_ulimit("nofile=10:20");
  REQUIRE_OK(limit);
  CHECK((limit->first == "nofile" && limit->second.soft == 10 && limit->second.hard == 20));
  CHECK(parse_ulimit("core=-1")->second.hard == -1);
  for (const char* text :
       {"nofile", "nofile=", "nofile=a", "nofile=1:2:3", "nofil=1", "nofile=2:1", "nofile=-2"}) {
    INFO(text);
    REQUIRE_CODE(parse_ulimit(text), Code::invalid);
  }
}

TEST_CASE("sources from elsewhere") {
  for (const char* source : {"a", "./a:b", "../x.git", "github.com/team/repository", "ftp://host/x", "a@b",
                             "@b:c", "a/b@c:d", "user@:x", "dir/*.git"}) {
    INFO(source);
    REQUIRE(kind_of(source) == SourceKind::path);
  }
  for (const char* source : {"http://host/x", "HTTPS://host/x.tar?y=.git", "https://host.git"}) {
    INFO(source);
    REQUIRE(kind_of(source) == SourceKind::url);
  }
  for (const char* source :
       {"https://host/x.git", "https://host/x.git#main:dir", "https://host/x.git?tag=v1", "git://host/x",
        "ssh://git@host/x", "git@host:team/x", "me_2@host.example:x.git#v1"}) {
    INFO(source);
    REQUIRE(kind_of(source) == SourceKind::git);
  }
}
