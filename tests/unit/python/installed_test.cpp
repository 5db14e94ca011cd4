#include "python/installed.hpp"

#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::python;

TEST_CASE("METADATA tells name, version and needs") {
  auto package = parse_metadata(
      "Metadata-Version: 2.1\r\n"
      "Name: Ruamel.YAML\r\n"
      "Version: 0.18.6\r\n"
      "Requires-Dist: ruamel.yaml.clib (>=0.2.7) ;\r\n"
      "  python_version < '3.13'\r\n"
      "Requires-Dist: not a requirement!\r\n"
      "requires-dist: ryd ; extra == 'docs'\r\n"
      "\r\n"
      "Name: of-the-description\r\n",
      "/usr/lib/python3/dist-packages/ruamel.yaml-0.18.6.dist-info");
  REQUIRE_OK(package);
  REQUIRE(package->name == "ruamel-yaml");
  REQUIRE(package->spelled == "Ruamel.YAML");
  REQUIRE(package->version == "0.18.6");
  REQUIRE(package->needs.size() == 2);
  REQUIRE(package->needs[0].text() == "ruamel-yaml-clib>=0.2.7; python_version < '3.13'");
  REQUIRE(package->needs[0].where.line == 4);
  REQUIRE(package->needs[1].name == "ryd");
}

TEST_CASE("METADATA without name or version is refused") {
  REQUIRE_CODE(parse_metadata("Version: 1\n", "/x"), Code::invalid);
  REQUIRE_CODE(parse_metadata("Name: x\n\nVersion: 1\n", "/x"), Code::invalid);
  REQUIRE_CODE(parse_metadata("", "/x"), Code::invalid);
}
