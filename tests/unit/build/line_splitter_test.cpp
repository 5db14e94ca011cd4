#include "build/line_splitter.hpp"

#include "support/catch.hpp"

using tierbuild::build::LineSplitter;

namespace {

std::vector<std::string> lines_of(const std::vector<std::string>& pieces) {
  std::vector<std::string> lines;
  auto keep = [&](std::string_view line) { lines.emplace_back(line); };
  LineSplitter splitter;
  for (const std::string& piece : pieces) splitter.feed(piece, keep);
  splitter.finish(keep);
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("lines come whole, however the bytes arrive") {
  REQUIRE(lines_of({"a\nb\n"}) == Lines{"a", "b"});
  REQUIRE(lines_of({"a", "b", "\n", "c"}) == Lines{"ab", "c"});
  REQUIRE(lines_of({"a\n\nb\n"}) == Lines{"a", "", "b"});
  REQUIRE(lines_of({}).empty());
}

TEST_CASE("a carriage return ends a line, and CRLF ends one only once") {
  REQUIRE(lines_of({"10%\r20%\rdone\n"}) == Lines{"10%", "20%", "done"});
  REQUIRE(lines_of({"a\r\nb\r\n"}) == Lines{"a", "b"});
  REQUIRE(lines_of({"a\r", "\nb"}) == Lines{"a", "b"});
}

TEST_CASE("a line without end is cut, so that memory stays bounded") {
  std::string endless(LineSplitter::kLimit * 2 + 10, 'x');
  Lines lines = lines_of({endless});
  REQUIRE(lines.size() == 3);
  REQUIRE(lines[0].size() == LineSplitter::kLimit);
  REQUIRE(lines[2].size() == 10);
}
