#include "cli/outputs.hpp"

#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::cli;

TEST_CASE("outputs have a type and a destination") {
  auto output = parse_output("type=oci,dest=out/");
  REQUIRE_OK(output);
  CHECK(output->format == store::OutputFormat::oci);
  CHECK(output->dest == "out/");
  CHECK_FALSE(output->to_stdout());
}

TEST_CASE("a bare path is a plain tree, a dash is a tar on standard output") {
  CHECK(parse_output("rootfs")->format == store::OutputFormat::local);
  CHECK(parse_output("-")->format == store::OutputFormat::tar);
  CHECK(parse_output("-")->to_stdout());
}

TEST_CASE("types without a destination do what docker users expect") {
  CHECK(parse_output("type=docker")->kind == Output::Kind::load);
  CHECK(parse_output("type=registry")->kind == Output::Kind::push);
  CHECK(parse_output("type=oci")->to_stdout());
  REQUIRE_CODE(parse_output("type=local"), Code::invalid);
}

TEST_CASE("what an output cannot be is refused") {
  REQUIRE_CODE(parse_output(""), Code::invalid);
  REQUIRE_CODE(parse_output("type=zip,dest=x"), Code::invalid);
  REQUIRE_CODE(parse_output("dest=x"), Code::invalid);
  REQUIRE_CODE(parse_output("type=oci,dest=x,compression=zstd"), Code::invalid);
  REQUIRE_CODE(parse_output("type=registry,dest=x"), Code::invalid);
}
