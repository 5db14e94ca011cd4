# Warnings as errors for every target of the project, carried by one interface target.
add_library(tb_warnings INTERFACE)
target_compile_options(tb_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  -Wextra-semi -Wcast-qual -Wformat=2 -Wimplicit-fallthrough -Werror)
