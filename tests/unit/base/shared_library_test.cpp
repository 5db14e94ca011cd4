#include "base/shared_library.hpp"

#include "support/catch.hpp"

using namespace tierbuild;

TEST_CASE("a library is opened and its functions are taken with their types") {
  auto library = SharedLibrary::open("libc.so.6", "libc6");
  REQUIRE_OK(library);
  decltype(&::atoi) function = nullptr;
  REQUIRE_OK(library->take("atoi", function));
  CHECK(function("42") == 42);
}

TEST_CASE("a library that is missing is named, with the package to install") {
  auto library = SharedLibrary::open("libnowhere.so.7", "libnowhere7");
  REQUIRE_CODE(library, Code::host_lacks);
  CHECK(library.error().message().find("libnowhere.so.7") != std::string::npos);
  CHECK(library.error().hint() == "install it; on Debian: apt-get install libnowhere7");
}

TEST_CASE("a function that is missing is named") {
  auto library = SharedLibrary::open("libc.so.6", "libc6");
  REQUIRE_OK(library);
  void (*function)() = nullptr;
  Status taken = library->take("no_such_function", function);
  REQUIRE_CODE(taken, Code::host_lacks);
  CHECK(taken.error().message().find("'no_such_function'") != std::string::npos);
  CHECK(function == nullptr);
}
