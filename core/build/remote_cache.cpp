#include "build/remote_cache.hpp"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <thread>

#include "base/clock.hpp"
#include "fs/file.hpp"

namespace tierbuild::build {
namespace {

/// A token that stops with any of two others, or when its time is over.
class Deadline {
 public:
  Deadline(int64_t milliseconds, const std::stop_token& one, const std::stop_token& other)
      : on_one_(one, Stop{this}), on_other_(other, Stop{this}), timer_([this, milliseconds] {
          std::unique_lock lock(mutex_);
          if (wake_.wait_for(lock, std::chrono::milliseconds(milliseconds), [this] { return done_; })) return;
          over_ = true;
          source_.request_stop();
        }) {}
  ~Deadline() {
    {
      std::lock_guard lock(mutex_);
      done_ = true;
    }
    wake_.notify_all();
  }
  std::stop_token token() const { return source_.get_token(); }
  bool is_over() const { return over_; }

 private:
  struct Stop {
    Deadline* self;
    void operator()() const { self->source_.request_stop(); }
  };
  std::stop_source source_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::atomic<bool> over_ = false;
  std::stop_callback<Stop> on_one_, on_other_;
  std::jthread timer_;
};

}  // namespace

Result<CachePlace> CachePlace::parse(std::string_view text) {
  CachePlace place;
  TB_LET(place.repository, image::Reference::parse(text), "in the name of a cache");
  if (place.repository.digest)
    return Error::make(Code::invalid, "'{}' is one image and no place for a cache", text)
        .hint("leave out the digest");
  constexpr size_t kLongest = 60;  // 128 with the digits
  const std::string& tag = place.repository.tag;
  if (tag.size() > kLongest)
    return Error::make(Code::invalid, "the tag of the cache '{}' is longer than {}", text, kLongest);
  if (tag != "latest") place.prefix = tag;
  place.repository.tag = "latest";
  return place;
}

image::Reference CachePlace::at(std::string tag) const {
  image::Reference reference = repository;
  reference.tag = std::move(tag);
  return reference;
}

RemoteCache::RemoteCache(registry::Client& client, CacheSettings settings)
    : client_(client), settings_(std::move(settings)) {
  for (const CachePlace& place : settings_.from) given_up_.try_emplace(place.str());
  for (const CacheGoal& goal : settings_.to) given_up_.try_emplace(goal.place.str());
}

bool RemoteCache::given_up(const CachePlace& place) const {
  auto found = given_up_.find(place.str());
  return found == given_up_.end() || found->second.stop_requested();
}

bool RemoteCache::readable() const {
  return std::any_of(settings_.from.begin(), settings_.from.end(),
                     [this](const CachePlace& place) { return !given_up(place); });
}

void RemoteCache::note(std::string text) {
  std::lock_guard lock(mutex_);
  if (noted_.insert(text).second) notices_.push_back(std::move(text));
}

std::vector<std::string> RemoteCache::take_notices() {
  std::lock_guard lock(mutex_);
  return std::exchange(notices_, {});
}

void RemoteCache::give_up(const CachePlace& place, const Error& error) {
  auto found = given_up_.find(place.str());
  if (found == given_up_.end() || !found->second.request_stop()) return;
  note(fmt::format("the cache {} is left out from now on: {}", place.str(), error.str()));
}

Result<std::optional<CacheEntry>> RemoteCache::ask(const CachePlace& place, CacheEntry::Kind kind,
                                                   const Digest& address, const std::stop_token& stop) {
  using Answer = std::optional<CacheEntry>;
  Deadline deadline(settings_.patience_ms, stop, given_up_.at(place.str()).get_token());
  auto fetched = client_.manifest(place.at(entry_tag(place.prefix, kind, address)), deadline.token());
  if (!fetched && fetched.error().code() == Code::not_found) return Answer();
  if (!fetched && deadline.is_over())
    return Error::make(Code::timeout, "no answer within {} ms", settings_.patience_ms);
  TB_TRY(fetched);
  TB_LET(image::Manifest manifest, image::Manifest::parse(fetched->bytes));
  TB_LET(CacheEntry entry, CacheEntry::parse(manifest, kind, address));
  return Answer(std::move(entry));
}

bool RemoteCache::read(CacheEntry::Kind kind, const Digest& address, std::stop_token stop) {
  for (const CachePlace& place : settings_.from) {
    if (given_up(place)) continue;
    auto answer = ask(place, kind, address, stop);
    if (stop.stop_requested()) return false;
    if (!answer && answer.error().code() == Code::corrupt)
      note(fmt::format("an answer of the cache {} is not used: {}", place.str(), answer.error().str()));
    else if (!answer)
      give_up(place, answer.error());
    if (!answer || !*answer) continue;
    std::lock_guard lock(mutex_);
    for (CachedStep& step : (*answer)->steps) {
      const Digest key = step.key;
      known_.try_emplace(key, Found{std::move(step), place.repository.name()});
    }
    return true;
  }
  return false;
}

std::optional<RemoteCache::Found> RemoteCache::step(const Digest& key, std::stop_token stop) {
  auto known = [&]() -> std::optional<Found> {
    std::lock_guard lock(mutex_);
    auto found = known_.find(key);
    return found == known_.end() ? std::nullopt : std::optional(found->second);
  };
  if (auto found = known()) return found;
  if (!read(CacheEntry::Kind::step, key, std::move(stop))) return std::nullopt;
  return known();
}

Result<bool> RemoteCache::has(const CachePlace& place, CacheEntry::Kind kind, const Digest& address,
                              std::stop_token stop) {
  Deadline deadline(settings_.patience_ms, stop, given_up_.at(place.str()).get_token());
  auto found = client_.resolve(place.at(entry_tag(place.prefix, kind, address)), deadline.token(),
                               registry::Ask::registry);
  if (found) return true;
  if (found.error().code() == Code::not_found) return false;
  if (deadline.is_over()) return Error::make(Code::timeout, "no answer within {} ms", settings_.patience_ms);
  return std::move(found).error();
}

Status RemoteCache::bring(const Digest& blob, uint64_t size, const std::string& from, int fd,
                          std::stop_token stop) {
  TB_LET(image::Reference repository, image::Reference::parse(from));
  constexpr int64_t kShort = 2000;
  const int64_t start = Clock::system().monotonic();
  for (bool again = true;; again = false) {
    if (::ftruncate(fd, 0) != 0 || ::lseek(fd, 0, SEEK_SET) != 0)
      return Error::os(errno, "cannot begin blob {} anew", blob.str());
    Status brought = client_.blob(
        repository, {"", blob, size}, [&](std::string_view bytes) { return fs::write_all(fd, bytes); }, stop);
    // A connection that was cut is worth a second try, one that hung is not.
    const bool cut = !brought && brought.error().code() == Code::network;
    if (!cut || !again || Clock::system().monotonic() - start > kShort) return brought;
  }
}

}  // namespace tierbuild::build
