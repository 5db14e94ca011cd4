#include "registry/retry.hpp"

#include <chrono>

#include "base/clock.hpp"
#include "support/catch.hpp"

namespace tierbuild::registry {
namespace {

Response status(int code) {
  return {code, {}, {}};
}
Response asking(const std::string& value) {
  return {429, {{"retry-after", value}}, {}};
}

}  // namespace

TEST_CASE("only answers that may improve are tried again, and not for ever") {
  int pauses = 0;
  const Sleep sleep = [&](int64_t, std::stop_token) { ++pauses; };
  for (int code : {200, 202, 307, 400, 401, 403, 404, 413, 501})
    CHECK_FALSE(Retry(3, sleep, {}).again(status(code)));
  CHECK_FALSE(Retry(3, sleep, {}).again(Error(Code::corrupt, "x")));
  CHECK_FALSE(Retry(3, sleep, {}).again(Error(Code::cancelled, "x")));
  CHECK(pauses == 0);
  for (int code : {408, 429, 500, 502, 503, 504}) CHECK(Retry(3, sleep, {}).again(status(code)));
  Retry retry(2, sleep, {});
  CHECK(retry.again(Error(Code::network, "x")));
  CHECK(retry.again(status(503)));
  CHECK_FALSE(retry.again(status(503)));
}

TEST_CASE("pauses grow with jitter and are never shorter than the server asks") {
  std::vector<int64_t> pauses;
  const Sleep sleep = [&](int64_t ms, std::stop_token) { pauses.push_back(ms); };
  Retry retry(4, sleep, {});
  for (int i = 0; i < 3; ++i) CHECK(retry.again(status(503)));
  CHECK((pauses[0] >= 125 && pauses[0] <= 250));
  CHECK((pauses[1] >= 250 && pauses[1] <= 500));
  CHECK((pauses[2] >= 500 && pauses[2] <= 1000));
  CHECK(retry.again(asking("7")));
  CHECK(pauses[3] == 7000);
}

TEST_CASE("Retry-After is read as seconds or a date and capped") {
  CHECK(retry_after(status(429), 0) == 0);
  CHECK(retry_after(asking("5"), 0) == 5000);
  CHECK(retry_after(asking("3600"), 0) == 60'000);
  CHECK(retry_after(asking("99999999999999999999999"), 0) == 60'000);
  CHECK(retry_after(asking("-5"), 0) == 0);
  CHECK(retry_after(asking("soon"), 0) == 0);
  const int64_t at = 784'111'777'000;  // Sun, 06 Nov 1994 08:49:37 GMT
  CHECK(retry_after(asking("Sun, 06 Nov 1994 08:49:37 GMT"), at - 4000) == 4000);
  CHECK(retry_after(asking("Sun, 06 Nov 1994 08:49:37 GMT"), at + 4000) == 0);
  CHECK(retry_after(asking("Sun, 06 Nov 1994 08:49:37 GMT"), 0) == 60'000);
}

TEST_CASE("a pause ends when the work is stopped") {
  std::stop_source source;
  source.request_stop();
  const int64_t start = Clock::system().monotonic();
  sleep_for(10'000, source.get_token());
  CHECK(Clock::system().monotonic() - start < 2000);
}

}  // namespace tierbuild::registry
