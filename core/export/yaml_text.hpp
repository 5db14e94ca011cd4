// YamlText: YAML in block style, written from top to bottom, that YAML 1.1 and 1.2 read alike.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tierbuild::exports {

class YamlText {
 public:
  using Inside = std::function<void()>;

  /// `# text`, one for each line of it.
  void comment(std::string_view text);
  void blank();
  /// `key: value`; a text of several lines becomes a literal block that ends with one line end.
  void entry(std::string_view key, std::string_view value);
  void number(std::string_view key, int64_t value);
  void flag(std::string_view key, bool value);
  /// `key: [a, b]`.
  void list(std::string_view key, const std::vector<std::string>& items);
  /// `key: {}`.
  void empty_map(std::string_view key);
  /// `key:`, and below it what `inside` writes.
  void map(std::string_view key, const Inside& inside);
  /// `- ` and the entries that `inside` writes; for use inside of map().
  void item(const Inside& inside);
  void item(std::string_view text);
  /// A command, or a literal block of several.
  void script_item(std::string_view script);

  const std::string& text() const { return text_; }

 private:
  void start_line();
  void key(std::string_view key);
  void block(std::string_view value);

  std::string text_;
  size_t depth_ = 0;
  bool dash_ = false;  // the next line begins an item
};

/// A scalar that every reader takes as this text, quoted only if it must be.
std::string yaml_scalar(std::string_view text);

}  // namespace tierbuild::exports
