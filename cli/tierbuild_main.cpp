// The program `tierbuild`.
#include <signal.h>

#include "cli/program.hpp"

int main(int argc, char** argv) {
  // A closed pipe or connection is an error of one write, not the end of the program. A handler, unlike
  // SIG_IGN, is not passed on to the programs that are started.
  ::signal(SIGPIPE, [](int) {});
  tierbuild::cli::Program program({argv + 1, argv + argc}, tierbuild::Environment::process());
  return program.run();
}
