#include "dockerfile/duration.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include "base/strings.hpp"

namespace tierbuild::dockerfile {
namespace {

/// Takes a decimal number, with or without a fraction, off the front.
std::optional<double> take_number(std::string_view& text) {
  size_t length = std::min(text.find_first_not_of("0123456789."), text.size());
  std::string_view digits = text.substr(0, length);
  if (digits.empty() || digits == "." || digits.find('.') != digits.rfind('.')) return std::nullopt;
  std::string padded = "0" + std::string(digits) + (digits.ends_with('.') ? "0" : "");
  double value = 0;
  auto [end, failure] = std::from_chars(padded.data(), padded.data() + padded.size(), value);
  if (failure != std::errc{} || end != padded.data() + padded.size()) return std::nullopt;
  text.remove_prefix(length);
  return value;
}

}  // namespace

std::optional<int64_t> go_duration(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 8> kUnits{{{"ns", 1},
                                                                       {"us", 1e3},
                                                                       {"\u00b5s", 1e3},
                                                                       {"\u03bcs", 1e3},
                                                                       {"ms", 1e6},
                                                                       {"s", 1e9},
                                                                       {"m", 60e9},
                                                                       {"h", 3600e9}}};
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    std::optional<double> number = take_number(text);
    if (!number) return std::nullopt;
    std::string_view unit = text.substr(0, std::min(text.find_first_of("0123456789."), text.size()));
    auto known =
        std::find_if(kUnits.begin(), kUnits.end(), [&](const auto& one) { return one.first == unit; });
    if (known == kUnits.end()) return std::nullopt;
    total += *number * known->second;
    text.remove_prefix(unit.size());
  }
  if (total >= 9.2e18) return std::nullopt;
  return static_cast<int64_t>(std::llround(negative ? -total : total));
}

std::optional<uint64_t> go_bytes(std::string_view text) {
  std::optional<double> number = take_number(text);
  if (!number) return std::nullopt;
  if (text.starts_with(' ')) text.remove_prefix(1);
  std::string unit = lower(text);
  constexpr std::string_view kPrefixes = "bkmgtp";
  if (unit.empty()) unit = "b";
  size_t power = kPrefixes.find(unit[0]);
  std::string tail = unit.substr(1);
  bool known = power != std::string_view::npos &&
               (power == 0 ? tail.empty() : tail.empty() || tail == "b" || tail == "ib");
  if (!known) return std::nullopt;
  double bytes = std::ldexp(*number, static_cast<int>(10 * power));
  if (bytes >= 9.2e18) return std::nullopt;
  return static_cast<uint64_t>(bytes);
}

std::optional<bool> go_bool(std::string_view text) {
  for (std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"})
    if (text == yes) return true;
  for (std::string_view no : {"0", "f", "F", "false", "FALSE", "False"})
    if (text == no) return false;
  return std::nullopt;
}

}  // namespace tierbuild::dockerfile
