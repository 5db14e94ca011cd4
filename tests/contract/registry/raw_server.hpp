// A server that sends exactly the bytes it is told to, for answers that no good server gives.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <thread>

#include "base/strings.hpp"
#include "base/unique_fd.hpp"
#include "support/catch.hpp"

namespace tierbuild::registry {

enum class After { close, reset, hold };

struct RawAnswer {
  std::string bytes;
  After after = After::close;
};

/// Gives each connection one answer, which the handler makes of the request's head and body.
class RawServer {
 public:
  using Handler = std::function<RawAnswer(const std::string& head, const std::string& body)>;

  explicit RawServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_.get(), 16) == 0);
    REQUIRE(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    host_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { serve(); });
  }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;
  ~RawServer() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }

  const std::string& host() const { return host_; }
  std::string url() const { return "http://" + host_ + "/"; }

 private:
  static constexpr char kTlsHandshake = 0x16;

  void serve() {
    std::vector<UniqueFd> held;
    for (;;) {
      UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!connection) return;
      std::string head =
          receive(connection.get(),
                  [](const std::string& got) {
                    return got.find("\r\n\r\n") != std::string::npos || got.starts_with(kTlsHandshake);
                  },
                  {});
      const size_t end = std::min(head.find("\r\n\r\n") + 4, head.size());
      std::string rest = head.substr(end);
      head.resize(end);
      const std::string low = lower(head);
      const size_t field = low.find("content-length: ");
      const size_t length =
          field == std::string::npos ? 0 : std::strtoul(low.c_str() + field + 16, nullptr, 10);
      const std::string body = receive(
          connection.get(), [&](const std::string& got) { return got.size() >= length; }, rest);
      const RawAnswer answer = handler_(head, body);
      for (size_t sent = 0; sent < answer.bytes.size();) {
        ssize_t n =
            ::send(connection.get(), answer.bytes.data() + sent, answer.bytes.size() - sent, MSG_NOSIGNAL);
        if (n <= 0) break;
        sent += static_cast<size_t>(n);
      }
      if (answer.after == After::reset) {
        const linger now{1, 0};
        ::setsockopt(connection.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
      }
      if (answer.after == After::hold) held.push_back(std::move(connection));
    }
  }

  template <class Enough>
  static std::string receive(int fd, const Enough& enough, std::string got) {
    std::array<char, 65536> buffer{};
    while (!enough(got)) {
      ssize_t n = ::recv(fd, buffer.data(), buffer.size(), 0);
      if (n <= 0) break;
      got.append(buffer.data(), static_cast<size_t>(n));
    }
    return got;
  }

  Handler handler_;
  UniqueFd listener_;
  std::string host_;
  std::thread thread_;
};

}  // namespace tierbuild::registry
