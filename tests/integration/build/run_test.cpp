// RUN of a Dockerfile: scripts and mounts of all kinds, in steps that really run.
#include <sys/socket.h>
#include <sys/un.h>

#include "integration/build/workshop.hpp"
#include "integration/sandbox/fixture.hpp"
#include "support/skip.hpp"

using namespace tierbuild;
using graph::Mount;
using test::Lines;
using test::Workshop;

namespace {

/// False if no step can run here; said aloud.
bool can_run() {
  if (sandbox::obstacle().empty()) return true;
  test::skip(sandbox::obstacle());
  return false;
}

class RunShop : public Workshop {
 public:
  RunShop() {
    std::filesystem::create_directories(temp() / "context/image/bin");
    std::filesystem::copy_file("/bin/busybox", context() / "image/bin/busybox");
    for (const char* name : {"sh", "cat", "ls", "stat", "test", "touch", "echo", "env", "id", "rm", "mkdir"})
      link("image/bin/" + std::string(name), "busybox");
    base = copied(scratch(), {"image", "/"});
  }

  graph::StackId shell(const std::string& script, std::vector<Mount> mounts) {
    graph::Run step;
    step.argv = {"/bin/sh", "-ec", script};
    step.mounts = std::move(mounts);
    return run(base, std::move(step));
  }
  /// What the script leaves in /out.
  std::string out(const std::string& script, std::vector<Mount> mounts) {
    graph::StackId image = shell(script, std::move(mounts));
    auto text = view(config(image).diff_ids).read("out");
    REQUIRE_OK(text);
    REQUIRE(text->has_value());
    return **text;
  }
  Mount bind(const std::string& path, const std::string& target) const {
    Mount mount;
    mount.kind = Mount::Kind::bind;
    mount.target = target;
    graph::FileSource from = source(path);
    from.strip = path;
    mount.from = from;
    return mount;
  }

  graph::StackId base;
};

}  // namespace

TEST_CASE("a script is run by its own interpreter, and is in no layer") {
  if (!can_run()) return;
  RunShop shop;
  graph::Run step;
  step.argv = {"/dev/pipes/EOF"};
  step.script = graph::Script{"/dev/pipes/EOF", "#!/bin/cat\nhello\n"};
  REQUIRE(shop.build(shop.run(shop.base, step)).ok());
  step.argv = {"/scripts/run"};
  step.script = graph::Script{"/scripts/run", "#!/bin/sh\nstat -c %a $0 > /out\n"};
  REQUIRE(shop.layer(shop.run(shop.base, step)) == Lines{"out 644 0:0 755\n"});
}

TEST_CASE("a context is mounted with its modes, and what is written to it is thrown away") {
  if (!can_run()) return;
  RunShop shop;
  shop.file("src/tool", "t", 0750);
  shop.file("src/sub/x", "x", 0600);
  shop.link("alias", "src");
  shop.link("src/link", "tool");
  const std::string look = "cd /m && stat -c '%a %N' tool sub/x link > /out";
  std::string found = shop.out(look, {shop.bind("src", "/m")});
  REQUIRE(found.starts_with("750 "));
  REQUIRE(found.find("600 ") != std::string::npos);
  REQUIRE(shop.out(look, {shop.bind("alias", "/m")}) == found);
  REQUIRE(shop.out("cat /m > /out", {shop.bind("src/tool", "/m")}) == "t");
  REQUIRE_FALSE(shop.build(shop.shell("touch /m/new", {shop.bind("src", "/m")})).ok());
  Mount writable = shop.bind("src", "/m");
  writable.writable = true;
  REQUIRE(shop.out("touch /m/new && rm /m/tool && ls /m > /out", {writable}) == "link\nnew\nsub\n");
  REQUIRE_FALSE(std::filesystem::exists(shop.context() / "src/new"));
  REQUIRE(std::filesystem::exists(shop.context() / "src/tool"));
  // All of the context, without what is ignored.
  Mount all = shop.bind("", "/m");
  std::get<graph::FileSource>(all.from).ignore = {"image", "alias"};
  REQUIRE(shop.out("ls -a /m > /out", {all}) == ".\n..\nsrc\n");
}

TEST_CASE("paths of another image are mounted") {
  if (!can_run()) return;
  RunShop shop;
  shop.file("a/b/f", "f");
  graph::StackId other = shop.copied(shop.scratch(), {"a", "/a"});
  Mount mount;
  mount.kind = Mount::Kind::bind;
  mount.target = "/m";
  mount.from = graph::StackSource{other, "/a/b"};
  REQUIRE(shop.out("ls /m > /out", {mount}) == "f\n");
  mount.from = graph::StackSource{other, "/a/b/f"};
  REQUIRE(shop.out("cat /m > /out", {mount}) == "f");
  mount.from = graph::StackSource{other, "/a"};
  mount.writable = true;
  REQUIRE(shop.out("touch /m/new && ls /m > /out", {mount}) == "b\nnew\n");
}

TEST_CASE("a new cache begins with what it is seeded from") {
  if (!can_run()) return;
  RunShop shop;
  shop.file("seed/f", "seed", 0640);
  graph::Place place = shop.copy({"seed", "/seed/"});
  place.owner = "5:6";
  graph::StackId other = shop.on(shop.scratch(), place);
  Mount cache;
  cache.kind = Mount::Kind::cache;
  cache.id = "first";
  cache.target = "/c";
  cache.seeded = true;
  cache.from = graph::StackSource{other, "/seed"};
  const std::string script = "stat -c '%a %u:%g' /c/f > /out; echo more > /c/g; ls /c >> /out";
  REQUIRE(shop.out(script, {cache}) == "640 5:6\nf\ng\n");
  REQUIRE(shop.out("rm /c/f; ls /c > /out", {cache}) == "g\n");
  REQUIRE(shop.out("true; ls /c > /out", {cache}) == "g\n");
  cache.id = "second";
  graph::FileSource files = shop.source("seed");
  files.strip = "seed";
  cache.from = files;
  REQUIRE(shop.out(script, {cache}) == "640 0:0\nf\ng\n");
  cache.id = "third";
  cache.sharing = graph::Sharing::private_;
  REQUIRE(shop.out("ls /c > /out", {cache}) == "f\n");
}

TEST_CASE("a secret is a file, a variable, or both") {
  if (!can_run()) return;
  RunShop shop;
  shop.options.secrets["token"] = {shop.temp().write("token", "s3cret-token").string(), ""};
  Mount secret;
  secret.kind = Mount::Kind::secret;
  secret.id = "token";
  secret.target = "/run/secrets/token";
  secret.mode = 0440;
  secret.uid = 3;
  secret.gid = 4;
  REQUIRE(shop.out("stat -c '%a %u:%g %s' /run/secrets/token > /out", {secret}) == "440 3:4 12\n");
  secret.env = "TOKEN";
  REQUIRE(shop.out("echo ${#TOKEN} $(stat -c %s /run/secrets/token) > /out", {secret}) == "12 12\n");
  secret.target.clear();
  REQUIRE(shop.out("echo ${#TOKEN} > /out; test ! -e /run/secrets/token", {secret}) == "12\n");
  secret.id = "none";
  REQUIRE(shop.error(shop.shell("true", {secret})).find("'none'") != std::string::npos);
  secret.required = false;
  REQUIRE(shop.out("echo ${TOKEN-unset} > /out", {secret}) == "unset\n");
}

TEST_CASE("an agent's socket is there for steps that ask for it") {
  if (!can_run()) return;
  RunShop shop;
  std::string path = (shop.temp() / "agent").string();
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(path.size() < sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  Mount agent;
  agent.kind = Mount::Kind::ssh;
  agent.target = "/run/agent.sock";
  REQUIRE(shop.error(shop.shell("true", {agent})).find("'default'") != std::string::npos);
  shop.options.ssh["default"] = path;
  REQUIRE(shop.out("test -S $SSH_AUTH_SOCK && echo $SSH_AUTH_SOCK > /out", {agent}) == "/run/agent.sock\n");
}
