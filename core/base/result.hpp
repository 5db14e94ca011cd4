// Result<T>: a value or an Error, crossing every boundary of the project.
#pragma once

#include <type_traits>
#include <utility>
#include <variant>

#include "base/check.hpp"
#include "base/error.hpp"

namespace tierbuild {

template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  template <class U = T>
  requires(std::is_constructible_v<T, U&&> && !std::is_same_v<std::remove_cvref_t<U>, Result> &&
           !std::is_same_v<std::remove_cvref_t<U>, Error>) Result(U&& value)
      : state_(std::in_place_index<0>, std::forward<U>(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }

  T& value() & {
    TB_CHECK(*this);
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    TB_CHECK(*this);
    return *std::get_if<0>(&state_);
  }
  T value() && {
    TB_CHECK(*this);
    return std::move(*std::get_if<0>(&state_));
  }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(*this).value(); }

  const Error& error() const& {
    TB_CHECK(!*this);
    return *std::get_if<1>(&state_);
  }
  Error error() && {
    TB_CHECK(!*this);
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<T, Error> state_;
};

/// Success without a value, or an Error: `return {};` is success.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  explicit operator bool() const { return !error_; }
  const Error& error() const& {
    TB_CHECK(error_.has_value());
    return *error_;
  }
  Error error() && {
    TB_CHECK(error_.has_value());
    return *std::move(error_);
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace tierbuild

#define TB_CONCAT_(a, b) a##b
#define TB_CONCAT(a, b) TB_CONCAT_(a, b)

/// Returns the error of `expression` from the enclosing function, if it has one. A frame may follow:
/// `TB_TRY(pull(ref), "while pulling {}", ref);`
#define TB_TRY(expression, ...) \
  TB_TRY_(TB_CONCAT(tb_status_, __COUNTER__), expression __VA_OPT__(, ) __VA_ARGS__)
#define TB_TRY_(status, expression, ...)                               \
  do {                                                                 \
    if (auto status = (expression); !status)                           \
      return std::move(status).error() __VA_OPT__(.with(__VA_ARGS__)); \
  } while (false)

/// Declares `variable` with the value of `expression`, or returns its error (with a frame, as TB_TRY).
#define TB_LET(variable, expression, ...) \
  TB_LET_(TB_CONCAT(tb_result_, __COUNTER__), variable, expression __VA_OPT__(, ) __VA_ARGS__)
#define TB_LET_(result, variable, expression, ...)                              \
  auto result = (expression);                                                   \
  if (!result) return std::move(result).error() __VA_OPT__(.with(__VA_ARGS__)); \
  variable = std::move(result).value()
