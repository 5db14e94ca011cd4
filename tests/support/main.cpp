#define CATCH_CONFIG_RUNNER
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_session.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <cstdio>
#include <set>

#include "support/skip.hpp"

namespace {

constexpr int kSkipped = 77;
std::set<std::string> skipped;

}  // namespace

void tierbuild::test::skip(const std::string& reason) {
  if (skipped.insert(reason).second) std::fprintf(stderr, "SKIPPED: %s\n", reason.c_str());
}

int main(int argc, char** argv) {
  int status = Catch::Session().run(argc, argv);
  return status == 0 && !skipped.empty() ? kSkipped : status;
}
