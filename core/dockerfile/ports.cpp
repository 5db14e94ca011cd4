#include "dockerfile/ports.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <optional>

#include "base/strings.hpp"

namespace tierbuild::dockerfile {
namespace {

struct PortRange {
  int first = 0, last = 0;
};

std::optional<int> port_number(std::string_view text) {
  int port = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failure != std::errc{} || end != text.data() + text.size() || port < 0 || port > 65535)
    return std::nullopt;
  return port;
}

std::optional<PortRange> port_range(std::string_view text) {
  size_t dash = text.find('-');
  std::optional<int> first = port_number(text.substr(0, dash));
  if (!first) return std::nullopt;
  if (dash == std::string_view::npos) return PortRange{*first, *first};
  std::optional<int> last = port_number(text.substr(dash + 1));
  if (!last || *last < *first) return std::nullopt;
  return PortRange{*first, *last};
}

bool is_address(std::string text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  in6_addr address{};
  return inet_pton(AF_INET, text.c_str(), &address) == 1 || inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

}  // namespace

Result<ExposedPorts> parse_port(std::string_view text) {
  auto fail = [&](std::string_view reason) {
    return Error::make(Code::invalid, "'{}' is no port: {}", text, reason);
  };
  // [address:][host port:]port[/protocol]; an address may have colons of its own.
  size_t colon = text.rfind(':');
  std::string_view port = colon == std::string_view::npos ? text : text.substr(colon + 1);
  std::string_view before = colon == std::string_view::npos ? std::string_view() : text.substr(0, colon);
  size_t other = before.rfind(':');
  std::string_view host = other == std::string_view::npos ? before : before.substr(other + 1);
  std::string address(other == std::string_view::npos ? std::string_view() : before.substr(0, other));

  size_t slash = port.find('/');
  std::string_view protocol = slash == std::string_view::npos ? std::string_view() : port.substr(slash + 1);
  port = port.substr(0, slash);
  if (port.empty()) return fail("there is no number");
  std::string known = protocol.empty() ? "tcp" : lower(protocol);
  if (known != "tcp" && known != "udp" && known != "sctp")
    return fail(fmt::format("'{}' is no protocol, there are tcp, udp and sctp", protocol));
  if (!address.empty() && !is_address(address)) return fail(fmt::format("'{}' is no address", address));
  std::optional<PortRange> range = port_range(port);
  if (!range) return fail("it is no number from 0 to 65535, and no range of them");
  if (!host.empty()) {
    std::optional<PortRange> on_host = port_range(host);
    if (!on_host) return fail(fmt::format("'{}' is no port of the host", host));
    bool equal = on_host->last - on_host->first == range->last - range->first;
    if (!equal && range->first != range->last) return fail("both ranges must be of the same length");
  }
  ExposedPorts out;
  out.upper_case = lower(protocol) != protocol;
  out.for_host = !address.empty() || !host.empty();
  for (int number = range->first; number <= range->last; ++number)
    out.ports.push_back(fmt::format("{}/{}", number, known));
  return out;
}

}  // namespace tierbuild::dockerfile
