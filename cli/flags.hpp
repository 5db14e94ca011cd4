// FlagSet: the flags and words that a verb takes, as data: parser, help and completion read the same table.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace tierbuild::cli {

struct Flag {
  std::string names;        // "-j,--jobs"
  std::string placeholder;  // of its value; empty: a switch
  std::string help;
  std::string env;                   // variable that sets it where the command line does not
  std::vector<std::string> choices;  // empty: any value
  std::function<Status(const std::string& value)> set;  // switches get "true" or "false"

  Flag& from_env(std::string variable);
  Flag& one_of(std::vector<std::string> values);
  std::vector<std::string> spellings() const;
};

/// What the words without a dash are; completion offers accordingly.
enum class WordKind { none, selectors, target, tasks, files, shells, verbs };

struct Words {
  std::string placeholder;  // "SEL…"; empty: none are taken
  size_t least = 0, most = 0;
  WordKind kind = WordKind::none;
  std::vector<std::string>* into = nullptr;
};

/// A spelling belongs to the flag that was declared with it first; a flag without any left is not there.
class FlagSet {
 public:
  Flag& toggle(std::string names, std::string help, bool& target);
  Flag& text(std::string names, std::string placeholder, std::string help, std::string& target);
  Flag& list(std::string names, std::string placeholder, std::string help, std::vector<std::string>& target);
  Flag& number(std::string names, std::string placeholder, std::string help, unsigned& target);
  Flag& call(std::string names, std::string placeholder, std::string help,
             std::function<Status(const std::string&)> set);

  /// The words without a dash.
  void words(std::string placeholder, WordKind kind, size_t least, size_t most,
             std::vector<std::string>& into);
  /// The words after `--`. Without this they count as words, so that `-- -name` is a word.
  void rest(std::string placeholder, std::vector<std::string>& into);

  const std::deque<Flag>& flags() const { return flags_; }
  const Words& word_spec() const { return words_; }
  const Words& rest_spec() const { return rest_; }
  /// The flag with this spelling ("-j", "--jobs"), or null.
  const Flag* find(std::string_view spelling) const;

 private:
  std::deque<Flag> flags_, shadowed_;
  Words words_, rest_;
};

/// `name=value` apart; `invalid` without a name or an equals sign.
Result<std::pair<std::string, std::string>> parse_assignment(const std::string& text);
/// `key=value,key=value`; a part without `=` has an empty value.
std::vector<std::pair<std::string, std::string>> parse_fields(const std::string& text);

}  // namespace tierbuild::cli
