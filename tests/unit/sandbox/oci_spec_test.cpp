#include "sandbox/oci_spec.hpp"

#include <set>

#include <nlohmann/json.hpp>

#include "support/catch.hpp"

namespace tierbuild::sandbox {
namespace {

using nlohmann::json;

Cgroups all_cgroups() {
  Cgroups cgroups;
  cgroups.version = Cgroups::Version::v2;
  cgroups.memory = cgroups.swap = cgroups.cpu = cgroups.pids = true;
  return cgroups;
}

StepSpec some_step() {
  StepSpec step;
  step.id = "x";
  step.argv = {"make", "all"};
  step.env = {"LANG=C"};
  return step;
}

json spec_of(const StepSpec& step, const Cgroups& cgroups = all_cgroups(), const Identity& identity = {}) {
  auto text = oci_spec(step, identity, "/rootfs", {}, cgroups);
  REQUIRE_OK(text);
  return json::parse(*text);
}

std::set<std::string> types(const json& list) {
  std::set<std::string> out;
  for (const json& entry : list) out.insert(entry.at("type").get<std::string>());
  return out;
}

}  // namespace

TEST_CASE("a step has namespaces of its own, and the host's network only if it asks") {
  StepSpec step = some_step();
  CHECK(types(spec_of(step)["linux"]["namespaces"]) ==
        std::set<std::string>{"pid", "ipc", "uts", "mount", "network", "cgroup"});
  step.network = true;
  CHECK(types(spec_of(step)["linux"]["namespaces"]).count("network") == 0);
}

TEST_CASE("capabilities are the ones that builds need, and none is inherited") {
  json process = spec_of(some_step())["process"];
  json expected{
      "CAP_CHOWN",      "CAP_DAC_OVERRIDE", "CAP_FSETID",      "CAP_FOWNER",  "CAP_NET_RAW",
      "CAP_SETGID",     "CAP_SETUID",       "CAP_SETFCAP",     "CAP_SETPCAP", "CAP_NET_BIND_SERVICE",
      "CAP_SYS_CHROOT", "CAP_KILL",         "CAP_AUDIT_WRITE", "CAP_MKNOD"};
  for (const char* set : {"bounding", "effective", "permitted"})
    CHECK(process["capabilities"][set] == expected);
  CHECK(process["capabilities"].size() == 3);
  CHECK(process["noNewPrivileges"] == false);
}

TEST_CASE("where no cgroup keeps devices away, a step may not make any and has no limits") {
  json spec = spec_of(some_step(), Cgroups{});
  CHECK(spec["process"]["capabilities"]["bounding"].dump().find("MKNOD") == std::string::npos);
  CHECK_FALSE(spec["linux"].contains("resources"));
  CHECK_FALSE(spec["linux"].contains("cgroupsPath"));
}

TEST_CASE("limits become resources; processes are always limited") {
  StepSpec step = some_step();
  json resources = spec_of(step)["linux"]["resources"];
  CHECK(resources["pids"]["limit"] == 32768);
  CHECK_FALSE(resources.contains("memory"));
  CHECK(resources["devices"] == json::parse(R"([{"allow":false,"access":"rwm"}])"));
  step.limits = {1 << 30, 0.5, 10, 0};
  resources = spec_of(step)["linux"]["resources"];
  CHECK(resources["memory"] == json::parse(R"({"limit":1073741824,"swap":1073741824})"));
  CHECK(resources["cpu"] == json::parse(R"({"quota":50000,"period":100000})"));
  CHECK(resources["pids"]["limit"] == 10);
}

TEST_CASE("the environment is the step's, with PATH and HOME only where they are missing") {
  Identity identity;
  identity.home = "/home/app";
  StepSpec step = some_step();
  json env = spec_of(step, all_cgroups(), identity)["process"]["env"];
  CHECK(env == json({"LANG=C", "PATH=" + std::string(kDefaultPath), "HOME=/home/app"}));
  step.env = {"HOME=/elsewhere", "PATH=/x"};
  CHECK(spec_of(step)["process"]["env"] == json(step.env));
}

TEST_CASE("a user has its groups and its own") {
  Identity identity{1000, 50, {44, 29}, "/"};
  json user = spec_of(some_step(), all_cgroups(), identity)["process"]["user"];
  CHECK(user == json::parse(R"({"uid":1000,"gid":50,"umask":18,"additionalGids":[44,29,50]})"));
}

TEST_CASE("every default mount is confined") {
  json mounts = spec_of(some_step())["mounts"];
  CHECK(mounts.size() == 6);
  for (const json& mount : mounts) {
    CAPTURE(mount.dump());
    std::string options = mount["options"].dump();
    CHECK(options.find("nosuid") != std::string::npos);
    if (mount["destination"] == "/sys") CHECK(options.find("\"ro\"") != std::string::npos);
  }
}

TEST_CASE("bytes that the format cannot hold are an error") {
  StepSpec step = some_step();
  step.argv = {"echo", "\xff"};
  REQUIRE_CODE(oci_spec(step, {}, "/rootfs", {}, all_cgroups()), Code::invalid);
}

}  // namespace tierbuild::sandbox
