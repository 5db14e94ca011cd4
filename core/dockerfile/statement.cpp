#include "dockerfile/statement.hpp"

#include <nlohmann/json.hpp>

#include "base/strings.hpp"
#include "dockerfile/runes.hpp"
#include "dockerfile/words.hpp"

namespace tierbuild::dockerfile {
namespace {

/// Takes flags off the front of text[at, end); returns where the arguments begin.
size_t take_flags(const SourceText& source, size_t at, size_t end, char escape, std::vector<Word>& flags) {
  std::string_view text = std::string_view(source.text).substr(0, end);
  for (;;) {
    while (at < end && is_space(static_cast<unsigned char>(text[at]))) ++at;
    if (!text.substr(at).starts_with("--")) return at;
    size_t begin = at;
    char quote = 0;
    std::string flag;
    for (; at < end; ++at) {
      char c = text[at];
      if (quote == 0 && is_space(static_cast<unsigned char>(c))) break;
      if (quote == 0 && (c == '\'' || c == '"')) {
        quote = c;
      } else if (quote != 0 && c == quote) {
        quote = 0;
      } else {
        if (c == escape && ++at == end) break;  // nothing to escape
        flag += text[at];
      }
    }
    if (flag == "--") return at;
    flags.push_back({std::move(flag), source.range(begin, std::min(at, end))});
  }
}

}  // namespace

Statement split_statement(const SourceText& source, size_t begin, size_t end, char escape) {
  std::string_view text = std::string_view(source.text).substr(begin, end - begin);
  auto inside = [&](std::string_view part) {
    return part.empty() ? end : static_cast<size_t>(part.data() - source.text.data());
  };
  std::string_view trimmed = trim_space(text);
  Statement out;
  size_t at = inside(trimmed), last = at + trimmed.size(), word = at;
  while (at < last && !is_blank(source.text[at])) ++at;
  out.keyword = source.word(word, at);
  out.name = lower(out.keyword.text);
  while (at < last && is_blank(source.text[at])) ++at;
  at = take_flags(source, at, last, escape, out.flags);
  at = std::min(at, last);
  std::string_view arguments = trim_space(std::string_view(source.text).substr(at, last - at));
  out.begin = arguments.empty() ? last : inside(arguments);
  out.end = out.begin + arguments.size();
  return out;
}

Result<std::optional<std::vector<std::string>>> json_list(std::string_view text) {
  using List = std::optional<std::vector<std::string>>;
  if (!text.starts_with('[')) return List();
  auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_array()) return List();
  List words(std::in_place);
  for (const auto& word : json) {
    if (!word.is_string())
      return Error(Code::invalid,
                   "a JSON list of an instruction can hold nothing but texts in double quotes");
    words->push_back(word.get<std::string>());
  }
  return words;
}

Word part_of(const Word& word, size_t begin, size_t end) {
  end = std::min(end, word.text.size());
  Word part{word.text.substr(begin, end - begin), word.range};
  if (part.range.line != part.range.end_line) return part;
  part.range.end_column = part.range.column + static_cast<int>(end);
  part.range.column += static_cast<int>(begin);
  return part;
}

std::vector<Word> plain_words(const SourceText& source, size_t begin, size_t end) {
  std::vector<Word> words;
  for (size_t at = begin; at < end;) {
    size_t word = at;
    while (at < end && !is_blank(source.text[at])) ++at;
    words.push_back(source.word(word, at));
    while (at < end && is_blank(source.text[at])) ++at;
  }
  return words;
}

std::vector<Word> quoted_words(const SourceText& source, size_t begin, size_t end, char escape) {
  std::vector<Word> words;
  std::string_view text = std::string_view(source.text).substr(0, end);
  size_t at = begin;
  for (;;) {
    while (at < end && is_space(rune_at(text, at).value)) at += rune_at(text, at).length;
    if (at >= end) return words;
    size_t word = at, word_end = at;
    char quote = 0;
    while (at < end) {
      Rune rune = rune_at(text, at);
      char c = text[at];
      if (quote == 0 && is_space(rune.value)) break;
      if (c == escape && quote != '\'') {
        at += rune.length;
        if (at >= end) break;  // an escape at the end is left out
        rune = rune_at(text, at);
      } else if (quote == 0 && (c == '\'' || c == '"')) {
        quote = c;
      } else if (c == quote) {
        quote = 0;
      }
      at += rune.length;
      word_end = at;
    }
    if (word_end > word) words.push_back(source.word(word, word_end));
  }
}

Result<std::vector<KeyValue>> key_values(const SourceText& source, const Statement& statement,
                                         const File& file) {
  std::vector<KeyValue> items;
  std::vector<Word> words = quoted_words(source, statement.begin, statement.end, file.escape);
  if (words.empty()) return items;
  if (words.front().text.find('=') == std::string::npos) {
    size_t at = statement.begin;
    while (at < statement.end && !is_blank(source.text[at])) ++at;
    Word key = source.word(statement.begin, at);
    while (at < statement.end && is_blank(source.text[at])) ++at;
    if (at >= statement.end)
      return Error::make(Code::invalid, "{} needs a value for '{}'", statement.keyword.text, key.text)
          .at(file.at(key.range))
          .hint(fmt::format("write {} {}=value", statement.keyword.text, key.text));
    items.push_back({std::move(key), source.word(at, statement.end), true});
    return items;
  }
  for (const Word& word : words) {
    size_t equals = word.text.find('=');
    if (equals == std::string::npos)
      return Error::make(Code::invalid, "'{}' lacks a '=': {} takes name=value", word.text,
                         statement.keyword.text)
          .at(file.at(word.range));
    items.push_back({part_of(word, 0, equals), part_of(word, equals + 1, std::string::npos), false});
  }
  return items;
}

std::optional<Heredoc> heredoc_word(std::string_view word) {
  size_t at = 0;
  while (at < word.size() && word[at] >= '0' && word[at] <= '9') ++at;
  if (!word.substr(at).starts_with("<<")) return std::nullopt;
  at += 2;
  Heredoc heredoc;
  heredoc.chomps = word.substr(at).starts_with('-');
  if (heredoc.chomps) ++at;
  while (at < word.size() && (is_blank(word[at]) || word[at] == '\n') && word[at] != '\v') ++at;
  std::string_view rest = word.substr(at);
  if (rest.empty() || rest.find('<') != std::string_view::npos) return std::nullopt;
  auto none = [](const std::string&) { return std::optional<std::string>(); };
  WordRules rules{.unset = WordRules::Unset::remain};
  Result<Expansion> bare = expand(rest, rules, none);
  rules.quotes = WordRules::Quotes::keep;
  Result<Expansion> raw = expand(rest, rules, none);
  if (!bare || !raw || bare->words.size() != 1 || raw->words.size() != 1) return std::nullopt;
  auto quotes = [](const std::string& text) {
    return std::count_if(text.begin(), text.end(), [](char c) { return c == '\'' || c == '"'; });
  };
  heredoc.name = bare->words[0];
  heredoc.expands = quotes(bare->words[0]) == quotes(raw->words[0]);
  return heredoc;
}

std::vector<Heredoc> heredocs_of(std::string_view text) {
  std::vector<Heredoc> heredocs;
  if (text.find("<<") == std::string_view::npos) return heredocs;
  WordRules rules{.quotes = WordRules::Quotes::keep,
                  .escapes = WordRules::Escapes::keep,
                  .unset = WordRules::Unset::remain};
  // A text with quotes that are not closed has no words, and no heredocs: the shell will have its say.
  Result<Expansion> words =
      expand(text, rules, [](const std::string&) { return std::optional<std::string>(); });
  if (!words) return heredocs;
  for (const std::string& word : words->words)
    if (auto heredoc = heredoc_word(word)) heredocs.push_back(*std::move(heredoc));
  return heredocs;
}

Result<Flags> Flags::check(const Statement& statement, std::span<const Known> known, const File& file) {
  Flags flags;
  for (const Word& flag : statement.flags) {
    size_t equals = flag.text.find('=');
    std::string name = flag.text.substr(2, equals == std::string::npos ? equals : equals - 2);
    auto fail = [&](std::string message) {
      return Error(Code::invalid, std::move(message)).at(file.at(flag.range));
    };
    auto kind = std::find_if(known.begin(), known.end(), [&](const Known& one) { return one.name == name; });
    std::string keyword = statement.keyword.text;
    if (kind == known.end()) {
      std::vector<std::string> names;
      for (const Known& one : known) names.emplace_back(one.name);
      if (names.empty()) return fail(fmt::format("{} takes no flags, but has '--{}'", keyword, name));
      return fail(fmt::format("{} has no flag '--{}'{}", keyword, name, guess(name, names, "--")));
    }
    bool twice = std::any_of(flags.given_.begin(), flags.given_.end(),
                             [&](const Given& given) { return given.name == name; });
    if (twice && kind->kind != Kind::list) return fail(fmt::format("the flag '--{}' is given twice", name));
    Word value{equals == std::string::npos ? "" : flag.text.substr(equals + 1), flag.range};
    if (kind->kind == Kind::boolean) {
      std::string choice = lower(value.text);
      if (equals == std::string::npos) choice = "true";
      if (choice != "true" && choice != "false")
        return fail(fmt::format("the flag '--{}' is either true or false, not '{}'", name, value.text));
      value.text = choice;
    } else if (equals == std::string::npos) {
      return fail(fmt::format("the flag '--{}' needs a value: '--{}=…'", name, name));
    }
    flags.given_.push_back({std::move(name), std::move(value)});
  }
  return flags;
}

std::optional<Word> Flags::text(std::string_view name) const {
  for (const Given& given : given_)
    if (given.name == name) return given.value;
  return std::nullopt;
}

std::optional<bool> Flags::boolean(std::string_view name) const {
  std::optional<Word> value = text(name);
  if (!value) return std::nullopt;
  return value->text == "true";
}

std::vector<Word> Flags::list(std::string_view name) const {
  std::vector<Word> values;
  for (const Given& given : given_)
    if (given.name == name) values.push_back(given.value);
  return values;
}

std::string guess(std::string_view word, std::span<const std::string> names, std::string_view prefix) {
  auto near = suggest(word, names);
  return near ? fmt::format(" (did you mean '{}{}'?)", prefix, *near) : std::string();
}

}  // namespace tierbuild::dockerfile
