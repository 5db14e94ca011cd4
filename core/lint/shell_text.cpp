#include "lint/shell_text.hpp"

#include <algorithm>

namespace tierbuild::lint {
namespace {

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

class Parser {
 public:
  explicit Parser(std::string_view script) : script_(script) {}

  std::vector<ShellCommand> run() {
    while (at_ < script_.size()) {
      char c = script_[at_];
      if (c == ' ' || c == '\t' || c == '\r')
        ++at_;
      else if (c == '\\' && peek(1) == '\n')
        at_ += 2;
      else if (c == '#')
        at_ = std::min(script_.find('\n', at_), script_.size());
      else if (c == '<' || c == '>')
        redirect("");
      else if (std::string_view("\n;&|(){}").find(c) != std::string_view::npos && !is_brace_word())
        end_command();
      else
        word();
    }
    finish("", at_);
    return std::move(commands_);
  }

 private:
  char peek(size_t ahead) const { return at_ + ahead < script_.size() ? script_[at_ + ahead] : '\0'; }

  // `{` and `}` are operators only as words of their own.
  bool is_brace_word() const {
    if (script_[at_] != '{' && script_[at_] != '}') return false;
    char next = peek(1);
    return !(next == '\0' || next == ' ' || next == '\n' || next == ';' || next == '\t');
  }

  void end_command() {
    size_t start = at_;
    char c = script_[at_++];
    if ((c == '&' || c == '|' || c == ';') && at_ < script_.size() && script_[at_] == c) ++at_;
    finish(std::string(script_.substr(start, at_ - start)), start);
    if (c == '(' || c == '{') command_.opens = true;
    if (c == '\n') skip_documents();
  }

  void finish(std::string next, size_t offset) {
    if (command_.words.empty() && command_.redirects.empty()) return;
    command_.next = std::move(next);
    command_.next_offset = offset;
    commands_.push_back(std::move(command_));
    command_ = {};
  }

  void redirect(std::string_view descriptor) {
    size_t start = at_ - descriptor.size();
    while (at_ < script_.size() && std::string_view("<>&|-").find(script_[at_]) != std::string_view::npos &&
           at_ - start < 3 + descriptor.size())
      ++at_;
    std::string op(script_.substr(start, at_ - start));
    while (peek(0) == ' ' || peek(0) == '\t') ++at_;
    ShellWord target = read_word();
    if (op.find("<<") != std::string::npos && op.find("<<<") == std::string::npos)
      documents_.push_back({target.text, op.ends_with('-')});
    if (command_.words.empty() && command_.redirects.empty()) command_.offset = start;
    command_.redirects.push_back({std::move(op), std::move(target), start});
  }

  void word() {
    ShellWord read = read_word();
    if (!read.quoted && is_digits(read.text) && (peek(0) == '>' || peek(0) == '<'))
      return redirect(read.text);
    if (command_.words.empty() && command_.redirects.empty()) command_.offset = read.offset;
    command_.words.push_back(std::move(read));
  }

  ShellWord read_word() {
    ShellWord word;
    word.offset = at_;
    while (at_ < script_.size()) {
      char c = script_[at_];
      if (c == '\'') {
        size_t end = std::min(script_.find('\'', at_ + 1), script_.size());
        word.text += script_.substr(at_ + 1, end - at_ - 1);
        word.quoted = true;
        at_ = std::min(end + 1, script_.size());
      } else if (c == '"') {
        double_quoted(word);
      } else if (c == '\\') {
        if (peek(1) != '\n' && peek(1) != '\0') word.text += peek(1);
        word.quoted = true;
        at_ = std::min(at_ + 2, script_.size());
      } else if (c == '$' && peek(1) == '(') {
        substitution(word.text);
      } else if (c == '$' && peek(1) == '{') {
        size_t end = std::min(script_.find('}', at_), script_.size() - 1);
        word.text += script_.substr(at_, end + 1 - at_);
        at_ = end + 1;
      } else if (std::string_view(" \t\r\n;&|<>()").find(c) != std::string_view::npos) {
        break;
      } else {
        word.text += c;
        ++at_;
      }
    }
    if (at_ == word.offset && at_ < script_.size()) ++at_;  // a stray operator: never stand still
    return word;
  }

  void double_quoted(ShellWord& word) {
    word.quoted = true;
    ++at_;
    while (at_ < script_.size() && script_[at_] != '"') {
      if (script_[at_] == '$' && peek(1) == '(') {
        substitution(word.text);
        continue;
      }
      if (script_[at_] == '\\' && at_ + 1 < script_.size()) ++at_;
      word.text += script_[at_++];
    }
    if (at_ < script_.size()) ++at_;
  }

  void substitution(std::string& into) {
    size_t start = at_;
    int depth = 0;
    while (at_ < script_.size()) {
      char c = script_[at_++];
      if (c == '\\' && at_ < script_.size()) ++at_;
      if (c == '\'') at_ = std::min(script_.find('\'', at_), script_.size() - 1) + 1;
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (c == ')' && depth == 0) break;
    }
    into += script_.substr(start, at_ - start);
  }

  void skip_documents() {
    for (const Document& document : documents_) {
      while (at_ < script_.size()) {
        size_t end = std::min(script_.find('\n', at_), script_.size());
        std::string_view line = script_.substr(at_, end - at_);
        at_ = std::min(end + 1, script_.size());
        if (document.tabs) line.remove_prefix(std::min(line.find_first_not_of('\t'), line.size()));
        if (line == document.end) break;
      }
    }
    documents_.clear();
  }

  struct Document {
    std::string end;
    bool tabs = false;
  };
  std::string_view script_;
  size_t at_ = 0;
  ShellCommand command_;
  std::vector<ShellCommand> commands_;
  std::vector<Document> documents_;
};

}  // namespace

std::vector<ShellCommand> parse_shell(std::string_view script) {
  return Parser(script).run();
}

}  // namespace tierbuild::lint
