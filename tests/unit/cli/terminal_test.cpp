#include "cli/terminal.hpp"

#include "cli/display.hpp"
#include "cli/text_table.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::cli;

TEST_CASE("texts are measured by what is seen of them") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("größe") == 5);
  CHECK(display_width("\x1b[1;31merror\x1b[0m") == 5);
}

TEST_CASE("texts are cut between code points") {
  CHECK(fit("abc", 3) == "abc");
  CHECK(fit("abcd", 3) == "ab…");
  CHECK(fit("äöüß", 3) == "äö…");
  CHECK(fit("ab", 0).empty());
}

TEST_CASE("a file is no terminal and has no colours") {
  FILE* file = std::tmpfile();
  FakeEnvironment environment;
  environment.variables["TERM"] = "xterm";
  Terminal terminal = Terminal::of(fileno(file), environment);
  CHECK_FALSE(terminal.tty);
  CHECK(terminal.paint(Colour::red, "x") == "x");
  std::fclose(file);
}

TEST_CASE("progress falls back to plain where nobody watches") {
  Terminal screen, log;
  screen.tty = true;
  FakeEnvironment environment;
  Options options;
  CHECK(choose_progress(options, screen, environment) == Progress::tty);
  CHECK(choose_progress(options, log, environment) == Progress::plain);
  environment.variables["CI"] = "true";
  CHECK(choose_progress(options, screen, environment) == Progress::plain);
  options.progress = "tty";
  CHECK(choose_progress(options, log, environment) == Progress::tty);
  options.quiet = true;
  CHECK(choose_progress(options, screen, environment) == Progress::quiet);
}

TEST_CASE("tables are aligned and end without blanks") {
  TextTable table({{"NAME", Align::left}, {"SIZE", Align::right}, {"WHY", Align::left}});
  table.add({"a", "1.5 MB", "x"});
  table.add({"longer", "2 B", "yy"});
  CHECK(table.str({}) ==
        "NAME      SIZE  WHY\n"
        "a       1.5 MB  x\n"
        "longer     2 B  yy\n");
}
