// A compose file of the services, for the images that were built and loaded or pushed.
#include <filesystem>
#include <map>
#include <set>

#include "base/strings.hpp"
#include "export/dockerfile.hpp"
#include "export/export.hpp"
#include "export/yaml_text.hpp"
#include "graph/stamp.hpp"
#include "project/image_names.hpp"
#include "project/selector.hpp"

namespace tierbuild::exports {
namespace {

// Compose replaces `$NAME`: a dollar that is meant is written twice.
std::string literal(std::string_view text) {
  std::string out;
  for (char c : text) out.append(c == '$' ? 2 : 1, c);
  return out;
}

// `git.short` → `${STAMP_GIT_SHORT:?…}`: compose asks for what was known only when the image was written.
std::string with_stamp_variables(std::string_view text) {
  std::map<std::string, std::string> values;
  for (const std::string& name : graph::stamps_in(text)) {
    values[name] = fmt::format("${{{}:?the value of stamp.{}}}", stamp_variable(name), name);
  }
  auto filled = graph::fill_stamps(literal(text), values);
  return filled ? *filled : std::string(text);
}

// The name that stays the same from build to build, if there is one.
std::string image_of(const project::Project& project, const project::TargetDecl& target) {
  std::vector<std::string> names = project::image_names(project, target);
  auto fixed = std::find_if(names.begin(), names.end(),
                            [](const std::string& name) { return !graph::has_stamp(name); });
  return with_stamp_variables(fixed != names.end() ? *fixed : names.front());
}

std::string duration(int64_t nanoseconds) {
  int64_t milliseconds = nanoseconds / 1'000'000;
  return milliseconds % 1000 == 0 ? fmt::format("{}s", milliseconds / 1000)
                                  : fmt::format("{}ms", milliseconds);
}

// `/data/model_cache` → `data-model_cache`.
std::string volume_name(const std::string& service, std::string_view path) {
  std::string name = service;
  bool apart = true;
  for (char c : path) {
    if (c == '/') {
      apart = true;
      continue;
    }
    if (std::exchange(apart, false)) name += '-';
    bool good = std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-';
    name += good ? c : '_';
  }
  return name;
}

class ComposeFile {
 public:
  ComposeFile(const Request& request, std::vector<graph::TargetId> services)
      : request_(request), services_(std::move(services)) {}

  std::string text() && {
    yaml_.map("services", [&] {
      for (graph::TargetId id : services_) {
        if (id != services_.front()) yaml_.blank();
        yaml_.map(request_.graph[id].name, [&] { service(id); });
      }
    });
    if (!volumes_.empty()) {
      yaml_.blank();
      yaml_.map("volumes", [&] {
        for (const std::string& volume : volumes_) yaml_.empty_map(volume);
      });
    }
    return header(request_) + yaml_.text();
  }

 private:
  void service(graph::TargetId id) {
    const graph::Target& target = request_.graph[id];
    const project::TargetDecl& decl = *request_.project.find_target(target.id());
    if (!decl.doc.empty()) yaml_.comment(decl.doc);
    yaml_.entry("image", image_of(request_.project, decl));
    build_section(id);
    if (decl.platforms.size() == 1) yaml_.entry("platform", decl.platforms.front().str());
    ports(target);
    volumes(target);
    if (target.config.healthcheck) healthcheck(*target.config.healthcheck);
  }

  // With the exported Dockerfile, if there is one.
  void build_section(graph::TargetId id) {
    std::string file = declared_dockerfile(request_, id);
    if (file.empty()) return;
    std::filesystem::path directory = std::filesystem::path(request_.decl.path).parent_path();
    yaml_.map("build", [&] {
      yaml_.entry(
          "context",
          std::filesystem::path(request_.project.workspace.root).lexically_proximate(directory).string());
      yaml_.entry("dockerfile", file);
      yaml_.entry("target", stage_name(request_.graph, id));
      std::set<std::string> stamps = label_stamps(request_.graph[id]);
      if (stamps.empty()) return;
      yaml_.map("args", [&] {
        for (const std::string& stamp : stamps)
          yaml_.entry(stamp_variable(stamp), fmt::format("${{{}:-}}", stamp_variable(stamp)));
      });
    });
  }

  // A port of the host can be had once: further services get one that the runtime chooses.
  void ports(const graph::Target& target) {
    if (target.config.exposed.empty()) return;
    yaml_.map("ports", [&] {
      for (const std::string& port : in_order(target.config.exposed)) {
        std::string number = port.substr(0, port.find('/'));
        std::string suffix = port.ends_with("/tcp") ? "" : port.substr(number.size());
        auto [owner, is_free] = host_ports_.try_emplace(port, target.name);
        if (!is_free) yaml_.comment(fmt::format("{} of the host is taken by {}", number, owner->second));
        yaml_.item(is_free ? fmt::format("{0}:{0}{1}", number, suffix) : number + suffix);
      }
    });
  }

  static std::vector<std::string> in_order(const std::set<std::string>& ports) {
    std::vector<std::string> sorted(ports.begin(), ports.end());
    std::stable_sort(sorted.begin(), sorted.end(), [](const std::string& a, const std::string& b) {
      return std::atoi(a.c_str()) < std::atoi(b.c_str());
    });
    return sorted;
  }

  void volumes(const graph::Target& target) {
    if (target.config.volumes.empty()) return;
    yaml_.map("volumes", [&] {
      for (const std::string& path : target.config.volumes) {
        std::string name = volume_name(target.name, path);
        while (!volumes_.insert(name).second) name += "_";
        yaml_.item(fmt::format("{}:{}", name, literal(path)));
      }
    });
  }

  void healthcheck(const image::Healthcheck& check) {
    yaml_.map("healthcheck", [&] {
      if (check.test.empty() || check.test.front() == "NONE") return yaml_.flag("disable", true);
      yaml_.map("test", [&] {
        for (const std::string& word : check.test) yaml_.item(literal(word));
      });
      auto time = [&](const char* name, int64_t nanoseconds) {
        if (nanoseconds > 0) yaml_.entry(name, duration(nanoseconds));
      };
      time("interval", check.interval_ns);
      time("timeout", check.timeout_ns);
      time("start_period", check.start_period_ns);
      if (check.retries > 0) yaml_.number("retries", check.retries);
    });
  }

  const Request& request_;
  std::vector<graph::TargetId> services_;
  std::map<std::string, std::string> host_ports_;  // "8000/tcp" → the service that has it
  std::set<std::string> volumes_;
  YamlText yaml_;
};

}  // namespace

Result<std::string> compose(const Request& request) {
  TB_LET(auto selected, project::select(request.project, request.graph, request.decl.build));
  std::vector<graph::TargetId> services;
  for (graph::TargetId id : selected)
    if (request.graph[id].kind == graph::TargetKind::service) services.push_back(id);
  if (services.empty())
    return Error::make(Code::invalid, "no service is selected").hint("a compose file is made of services");
  return ComposeFile(request, std::move(services)).text();
}

}  // namespace tierbuild::exports
