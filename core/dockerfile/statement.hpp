// The parts that all instructions are made of: keyword, flags, and arguments in one of a few forms.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "dockerfile/source.hpp"
#include "dockerfile/syntax.hpp"

namespace tierbuild::dockerfile {

/// `KEYWORD --flag=value arguments`.
struct Statement {
  Word keyword;
  std::string name;           // the keyword in lower case
  std::vector<Word> flags;    // without quotes: "--from=base"
  size_t begin = 0, end = 0;  // of the arguments in the text
};

/// Splits text[begin, end), blanks at both ends left out.
Statement split_statement(const SourceText& source, size_t begin, size_t end, char escape);

/// The words of a `["a", "b"]`; nothing if the text is no JSON list. Fails with `invalid` if it is one that
/// holds anything but texts.
Result<std::optional<std::vector<std::string>>> json_list(std::string_view text);

/// A part of a word; its place is that of the whole word if that stands on several lines.
Word part_of(const Word& word, size_t begin, size_t end);
/// Words between blanks; quotes mean nothing.
std::vector<Word> plain_words(const SourceText& source, size_t begin, size_t end);
/// Words between blanks that are not quoted; quotes and escapes stay.
std::vector<Word> quoted_words(const SourceText& source, size_t begin, size_t end, char escape);
/// `name=value …`, or the old `name value`.
Result<std::vector<KeyValue>> key_values(const SourceText& source, const Statement& statement,
                                         const File& file);

/// `<<NAME` as a word of an instruction; nothing if it is something else.
std::optional<Heredoc> heredoc_word(std::string_view word);
/// The heredocs of a whole instruction, still without their content.
std::vector<Heredoc> heredocs_of(std::string_view text);

/// Flags of one instruction, checked against those that it has.
class Flags {
 public:
  enum class Kind : uint8_t { boolean, text, list };
  struct Known {
    std::string_view name;
    Kind kind;
  };
  /// Fails with `invalid` for a flag that is unknown, given twice, or lacks a value.
  static Result<Flags> check(const Statement& statement, std::span<const Known> known, const File& file);

  std::optional<bool> boolean(std::string_view name) const;
  std::optional<Word> text(std::string_view name) const;
  std::vector<Word> list(std::string_view name) const;

 private:
  struct Given {
    std::string name;
    Word value;
  };
  std::vector<Given> given_;
};

/// The names as a sentence's end: " (did you mean 'x'?)", or nothing.
std::string guess(std::string_view word, std::span<const std::string> names, std::string_view prefix = "");

}  // namespace tierbuild::dockerfile
