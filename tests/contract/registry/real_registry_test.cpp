// What only a real registry, real files and real processes can show.
#include <fcntl.h>
#include <sys/resource.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "base/clock.hpp"
#include "base/unique_fd.hpp"
#include "registry/client.hpp"
#include "support/registry.hpp"

namespace tierbuild::registry {
namespace {

bool missing() {
  if (test::RealRegistry::available()) return false;
  test::skip("docker-registry, htpasswd or openssl is not installed");
  return true;
}

image::Reference reference(const std::string& host, const std::string& rest) {
  auto parsed = image::Reference::parse(host + "/" + rest);
  REQUIRE_OK(parsed);
  return *parsed;
}

long peak_kilobytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

}  // namespace

TEST_CASE("a large blob is streamed, not held in memory") {
  if (missing()) return;
  test::RealRegistry server;
  auto transport = curl_transport();
  auto anonymous = no_credentials();
  Client client(*transport, *anonymous);
  const image::Reference app = reference(server.host(), "app:1");

  test::Temp temp;
  constexpr uint64_t kSize = 256 << 20;
  UniqueFd fd(::open((temp / "blob").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  REQUIRE(::ftruncate(fd.get(), kSize) == 0);
  Sha256 hash;
  const std::string zeros(1 << 20, '\0');
  for (uint64_t at = 0; at < kSize; at += zeros.size()) hash.update(zeros);
  const image::Descriptor blob{image::kOciLayer, hash.finish(), kSize};

  const long before = peak_kilobytes();
  REQUIRE_OK(client.push_blob(app, blob, fd.get()));
  uint64_t received = 0;
  REQUIRE_OK(client.blob(app, blob, [&](std::string_view piece) {
    received += piece.size();
    return Status();
  }));
  CHECK(received == kSize);
  CHECK(peak_kilobytes() - before < 32 << 10);
}

TEST_CASE("a blob that the registry's disk has damaged is corrupt") {
  if (missing()) return;
  test::RealRegistry server;
  auto transport = curl_transport();
  auto anonymous = no_credentials();
  Client client(*transport, *anonymous);
  const image::Reference app = reference(server.host(), "app:1");
  test::Temp temp;
  UniqueFd fd(::open(temp.write("blob", "sound bytes").c_str(), O_RDONLY | O_CLOEXEC));
  const image::Descriptor blob{image::kOciLayer, Digest::of("sound bytes"), 11};
  REQUIRE_OK(client.push_blob(app, blob, fd.get()));

  const std::string hex = blob.digest.hex();
  const auto file = server.data() / "docker/registry/v2/blobs/sha256" / hex.substr(0, 2) / hex / "data";
  REQUIRE(std::filesystem::exists(file));
  std::ofstream(file, std::ios::trunc) << "wrong bytes";
  auto status = client.blob(app, blob, [](std::string_view) { return Status(); });
  REQUIRE_CODE(status, Code::corrupt);
}

TEST_CASE("many threads share one client") {
  if (missing()) return;
  test::RealRegistry server({std::pair("ann", "secret"), false});
  auto transport = curl_transport();
  auto login = fixed_credentials(server.host(), {"ann", "secret"});
  Client client(*transport, *login);
  test::Temp temp;
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int n = 0; n < 6; ++n) {
    const std::string bytes = "blob " + std::to_string(n);
    const auto file = temp.write(bytes, bytes);
    threads.emplace_back([&, n, bytes, file] {
      auto app = image::Reference::parse(server.host() + "/app" + std::to_string(n % 2) + ":1");
      UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
      const image::Descriptor blob{image::kOciLayer, Digest::of(bytes), bytes.size()};
      for (int round = 0; round < 5; ++round) {
        bool pushed = static_cast<bool>(client.push_blob(*app, blob, fd.get()));
        std::string back;
        auto pulled = client.blob(*app, blob, [&](std::string_view piece) {
          back += piece;
          return Status();
        });
        if (pushed && pulled && back == bytes) ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(good == 30);
}

TEST_CASE("a registry that is gone is a network error with a hint") {
  if (missing()) return;
  test::RealRegistry server;
  server.stop();
  auto transport = curl_transport();
  auto anonymous = no_credentials();
  Client client(*transport, *anonymous);
  const int64_t start = Clock::system().monotonic();
  auto found = client.resolve(reference(server.host(), "app:1"));
  REQUIRE_CODE(found, Code::network);
  CHECK_THAT(found.error().message(),
             Catch::Matchers::StartsWith("cannot pull " + server.host() + "/app:1 from"));
  CHECK_THAT(found.error().hint(), Catch::Matchers::Contains("is the registry running?"));
  CHECK(Clock::system().monotonic() - start < 5000);
}

TEST_CASE("a certificate that nobody vouches for is a network error") {
  if (missing()) return;
  test::RealRegistry server({{}, true});
  auto answer = curl_transport()->send({"GET", "https://" + server.host() + "/v2/", {}, {}, -1, 0, {}});
  REQUIRE_CODE(answer, Code::network);
  CHECK_THAT(answer.error().message(), Catch::Matchers::Contains("certificate"));
}

}  // namespace tierbuild::registry
