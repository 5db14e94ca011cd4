#include "sandbox/seccomp.hpp"

#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "sandbox/seccomp_names.hpp"

namespace tierbuild::sandbox {
namespace {

using nlohmann::json;

// CLONE_NEWTIME is not among them: its bit is part of the exit signal in clone(2).
constexpr std::array<uint64_t, 7> kNamespaceFlags{CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                                  CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET};

json condition(unsigned index, std::string_view op, uint64_t value, uint64_t masked = 0) {
  return {{"index", index}, {"op", op}, {"value", value}, {"valueTwo", masked}};
}

json allow(const std::vector<std::string>& names) {
  return {{"names", names}, {"action", "SCMP_ACT_ALLOW"}};
}

json refuse(const std::vector<std::string>& names, int error) {
  return {{"names", names}, {"action", "SCMP_ACT_ERRNO"}, {"errnoRet", error}};
}

json when(json rule, json argument) {
  rule["args"] = json::array({std::move(argument)});
  return rule;
}

// New threads and processes are allowed, new namespaces are not. A filter cannot look into clone3's argument,
// so it is left to the default, ENOSYS, and every C library falls back to clone.
void add_clone(json& rules) {
  uint64_t all = 0;
  for (uint64_t flag : kNamespaceFlags) {
    all |= flag;
    rules.push_back(when(refuse({"clone"}, EPERM), condition(0, "SCMP_CMP_MASKED_EQ", flag, flag)));
  }
  rules.push_back(when(allow({"clone"}), condition(0, "SCMP_CMP_MASKED_EQ", all, 0)));
}

json profile() {
  json rules = json::array({allow(allowed_calls()), refuse(refused_calls(), EPERM), refuse(sync_calls(), 0)});
  rules.push_back(when(refuse({"msync"}, 0), condition(2, "SCMP_CMP_MASKED_EQ", MS_SYNC, MS_SYNC)));
  rules.push_back(when(allow({"msync"}), condition(2, "SCMP_CMP_MASKED_EQ", MS_SYNC, 0)));
  rules.push_back(when(allow({"socket"}), condition(0, "SCMP_CMP_NE", AF_VSOCK)));
  rules.push_back(when(refuse({"socket"}, EPERM), condition(0, "SCMP_CMP_EQ", AF_VSOCK)));
  // Linux, Linux32, both with the old uname, and the question which one is set.
  for (uint64_t persona : {0x0ULL, 0x8ULL, 0x20000ULL, 0x20008ULL, 0xffffffffULL})
    rules.push_back(when(allow({"personality"}), condition(0, "SCMP_CMP_EQ", persona)));
  add_clone(rules);
  return {
    {"defaultAction", "SCMP_ACT_ERRNO"}, {"defaultErrnoRet", ENOSYS},
#if defined(__x86_64__)
        {"architectures", {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86"}},
#elif defined(__aarch64__)
        {"architectures", {"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"}},
#endif
    {
      "syscalls", rules
    }
  };
}

}  // namespace

const std::string& seccomp_profile() {
  static const std::string kProfile = profile().dump();
  return kProfile;
}

}  // namespace tierbuild::sandbox
