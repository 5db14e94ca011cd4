#include "cli/flags.hpp"

#include <charconv>

#include "base/strings.hpp"

namespace tierbuild::cli {

Flag& Flag::from_env(std::string variable) {
  env = std::move(variable);
  return *this;
}

Flag& Flag::one_of(std::vector<std::string> values) {
  choices = std::move(values);
  return *this;
}

std::vector<std::string> Flag::spellings() const {
  std::vector<std::string> out;
  for (std::string_view part : split(names, ',')) out.emplace_back(part);
  return out;
}

Flag& FlagSet::call(std::string names, std::string placeholder, std::string help,
                    std::function<Status(const std::string&)> set) {
  std::string free;
  for (std::string_view name : split(names, ',')) {
    if (find(name) != nullptr) continue;
    if (!free.empty()) free += ',';
    free += name;
  }
  std::deque<Flag>& into = free.empty() ? shadowed_ : flags_;
  into.push_back({free, std::move(placeholder), std::move(help), "", {}, std::move(set)});
  return into.back();
}

Flag& FlagSet::toggle(std::string names, std::string help, bool& target) {
  return call(std::move(names), "", std::move(help), [&target](const std::string& value) -> Status {
    target = value == "true";
    return {};
  });
}

Flag& FlagSet::text(std::string names, std::string placeholder, std::string help, std::string& target) {
  return call(std::move(names), std::move(placeholder), std::move(help),
              [&target](const std::string& value) -> Status {
                target = value;
                return {};
              });
}

Flag& FlagSet::list(std::string names, std::string placeholder, std::string help,
                    std::vector<std::string>& target) {
  return call(std::move(names), std::move(placeholder), std::move(help),
              [&target](const std::string& value) -> Status {
                target.push_back(value);
                return {};
              });
}

Flag& FlagSet::number(std::string names, std::string placeholder, std::string help, unsigned& target) {
  return call(std::move(names), std::move(placeholder), std::move(help),
              [&target](const std::string& value) -> Status {
                auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), target);
                if (failure != std::errc{} || end != value.data() + value.size())
                  return Error::make(Code::invalid, "'{}' is not a number", value);
                return {};
              });
}

void FlagSet::words(std::string placeholder, WordKind kind, size_t least, size_t most,
                    std::vector<std::string>& into) {
  words_ = {std::move(placeholder), least, most, kind, &into};
}

void FlagSet::rest(std::string placeholder, std::vector<std::string>& into) {
  rest_ = {std::move(placeholder), 0, SIZE_MAX, WordKind::none, &into};
}

const Flag* FlagSet::find(std::string_view spelling) const {
  for (const Flag& flag : flags_)
    for (std::string_view name : split(flag.names, ','))
      if (name == spelling) return &flag;
  return nullptr;
}

Result<std::pair<std::string, std::string>> parse_assignment(const std::string& text) {
  size_t at = text.find('=');
  if (at == std::string::npos || at == 0)
    return Error::make(Code::invalid, "'{}' is not of the form name=value", text);
  return std::pair{text.substr(0, at), text.substr(at + 1)};
}

std::vector<std::pair<std::string, std::string>> parse_fields(const std::string& text) {
  std::vector<std::pair<std::string, std::string>> out;
  for (std::string_view part : split(text, ',')) {
    size_t at = part.find('=');
    if (at == std::string_view::npos)
      out.emplace_back(part, "");
    else
      out.emplace_back(part.substr(0, at), part.substr(at + 1));
  }
  return out;
}

}  // namespace tierbuild::cli
