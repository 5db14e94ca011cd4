#include "registry/retry.hpp"

#include <charconv>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>

#include "base/clock.hpp"
#include "base/strings.hpp"
#include "registry/libcurl.hpp"

namespace tierbuild::registry {
namespace {

constexpr int64_t kLongestWait = 60'000;

bool may_improve(const Result<Response>& answer) {
  if (!answer) return answer.error().code() == Code::network;
  const int status = answer->status;
  return status == 408 || status == 429 || (status >= 500 && status != 501);
}

int64_t jitter(int64_t delay) {
  static thread_local std::minstd_rand random(std::random_device{}());
  return std::uniform_int_distribution<int64_t>(delay / 2, delay)(random);
}

}  // namespace

void sleep_for(int64_t milliseconds, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock hold(mutex);
  never.wait_for(hold, std::move(stop), std::chrono::milliseconds(milliseconds), [] { return false; });
}

int64_t retry_after(const Response& response, int64_t now) {
  const std::string text = response.header("retry-after");
  if (text.empty()) return 0;
  int64_t seconds = 0;
  auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (fault == std::errc::result_out_of_range) return kLongestWait;
  if (fault == std::errc() && end == text.data() + text.size())
    return std::clamp<int64_t>(seconds, 0, kLongestWait / 1000) * 1000;
  if (!open_libcurl()) return 0;
  const time_t date = curl_getdate(text.c_str(), nullptr);
  return date < 0 ? 0 : std::clamp<int64_t>(static_cast<int64_t>(date) * 1000 - now, 0, kLongestWait);
}

bool Retry::again(const Result<Response>& answer) {
  if (left_ == 0 || !may_improve(answer)) return false;
  --left_;
  const int64_t asked = answer ? retry_after(*answer, Clock::system().now()) : 0;
  sleep_(std::max(asked, jitter(delay_)), stop_);
  delay_ *= 2;
  return true;
}

}  // namespace tierbuild::registry
