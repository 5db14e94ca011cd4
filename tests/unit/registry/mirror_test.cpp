// Mirrors in order, rewritten names, and how hosts are kept from being asked too much.
#include <atomic>
#include <thread>

#include "support/temp.hpp"
#include "unit/registry/fake_transport.hpp"

namespace tierbuild::registry {
namespace {

std::string get(const std::string& url, const std::string& tag = "1") {
  return "GET " + url + "/manifests/" + tag;
}

void answer(FakeTransport& http, const std::string& line) {
  const std::string document = manifest_json();
  http.on(line, 200, manifest_headers(document), document);
}

ClientOptions with(std::map<std::string, std::vector<std::string>> mirrors) {
  ClientOptions options;
  options.mirrors = std::move(mirrors);
  return options;
}

}  // namespace

TEST_CASE("mirrors are asked in order, then the registry") {
  Scripted run(no_credentials(), with({{"a.example", {"m.example", "n.example/proxy"}}}));
  run.http.on(get("https://m.example/v2/team/app"), 404).on(get("https://n.example/v2/proxy/team/app"), 403);
  answer(run.http, get("https://a.example/v2/team/app"));
  REQUIRE_OK(run.client.manifest(reference("a.example/team/app:1")));
  for (const char* host : {"m.example/v2", "n.example/v2/proxy", "a.example/v2"})
    run.http.on(get(fmt::format("https://{}/team/app", host)), 404);
  auto failed = run.client.manifest(reference("a.example/team/app:1"));
  REQUIRE_CODE(failed, Code::not_found);
  for (const char* host : {"m.example", "n.example"})
    CHECK_THAT(failed.error().str(), Catch::Matchers::Contains(std::string("from ") + host));
}

TEST_CASE("who may not be told what is old asks the registry alone") {
  Scripted run(no_credentials(), with({{"a.example", {"m.example"}}}));
  answer(run.http, get("https://a.example/v2/team/app"));
  REQUIRE_OK(run.client.manifest(reference("a.example/team/app:1"), {}, Ask::registry));
  answer(run.http, get("https://m.example/v2/team/app"));
  REQUIRE_OK(run.client.manifest(reference("a.example/team/app:1"), {}, Ask::mirrors));
}

TEST_CASE("the longest name that fits is rewritten, at its slashes") {
  const std::map<std::string, std::vector<std::string>> mirrors = {
      {"docker.io", {"hub.example"}},
      {"docker.io/library", {"base.example/os/"}},
      {"docker.io/library/python", {"python.example/python"}},
      {"docker.io/lib", {"wrong.example"}}};
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"acme/app:1", "https://hub.example/v2/acme/app"},
      {"debian:1", "https://base.example/v2/os/debian"},
      {"python:1", "https://python.example/v2/python"},
      {"library/python/more:1", "https://python.example/v2/python/more"}};
  for (const auto& [name, url] : cases) {
    INFO(name);
    Scripted run(no_credentials(), with(mirrors));
    answer(run.http, get(url));
    REQUIRE_OK(run.client.manifest(
        reference("docker.io/" + (name.find('/') == std::string::npos ? "library/" + name : name))));
  }
  Scripted nameless(no_credentials(), with({{"a.example/app", {"m.example"}}}));
  REQUIRE_CODE(nameless.client.manifest(reference("a.example/app:1")), Code::invalid);
}

TEST_CASE("a mirror may say which scheme it speaks") {
  Scripted run(no_credentials(), with({{"a.example", {"http://m.example", "https://127.0.0.1:5000"}}}));
  run.http.on(get("http://m.example/v2/app"), 404);
  answer(run.http, get("https://127.0.0.1:5000/v2/app"));
  REQUIRE_OK(run.client.manifest(reference("a.example/app:1")));
}

TEST_CASE("a mirror that cannot be reached is asked twice and then left alone") {
  Scripted run(no_credentials(), with({{"a.example", {"m.example"}}}));
  const std::string mirror = get("https://m.example/v2/app");
  run.http.fail(mirror, Code::network).fail(mirror, Code::network);
  answer(run.http, get("https://a.example/v2/app"));
  answer(run.http, get("https://a.example/v2/app"));
  REQUIRE_OK(run.client.manifest(reference("a.example/app:1")));
  REQUIRE_OK(run.client.manifest(reference("a.example/app:1")));
  CHECK(run.http.done());
}

TEST_CASE("a loopback host with certificates speaks TLS") {
  test::Temp temp;
  std::filesystem::create_directories(temp / "127.0.0.1:5000");
  ClientOptions options;
  options.certificates = {temp.path()};
  Scripted run(no_credentials(), options);
  answer(run.http, get("https://127.0.0.1:5000/v2/app"));
  answer(run.http, get("http://127.0.0.1:5001/v2/app"));
  REQUIRE_OK(run.client.manifest(reference("127.0.0.1:5000/app:1")));
  REQUIRE_OK(run.client.manifest(reference("127.0.0.1:5001/app:1")));
}

TEST_CASE("no more exchanges than a host allows at once, and waiting ends when it is stopped") {
  const Sleep sleep = sleep_for;
  HostGate gate({.connections = 2}, sleep);
  std::atomic<int> inside = 0, most = 0;
  std::vector<std::thread> threads;
  for (int n = 0; n < 6; ++n)
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        auto pass = gate.enter({});
        const int now = ++inside;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        std::this_thread::yield();
        --inside;
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(most == 2);

  auto first = gate.enter({});
  auto second = gate.enter({});
  std::stop_source source;
  std::jthread stopper([&] { source.request_stop(); });
  REQUIRE_CODE(gate.enter(source.get_token()), Code::cancelled);
}

TEST_CASE("bytes wait for those before them at the pace of the host") {
  std::vector<int64_t> pauses;
  const Sleep sleep = [&](int64_t milliseconds, std::stop_token) { pauses.push_back(milliseconds); };
  FakeClock clock;
  HostGate gate({.bandwidth = 1000}, sleep, clock);
  gate.spend(500, {});
  gate.spend(1000, {});
  clock.time += 5000;
  gate.spend(100, {});
  CHECK(pauses == std::vector<int64_t>{500, 1500, 100});
}

TEST_CASE("offline, nothing is asked and the error says what would have been") {
  auto transport = offline_transport();
  auto anonymous = no_credentials();
  Client client(*transport, *anonymous);
  auto failed = client.manifest(reference("a.example/app:1"));
  REQUIRE_CODE(failed, Code::denied);
  CHECK_THAT(failed.error().message(), Catch::Matchers::Contains("https://a.example/v2/app/manifests/1"));
  CHECK_THAT(failed.error().message(), Catch::Matchers::Contains("--offline"));
}

}  // namespace tierbuild::registry
