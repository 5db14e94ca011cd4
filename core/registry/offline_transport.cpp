#include "registry/transport.hpp"

namespace tierbuild::registry {
namespace {

class OfflineTransport final : public Transport {
 public:
  Result<Response> send(const Request& request, const BodySink&, std::stop_token) override {
    return Error::make(Code::denied, "--offline forbids to ask for {} {}", request.method, request.url)
        .hint("go without --offline and TIERBUILD_OFFLINE, or bring what is missing into the store before");
  }
};

}  // namespace

std::unique_ptr<Transport> offline_transport() {
  return std::make_unique<OfflineTransport>();
}

}  // namespace tierbuild::registry
