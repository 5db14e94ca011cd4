#include "sandbox/seccomp.hpp"

#include <seccomp.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <set>

#include "sandbox/seccomp_names.hpp"
#include "support/catch.hpp"

namespace tierbuild::sandbox {

TEST_CASE("libseccomp knows every system call of the profile") {
  for (const auto* names : {&allowed_calls(), &refused_calls(), &sync_calls()})
    for (const std::string& name : *names) {
      CAPTURE(name);
      CHECK(seccomp_syscall_resolve_name(name.c_str()) != __NR_SCMP_ERROR);
    }
}

TEST_CASE("no system call is named twice") {
  std::set<std::string> seen;
  for (const auto* names : {&allowed_calls(), &refused_calls(), &sync_calls()})
    for (const std::string& name : *names) {
      CAPTURE(name);
      CHECK(seen.insert(name).second);
    }
  for (const char* name : {"clone", "clone3", "socket", "personality", "msync"}) CHECK(seen.count(name) == 0);
}

TEST_CASE("libseccomp accepts the rules and makes a filter of them") {
  auto profile = nlohmann::json::parse(seccomp_profile());
  CHECK(profile["defaultAction"] == "SCMP_ACT_ERRNO");
  CHECK(profile["defaultErrnoRet"] == ENOSYS);
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
  REQUIRE(filter != nullptr);
  for (const auto& rule : profile["syscalls"]) {
    uint32_t action = rule["action"] == "SCMP_ACT_ALLOW" ? SCMP_ACT_ALLOW
                                                         : SCMP_ACT_ERRNO(rule["errnoRet"].get<uint16_t>());
    std::vector<scmp_arg_cmp> conditions;
    for (const auto& condition : rule.value("args", nlohmann::json::array())) {
      scmp_compare compare = condition["op"] == "SCMP_CMP_EQ"          ? SCMP_CMP_EQ
                             : condition["op"] == "SCMP_CMP_MASKED_EQ" ? SCMP_CMP_MASKED_EQ
                                                                       : SCMP_CMP_NE;
      conditions.push_back({condition["index"].get<unsigned>(), compare, condition["value"].get<uint64_t>(),
                            condition["valueTwo"].get<uint64_t>()});
    }
    for (const auto& name : rule["names"]) {
      CAPTURE(name);
      int call = seccomp_syscall_resolve_name(name.get<std::string>().c_str());
      CHECK(seccomp_rule_add_array(filter, action, call, static_cast<unsigned>(conditions.size()),
                                   conditions.data()) == 0);
    }
  }
  seccomp_release(filter);
}

}  // namespace tierbuild::sandbox
