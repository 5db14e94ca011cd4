// The OCI image config: what an image is when it runs, and the layers it is made of.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "hash/digest.hpp"
#include "image/platform.hpp"

namespace tierbuild::image {

/// Docker's extension of the config, kept by all runtimes that know health checks.
struct Healthcheck {
  std::vector<std::string> test;  // {"CMD", argv…}, {"CMD-SHELL", line} or {"NONE"}
  int64_t interval_ns = 0;        // 0: the runtime's default
  int64_t timeout_ns = 0;
  int64_t start_period_ns = 0;
  int retries = 0;
  int64_t start_interval_ns = 0;
  bool operator==(const Healthcheck&) const = default;
};

struct HistoryEntry {
  std::string created_by;
  std::string comment;
  bool empty_layer = false;
  bool operator==(const HistoryEntry&) const = default;
};

struct Config {
  Platform platform;
  std::string created;  // RFC 3339; the clamp time unless a stamp asks for another
  std::string author;
  std::vector<std::string> env;  // "NAME=value", in order
  std::string user;
  std::string workdir;
  std::vector<std::string> entrypoint;
  std::vector<std::string> cmd;
  std::set<std::string> exposed;  // "8000/tcp"
  std::set<std::string> volumes;
  std::map<std::string, std::string> labels;
  std::string stop_signal;
  std::vector<std::string> shell;
  std::vector<std::string> on_build;
  std::optional<Healthcheck> healthcheck;
  std::vector<Digest> diff_ids;
  std::vector<HistoryEntry> history;

  /// Canonical, as Manifest::json. Readers want one history entry per layer: layers without one get an empty
  /// entry at the bottom, and a history that names more layers than there are is left out.
  std::string json() const;
  /// Reads an OCI or docker config. Fails with `corrupt`; a user or path with a NUL or an id above 2^31-1
  /// too.
  static Result<Config> parse(std::string_view json);

  std::optional<std::string> env_value(const std::string& name) const;
  void set_env(const std::string& name, const std::string& value);
};

}  // namespace tierbuild::image
