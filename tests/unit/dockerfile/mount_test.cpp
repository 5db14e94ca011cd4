#include "dockerfile/mount.hpp"

#include "base/strings.hpp"
#include "dockerfile/duration.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::dockerfile;

namespace {

Result<Mount> mount(std::string text) {
  File file;
  file.name = "Dockerfile";
  return parse_mount({std::move(text), {2, 5, 2, 9}}, file, [](const std::string& value) {
    return Result<std::string>(value == "$X" ? "/x" : value);
  });
}

Mount good(std::string text) {
  auto parsed = mount(std::move(text));
  REQUIRE_OK(parsed);
  return *parsed;
}

}  // namespace

TEST_CASE("keys of mounts") {
  Mount bind = good("target=$X,from=base,source=/s");
  REQUIRE(bind.type == Mount::Type::bind);
  REQUIRE(bind.target == "/x");
  REQUIRE(bind.from == "base");
  REQUIRE(bind.source == "/s");
  REQUIRE(bind.read_only);
  for (const char* text : {"type=bind,rw", "RW=true", "readwrite", "ro=false", "readonly=0"}) {
    INFO(text);
    REQUIRE_FALSE(good(text).read_only);
  }
  for (const char* text : {"type=cache,ro", "type=cache,readonly=1,target=/", "type=tmpfs,rw=false"}) {
    INFO(text);
    REQUIRE(good(text).read_only);
  }
  Mount cache = good("type=cache,id=i,dst=/c,sharing=Locked,uid=1,gid=2,mode=0700");
  REQUIRE(cache.type == Mount::Type::cache);
  REQUIRE_FALSE(cache.read_only);
  REQUIRE(cache.sharing == Mount::Sharing::locked);
  REQUIRE(cache.uid == 1U);
  REQUIRE(cache.gid == 2U);
  REQUIRE(cache.mode == 0700U);
  REQUIRE(good("type=tmpfs,target=/t,size=64m").size == 64U << 20);
  Mount secret = good("type=secret,id=s,env=TOKEN,required");
  REQUIRE(secret.env == "TOKEN");
  REQUIRE(secret.required);
  REQUIRE_FALSE(good("type=secret,id=s,required=false").required);
  REQUIRE(good("type=ssh,mode=0600").type == Mount::Type::ssh);
  REQUIRE(good("\"target=/a,b\",\"source=say \"\"hi\"\"\"").source == "say \"hi\"");
}

TEST_CASE("mounts that make no sense") {
  struct Case {
    const char *text, *message;
  };
  for (auto [text, message] : {
           Case{"type=bnd", "'bnd' is no type of a mount (did you mean 'bind'?)"},
           Case{"tpye=bind", "a mount has no key 'tpye' (did you mean 'type'?)"},
           Case{"type=bind,", "a mount has no key ''"},
           Case{"target", "the key 'target' of a mount needs a value"},
           Case{"ro=maybe", "'maybe' is no value for the key 'ro'"},
           Case{"required", "a mount of type 'bind' has no key 'required'"},
           Case{"type=cache,size=1", "a mount of type 'cache' has no key 'size'"},
           Case{"type=tmpfs,size=1x", "'1x' is no value for the key 'size'"},
           Case{"type=bind,uid=1", "a mount of type 'bind' has no key 'uid'"},
           Case{"type=tmpfs,mode=0700", "a mount of type 'tmpfs' has no key 'mode'"},
           Case{"type=cache,mode=9", "'9' is no value for the key 'mode'"},
           Case{"type=cache,sharing=all", "'all' is no sharing of a cache"},
           Case{"type=bind,sharing=locked", "a mount of type 'bind' has no key 'sharing'"},
           Case{"type=secret", "a secret needs an 'id' or a 'target'"},
           Case{"type=secret,id=a,src=b", "a secret has either an 'id' or a 'source'"},
           Case{"type=secret,id=a,from=b", "a mount of type 'secret' has no key 'from'"},
           Case{"a\"b", "a '\"' may only enclose a whole field"},
           Case{"\"a\"b", "a '\"' may only enclose a whole field"},
           Case{"\"a", "a '\"' is not closed"},
       }) {
    INFO(text);
    auto wrong = mount(text);
    REQUIRE_CODE(wrong, Code::invalid);
    REQUIRE(wrong.error().message().starts_with(message));
    REQUIRE(wrong.error().where().str() == "Dockerfile:2:5");
  }
}

TEST_CASE("durations, sizes and truths") {
  REQUIRE(go_duration("1h2m3.5s") == 3'723'500'000'000);
  REQUIRE(go_duration("250ms") == 250'000'000);
  REQUIRE(go_duration(".5s") == 500'000'000);
  REQUIRE(go_duration("1.s") == 1'000'000'000);
  REQUIRE(go_duration("10µs") == 10'000);
  REQUIRE(go_duration("-1ns") == -1);
  REQUIRE(go_duration("0") == 0);
  for (const char* text : {"", "5", "s", "1x", "1s2", "1..5s", "- 1s", "1 s", "99999999999h"}) {
    INFO(text);
    REQUIRE_FALSE(go_duration(text));
  }
  REQUIRE(go_bytes("100") == 100U);
  REQUIRE(go_bytes("1.5k") == 1536U);
  REQUIRE(go_bytes("2 GiB") == 2ULL << 30);
  REQUIRE(go_bytes("1Mb") == 1U << 20);
  REQUIRE(go_bytes("7b") == 7U);
  for (const char* text : {"", "k", "1x", "1kk", "1ib", "-1", "9999999p"}) {
    INFO(text);
    REQUIRE_FALSE(go_bytes(text));
  }
  REQUIRE(go_bool("T") == true);
  REQUIRE(go_bool("False") == false);
  REQUIRE_FALSE(go_bool("yes"));
}
