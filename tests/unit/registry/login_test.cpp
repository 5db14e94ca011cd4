// Logins that are tried, saved and removed.
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "registry/base64.hpp"
#include "registry/certificates.hpp"
#include "support/temp.hpp"
#include "unit/registry/fake_transport.hpp"

namespace tierbuild::registry {
namespace {

const std::string kBase = "GET https://a.example/v2/";
const Headers kBearer = {{"www-authenticate", "Bearer realm=\"https://auth.example/token\",service=\"reg\""}};
const std::string kToken =
    "GET https://auth.example/token?service=reg&account=ann&client_id=tierbuild&offline_token=true";

std::unique_ptr<Credentials> ann() {
  return fixed_credentials("a.example", {"ann", "secret"});
}

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

struct Home {
  Home() { environment.variables["HOME"] = temp / "home"; }
  std::filesystem::path file() const { return temp / "home/.docker/config.json"; }
  std::optional<Login> find(const std::string& host) const {
    auto found = file_credentials(environment)->find(host);
    REQUIRE_OK(found);
    return *found;
  }
  test::Temp temp;
  FakeEnvironment environment;
};

}  // namespace

TEST_CASE("a login is tried, and an identity token taken in its place") {
  Scripted basic(ann());
  basic.http.on(kBase, 401, {{"www-authenticate", "Basic realm=\"x\""}}).on(kBase, 200);
  auto accepted = basic.client.login("a.example");
  REQUIRE_OK(accepted);
  CHECK(accepted->empty());
  CHECK(basic.http.header(1, "Authorization") == "Basic " + base64("ann:secret"));

  Scripted token(ann());
  token.http.on(kBase, 401, kBearer)
      .on(kToken, 200, {}, R"({"token": "t1", "refresh_token": "r1"})")
      .on(kBase, 200);
  accepted = token.client.login("a.example");
  REQUIRE_OK(accepted);
  CHECK(*accepted == "r1");
  CHECK(token.http.header(2, "Authorization") == "Bearer t1");
}

TEST_CASE("a login that is refused says so, once") {
  Scripted basic(ann());
  basic.http.on(kBase, 401, {{"www-authenticate", "Basic realm=\"x\""}}).on(kBase, 401);
  REQUIRE_CODE(basic.client.login("a.example"), Code::denied);
  Scripted token(ann());
  token.http.on(kBase, 401, kBearer).on(kToken, 401);
  REQUIRE_CODE(token.client.login("a.example"), Code::denied);
  Scripted elsewhere(ann());
  elsewhere.http.on(kBase, 404);
  REQUIRE_CODE(elsewhere.client.login("a.example"), Code::not_found);
  Scripted open(ann());
  open.http.on(kBase, 200).on(kBase, 200).on(kBase, 200).on(kBase, 403);
  REQUIRE_OK(open.client.login("a.example"));
  CHECK(open.http.header(1, "Authorization") == "Basic " + base64("ann:secret"));
  REQUIRE_CODE(open.client.login("a.example"), Code::denied);
}

TEST_CASE("a saved login is found, and all else in the file stays") {
  Home home;
  home.temp.write(
      "home/.docker/config.json",
      R"({"psFormat": "x", "auths": {"b.example": {"auth": "YTpi"}, "https://a.example/v2/": {}}})");
  auto saved = save_login(home.environment, "a.example", {"ann", "se:cret"});
  REQUIRE_OK(saved);
  CHECK(saved->where == home.file().string());
  CHECK(saved->kept == KeptAs::plain_text);
  CHECK(home.find("a.example")->password == "se:cret");
  CHECK(home.find("a.example")->from == home.file().string());
  CHECK(home.find("b.example")->user == "a");
  const std::string text = text_of(home.file());
  CHECK(text.find("psFormat") < text.find("auths"));
  CHECK(text.find("https://a.example/v2/") == std::string::npos);
  struct stat info {};
  REQUIRE(::stat(home.file().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);

  CHECK(*erase_login(home.environment, "a.example"));
  CHECK_FALSE(*erase_login(home.environment, "a.example"));
  CHECK_FALSE(home.find("a.example").has_value());
  CHECK(home.find("b.example")->user == "a");
}

TEST_CASE("an identity token is saved as docker saves it, and docker.io under its historic name") {
  Home home;
  REQUIRE_OK(save_login(home.environment, "docker.io", {kTokenUser, "r1"}));
  CHECK(home.find("docker.io")->user == kTokenUser);
  CHECK(home.find("docker.io")->password == "r1");
  CHECK_THAT(text_of(home.file()), Catch::Matchers::Contains("\"https://index.docker.io/v1/\""));
}

TEST_CASE("a file that is a link stays one, a malformed one is left alone") {
  Home home;
  auto target = home.temp.write("dotfiles/config.json", "{}");
  std::filesystem::create_directories(home.file().parent_path());
  std::filesystem::create_symlink(target, home.file());
  REQUIRE_OK(save_login(home.environment, "a.example", {"ann", "x"}));
  CHECK(std::filesystem::is_symlink(home.file()));
  CHECK_THAT(text_of(target), Catch::Matchers::Contains("a.example"));
  home.temp.write("dotfiles/config.json", "{ nonsense");
  REQUIRE_CODE(save_login(home.environment, "a.example", {"ann", "x"}), Code::invalid);
  CHECK(text_of(target) == "{ nonsense");
  REQUIRE_CODE(save_login(FakeEnvironment(), "a.example", {"ann", "x"}), Code::invalid);
}

TEST_CASE("a login goes to the helper that the file names for its host") {
  Home home;
  home.temp.write("home/.docker/config.json", R"({"credHelpers": {"a.example": "tbkeep"}})");
  const std::string chain = home.temp / "chain";
  auto program = home.temp.write("bin/docker-credential-tbkeep",
                                 "#!/bin/sh\nread -r in\ncase $1 in store) echo \"$in\" > " + chain +
                                     ";; erase) echo \"gone $in\" > " + chain + ";; get) cat " + chain +
                                     " 2>/dev/null || "
                                     "{ echo 'credentials not found in native keychain'; exit 1; };; esac\n");
  REQUIRE(::chmod(program.c_str(), 0755) == 0);
  const std::string old = std::getenv("PATH");
  ::setenv("PATH", (program.parent_path().string() + ":" + old).c_str(), 1);
  auto saved = save_login(home.environment, "a.example", {"ann", "secret"});
  REQUIRE_OK(saved);
  CHECK(saved->kept == KeptAs::secret);
  CHECK(saved->where == "docker-credential-tbkeep");
  CHECK(home.find("a.example")->password == "secret");
  CHECK(text_of(home.file()).find(base64("ann:secret")) == std::string::npos);
  CHECK(*erase_login(home.environment, "a.example"));
  CHECK(text_of(chain) == "gone a.example\n");
  ::setenv("PATH", old.c_str(), 1);
  REQUIRE_CODE(save_login(home.environment, "a.example", {"ann", "secret"}), Code::host_lacks);
}

TEST_CASE("podman's logins are found after docker's") {
  Home home;
  home.environment.variables["XDG_RUNTIME_DIR"] = home.temp / "run";
  home.temp.write("run/containers/auth.json", R"({"auths": {"a.example": {"auth": "YTpi"}}})");
  CHECK(home.find("a.example")->user == "a");
}

TEST_CASE("a host's certificates are in the first directory that names it") {
  test::Temp temp;
  temp.write("own/a.example/ca.crt", "");
  temp.write("xdg/containers/certs.d/a.example/ca.crt", "");
  temp.write("xdg/docker/certs.d/b.example:5000/ca.crt", "");
  FakeEnvironment environment;
  environment.variables = {{"TIERBUILD_CERTS", temp / "own"}, {"XDG_CONFIG_HOME", temp / "xdg"}};
  const auto directories = certificate_directories(environment);
  CHECK(certificates_of(directories, "a.example") == temp.path() / "own/a.example");
  CHECK(certificates_of(directories, "b.example:5000") == temp.path() / "xdg/docker/certs.d/b.example:5000");
  for (const char* host : {"b.example", "..", "../own/a.example", ""}) {
    INFO(host);
    CHECK(certificates_of(directories, host).empty());
  }
}

TEST_CASE("a client certificate needs its key") {
  test::Temp temp;
  temp.write("a.example/client.cert", "certificate");
  temp.write("a.example/one.crt", "one");
  TrustStore store({temp.path()}, temp.write("system", "all").string());
  auto url = parse_url("https://a.example/");
  REQUIRE_OK(url);
  REQUIRE_CODE(store.of(*url), Code::invalid);
  temp.write("a.example/client.key", "key");
  auto trust = store.of(*url);
  REQUIRE_OK(trust);
  CHECK((*trust)->authorities == "all\none\n");
  CHECK((*trust)->key.filename() == "client.key");
  auto other = store.of(*parse_url("https://a.example:8443/"));
  REQUIRE_OK(other);
  CHECK(*other == nullptr);
}

}  // namespace tierbuild::registry
