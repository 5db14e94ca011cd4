#include "tierbuild/host.hpp"
#include "support/temp.hpp"

using namespace tierbuild;

namespace {

HostPrimitive primitive(std::string name, std::function<Answer(const Invocation&)> call) {
  HostPrimitive made;
  made.name = std::move(name);
  made.doc = "A word of the test.";
  made.fields = {{"port", FieldType::port, "a port"}, {"any", FieldType::any, "anything"}};
  made.takes_items = true;
  made.call = std::move(call);
  return made;
}

}  // namespace

TEST_CASE("a primitive of the host gets its values and gives one back") {
  test::Temp temp;
  auto file = temp.write("Buildfile.lua",
                         "local web = service 'web' { from = 'x:1' }\n"
                         "local r = acme.deploy 'a' { 'one', web, port = 80, any = { x = { true, 2 } } }\n"
                         "service(r.names[1]) { from = 'x:1', doc = r.doc }\n");
  Host host;
  Invocation seen;
  REQUIRE(host.define(primitive(
                          "acme.deploy",
                          [&](const Invocation& call) -> Answer {
                            seen = call;
                            return HostValue::Map{{"names", HostValue::List{"made"}}, {"doc", "by the host"}};
                          }))
              .empty());
  auto diagnostics = host.evaluate(file.string());
  for (const auto& diagnostic : diagnostics) FAIL(diagnostic.str());
  REQUIRE(seen.name == "a");
  REQUIRE(seen.place.line == 2);
  REQUIRE(seen.items.size() == 2);
  REQUIRE(seen.items[1].text() == "service:web");
  REQUIRE(*seen["port"].number() == 80);
  REQUIRE(seen["any"].map()->at("x").list()->size() == 2);
  REQUIRE(seen["nothing"].is_nil());
  REQUIRE(host.targets().at(1).name == "made");
  REQUIRE(host.targets().at(1).doc == "by the host");
  REQUIRE(host.reads() == std::vector<std::string>{"exists tierbuild.lock", "read Buildfile.lua"});
}

TEST_CASE("refusals and exceptions of the host become diagnostics at the call") {
  test::Temp temp;
  auto file = temp.write("Buildfile.lua", "local x = 1\n  refuse 'a' {}\n");
  Host host;
  REQUIRE(host.define(primitive("refuse",
                                [](const Invocation&) -> Answer {
                                  return Refusal{"no", "ask again"};
                                }))
              .empty());
  auto diagnostics = host.evaluate(file.string());
  REQUIRE(diagnostics.size() == 1);
  REQUIRE(diagnostics[0].str() == "Buildfile.lua:2:3: error[E014]: refuse 'a': no");
  REQUIRE(diagnostics[0].hint == "ask again");
  REQUIRE(host.targets().empty());

  Host thrower;
  REQUIRE(thrower
              .define(primitive("refuse",
                                [](const Invocation&) -> Answer { throw std::runtime_error("broken"); }))
              .empty());
  diagnostics = thrower.evaluate(file.string());
  REQUIRE(diagnostics.size() == 1);
  REQUIRE(diagnostics[0].message == "refuse 'a': broken");
}

TEST_CASE("a primitive cannot take a name of the language") {
  Host host;
  auto nothing = [](const Invocation&) -> Answer { return HostValue(); };
  for (const char* name : {"service", "image", "image.from", "apt.more", "", "a b", ".x", "1x"}) {
    INFO(name);
    CHECK_FALSE(host.define(primitive(name, nothing)).empty());
  }
  CHECK(host.define(primitive("mine", nothing)).empty());
  CHECK(host.define(primitive("ours.one", nothing)).empty());
  CHECK(host.define(primitive("ours.two", nothing)).empty());
  CHECK_FALSE(host.define(primitive("ours", nothing)).empty());
  CHECK_FALSE(host.define(primitive("mine.more", nothing)).empty());
  CHECK_FALSE(host.define(primitive("mine", nothing)).empty());
}

TEST_CASE("the reference lists the language and what was added") {
  Host host;
  REQUIRE(host.define(primitive("mine", [](const Invocation&) -> Answer { return HostValue(); })).empty());
  bool service = false, mine = false;
  for (const HostSchema& schema : host.reference()) {
    service = service || (schema.name == "service" && schema.fields.size() > 20);
    mine = mine || (schema.name == "mine" && schema.fields.size() == 2);
  }
  REQUIRE(service);
  REQUIRE(mine);
}

TEST_CASE("options of the host reach the evaluation") {
  test::Temp temp;
  auto file = temp.write("Buildfile.lua",
                         "service(arg 'n' { 'x' }) { from = by_arch { amd64 = 'x:1', s390x = 'y:1' } }");
  HostOptions options;
  options.args = {{"n", "given"}};
  options.platform = "linux/s390x";
  Host host(options);
  REQUIRE(host.evaluate(file.string()).empty());
  REQUIRE(host.targets().at(0).name == "given");
  options.platform = "nonsense/";
  REQUIRE(Host(options).evaluate(file.string()).size() == 1);
}
