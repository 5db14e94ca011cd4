// A registry in memory, behind the Transport interface: what the distribution specification asks for, no
// more.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "registry/base64.hpp"
#include "registry/transport.hpp"
#include "support/catch.hpp"

namespace tierbuild::registry {

class FakeRegistry final : public Transport {
 public:
  explicit FakeRegistry(std::optional<std::string> login = {}) : login_(std::move(login)) {}

  Result<Response> send(const Request& request, const BodySink& sink, std::stop_token stop) override;

 private:
  struct Stored {
    std::string type;
    std::string bytes;
  };
  struct Repository {
    std::set<std::string> blobs;
    std::map<std::string, Stored> manifests;  // by digest
    std::map<std::string, std::string> tags;
  };

  Response answer(const Request& request, const std::string& body);
  Response blob(const std::string& method, const std::string& name, const std::string& digest);
  Response open_upload(const std::string& name, const std::map<std::string, std::string>& query);
  Response put_blob(const std::string& name, const std::string& digest, const std::string& body);
  Response get_manifest(const std::string& method, const std::string& name, const std::string& selector);
  Response put_manifest(const Request& request, const std::string& name, const std::string& selector,
                        const std::string& body);
  Response tags(const std::string& name) const;

  std::optional<std::string> login_;  // user:password
  std::map<std::string, std::string> blobs_;
  std::map<std::string, std::string> uploads_;  // what came of them, by the last part of their URL
  std::map<std::string, Repository> repositories_;
};

}  // namespace tierbuild::registry
