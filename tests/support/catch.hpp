// Catch2 2.13 (Debian 12) and 3.x (later systems) behind one include.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include "base/result.hpp"
#include "support/skip.hpp"

/// Requires that a Result holds a value, and shows the error if it does not.
#define REQUIRE_OK(expression)                       \
  do {                                               \
    const auto& tb_checked = (expression);           \
    if (!tb_checked) FAIL(tb_checked.error().str()); \
    SUCCEED();                                       \
  } while (false)

/// Requires that a Result holds an error with this code.
#define REQUIRE_CODE(expression, expected)                                                      \
  do {                                                                                          \
    const auto& tb_checked = (expression);                                                      \
    if (tb_checked) FAIL("expected an error: " #expression);                                    \
    INFO(tb_checked.error().str());                                                             \
    REQUIRE(::tierbuild::name_of(tb_checked.error().code()) == ::tierbuild::name_of(expected)); \
  } while (false)
