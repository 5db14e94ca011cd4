#include "lint/image_facts.hpp"
#include "support.hpp"

using namespace tierbuild;
using namespace tierbuild::test;

TEST_CASE("root_user: declared, inherited, of the base, and by number") {
  LintWorkspace work;
  work.tier("web", "python:3.11");
  work.service("api", "web");
  Outcome outcome = work.check("root_user");
  CHECK(texts(outcome.findings) == "Buildfile.lua:2:1 service 'api' runs as root\n");
  CHECK(outcome.findings[0].help.find("not in the store") != std::string::npos);

  work.images.base = image::Config{};
  work.images.base->user = "nobody";
  CHECK(work.check("root_user").findings.empty());
  work.images.base->user = "0:0";
  CHECK(work.check("root_user").findings.size() == 1);
  work.decl("web").config.user = "app";
  CHECK(work.check("root_user").findings.empty());
  work.image("api").passwd = "app:x:0:0::/:/bin/sh\n";
  CHECK(texts(work.check("root_user").findings) ==
        "Buildfile.lua:2:1 service 'api' runs as 'app', whose number is 0\n");
}

TEST_CASE("missing_healthcheck: services only; health.none() is a decision") {
  LintWorkspace work;
  work.tier("web", "python:3.11");
  work.service("api", "web");
  CHECK(texts(work.check("missing_healthcheck").findings) ==
        "Buildfile.lua:2:1 service 'api' has no health check\n");
  work.decl("api").config.healthcheck = image::Healthcheck{.test = {"NONE"},
                                                           .interval_ns = 0,
                                                           .timeout_ns = 0,
                                                           .start_period_ns = 0,
                                                           .retries = 0,
                                                           .start_interval_ns = 0};
  CHECK(work.check("missing_healthcheck").findings.empty());
}

TEST_CASE("size_budget: real sizes, and a note where there is no image") {
  LintWorkspace work;
  work.tier("web", "python:3.11").budget = 1000;
  Outcome outcome = work.check("size_budget");
  CHECK(outcome.findings.empty());
  REQUIRE(outcome.notes.size() == 1);
  CHECK(outcome.notes[0].message.find("not checked") != std::string::npos);
  work.image("web").size = 1000;
  CHECK(work.check("size_budget").findings.empty());
  work.image("web").size = 1001;
  outcome = work.check("size_budget");
  CHECK(outcome.findings.size() == 1);
  CHECK(outcome.notes.empty());
}

TEST_CASE("python_version: the wanted one, the tag, the environment and the interpreter") {
  LintWorkspace work;
  work.tier("web", "python:3.12-slim").python = "3.11";
  CHECK(texts(work.check("python_version").findings) ==
        "Buildfile.lua:1:1 tier 'web' is to have Python 3.11, but its base python:3.12-slim is 3.12\n");
  work.images.base = image::Config{};
  work.images.base->env = {"PYTHON_VERSION=3.10.2"};
  CHECK(texts(work.check("python_version").findings) ==
        "Buildfile.lua:1:1 tier 'web' is to have Python 3.11, but its base image says 3.10.2\n");

  work.directory("web", "usr", 0755);
  work.directory("web", "usr/local", 0755);
  work.directory("web", "usr/local/bin", 0755);
  work.file("web", "usr/local/bin/python3", 0777, 0, FileFact::Kind::symlink, "python3.9");
  work.file("web", "usr/local/bin/python3.9", 0755);
  Outcome outcome = work.check("python_version");
  CHECK(texts(outcome.findings) ==
        "Buildfile.lua:1:1 tier 'web' is to have Python 3.11, but the interpreter in its image is 3.9\n");
  CHECK(outcome.notes.empty());
  work.decl("web").python = "3.9";
  CHECK(work.check("python_version").findings.empty());
  CHECK(texts(work.check("python_version", "3.11").findings) ==
        "Buildfile.lua:1:1 tier 'web' has python = '3.9', but this workspace wants 3.11\n");
}

TEST_CASE("unreadable_by_user: a command in the home of root") {
  LintWorkspace work;
  project::TargetDecl& api = work.service("api", "python:3.11");
  api.config.user = "1000";
  api.config.cmd = std::vector<std::string>{"serve"};
  api.config.env["PATH"] = "/root/.local/bin:/usr/bin";
  CHECK(texts(work.check("unreadable_by_user").findings) ==
        "Buildfile.lua:1:1 the user '1000' of service 'api' cannot use /root/.local/bin, a directory of its "
        "PATH: /root "
        "is closed to all but root\n");
  for (const char* path : {"root", "root/.local", "root/.local/bin", "usr", "usr/bin"})
    work.directory("api", path, path == std::string("root") ? 0700 : 0755);
  work.file("api", "root/.local/bin/serve", 0755);
  Outcome outcome = work.check("unreadable_by_user");
  CHECK(texts(outcome.findings) ==
        "Buildfile.lua:1:1 the user '1000' of service 'api' cannot use /root/.local/bin/serve, its command: "
        "/root is "
        "closed to it (mode 0700, owner 0:0)\n");
  work.directory("api", "root", 0755);
  CHECK(work.check("unreadable_by_user").findings.empty());
  work.file("api", "root/.local/bin/serve", 0750);
  work.image("api").passwd = "app:x:1000:50::/:/bin/sh\n";
  work.image("api").group = "staff:x:50:\nroot:x:0:\n";
  CHECK(work.check("unreadable_by_user").findings.size() == 1);
  work.image("api").group = "staff:x:50:\nroot:x:0:app\n";
  CHECK(work.check("unreadable_by_user").findings.empty());
}

TEST_CASE("unreadable_by_user: files that a copy places, at the line of the copy") {
  LintWorkspace work;
  project::TargetDecl& api = work.service("api", "python:3.11");
  api.config.user = "app";
  work.files["Buildfile.lua"] = "service 'api' {\n  copy = { { 'src', to = '/app' } } }\n";
  api.copy.push_back(LintWorkspace::copy("/w/src", 2));
  work.image("api").passwd = "app:x:1000:1000::/:/bin/sh\n";
  work.directory("api", "app", 0755);
  work.file("api", "app/main.py", 0644);
  CHECK(work.check("unreadable_by_user").findings.empty());
  work.file("api", "app/secret.ini", 0600);
  CHECK(texts(work.check("unreadable_by_user").findings) ==
        "Buildfile.lua:2:3 the user 'app' of service 'api' cannot read /app: /app/secret.ini has mode 0600, "
        "owner 0:0\n");
  api.config.user = "ghost";
  CHECK(texts(work.check("unreadable_by_user").findings) ==
        "Buildfile.lua:1:1 the image of service 'api' has no user 'ghost'\n");
}

TEST_CASE("image facts follow symlinks inside the image, and give up on circles") {
  ImageFacts facts;
  auto add = [&](const std::string& path, FileFact::Kind kind, const std::string& link = {}) {
    facts.files[path] = {kind, 0755, 0, 0, link};
  };
  add("opt", FileFact::Kind::directory);
  add("opt/x", FileFact::Kind::file);
  add("link", FileFact::Kind::symlink, "/opt/../opt");
  add("a", FileFact::Kind::symlink, "b");
  add("b", FileFact::Kind::symlink, "a");
  CHECK(facts.resolve("/link/x") == "opt/x");
  CHECK(facts.resolve("/../../link/./x") == "opt/x");
  CHECK_FALSE(facts.resolve("/a"));
  CHECK_FALSE(facts.resolve("/opt/y"));
}
