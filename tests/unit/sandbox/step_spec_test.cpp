#include "sandbox/step_spec.hpp"

#include "support/catch.hpp"

namespace tierbuild::sandbox {
namespace {

StepSpec full_spec() {
  StepSpec spec;
  spec.id = "web-1";
  spec.scratch = "/store/tmp/\xff\xfe";
  spec.runtime = "/usr/bin/runc";
  spec.layers = {"a", "b"};
  spec.layers_root = "/store/snapshots";
  spec.upper = "/store/upper";
  spec.argv = {"sh", "-c", "echo 'h\xc3\xa9' \"x\"\n"};
  spec.env = {"A=", "B=\x80=\n"};
  spec.cwd = "/work";
  spec.user = "app:video";
  spec.hostname = "h";
  StepMount mount;
  mount.kind = StepMount::Kind::secret;
  mount.target = "/run/secret";
  mount.source = "/src";
  mount.layers = {{"x"}, "sub"};
  mount.read_only = false;
  mount.size = 1ULL << 40;
  for (int byte = 0; byte < 256; ++byte) mount.secret += static_cast<char>(byte);
  mount.uid = 1;
  mount.gid = 2;
  mount.mode = 0400;
  mount.sharing = Sharing::private_;
  spec.mounts = {mount};
  spec.network = true;
  spec.user_xattr = true;
  spec.limits = {1ULL << 33, 1.5, 100, 60'000};
  return spec;
}

}  // namespace

TEST_CASE("a step survives its JSON byte for byte") {
  StepSpec spec = full_spec();
  auto back = StepSpec::parse(spec.json());
  REQUIRE_OK(back);
  CHECK(back->json() == spec.json());
  CHECK(back->argv == spec.argv);
  CHECK(back->env == spec.env);
  CHECK(back->scratch == spec.scratch);
  REQUIRE(back->mounts.size() == 1);
  CHECK(back->mounts[0].secret == spec.mounts[0].secret);
  CHECK(back->mounts[0].kind == StepMount::Kind::secret);
  CHECK(back->mounts[0].sharing == Sharing::private_);
  CHECK(back->limits.cpus == 1.5);
}

TEST_CASE("a step that cannot be carried out is refused") {
  auto refuses = [](auto change) {
    StepSpec spec = full_spec();
    change(spec);
    REQUIRE_CODE(StepSpec::parse(spec.json()), Code::invalid);
  };
  refuses([](StepSpec& spec) { spec.id = "../x"; });
  refuses([](StepSpec& spec) { spec.id = ""; });
  refuses([](StepSpec& spec) { spec.id = std::string(300, 'x'); });
  refuses([](StepSpec& spec) { spec.argv.clear(); });
  refuses([](StepSpec& spec) { spec.argv[1] = std::string("a\0b", 3); });
  refuses([](StepSpec& spec) { spec.env = {"NOVALUE"}; });
  refuses([](StepSpec& spec) { spec.env = {"=value"}; });
  refuses([](StepSpec& spec) { spec.scratch = "relative"; });
  refuses([](StepSpec& spec) { spec.cwd = std::string("/a\0b", 4); });
  refuses([](StepSpec& spec) { spec.mounts[0].target = "relative"; });
}

TEST_CASE("malformed JSON is an error and nothing else") {
  for (const char* text : {"", "{", "[]", "null", "{\"id\":7}", "\"\\ud800\""}) {
    CAPTURE(text);
    REQUIRE_CODE(StepSpec::parse(text), Code::invalid);
    REQUIRE_CODE(StepReport::parse(text), Code::invalid);
  }
  std::string text = full_spec().json();
  for (size_t size = 0; size < text.size(); size += 7)
    REQUIRE_CODE(StepSpec::parse(text.substr(0, size)), Code::invalid);
  text.replace(text.find("\"kind\":4"), 8, "\"kind\":9");
  REQUIRE_CODE(StepSpec::parse(text), Code::invalid);
}

TEST_CASE("a report is one line and survives it") {
  StepReport report{true, 137, "line\nline \xff", true, {"etc/hosts", "a b"}};
  std::string line = report.json();
  CHECK(line.find('\n') == line.size() - 1);
  auto back = StepReport::parse(line);
  REQUIRE_OK(back);
  CHECK(back->started);
  CHECK(back->exit_code == 137);
  CHECK(back->error == report.error);
  CHECK(back->out_of_memory);
  CHECK(back->mount_points == report.mount_points);
}

TEST_CASE("a probe and what it found survive their JSON") {
  StepSpec spec;
  spec.id = "probe";
  spec.scratch = "/scratch";
  spec.argv = {"serve"};
  spec.probe = ProbeSpec{{"curl", "\xff"}, 1, 2, 3, 4};
  auto read = StepSpec::parse(spec.json());
  REQUIRE_OK(read);
  REQUIRE(read->probe->argv == spec.probe->argv);
  REQUIRE(read->probe->start_ms == 3);
  REQUIRE(read->probe->retries == 4);
  spec.probe->argv.clear();
  REQUIRE_CODE(StepSpec::parse(spec.json()), Code::invalid);

  StepReport report;
  report.probe = ProbeReport{ProbeReport::Verdict::refused, 2, 137, true, "output\xff", "no such program"};
  auto found = StepReport::parse(report.json());
  REQUIRE_OK(found);
  REQUIRE(found->probe->verdict == ProbeReport::Verdict::refused);
  REQUIRE(found->probe->output == "output\xff");
  REQUIRE(found->probe->timed_out);
}

}  // namespace tierbuild::sandbox
