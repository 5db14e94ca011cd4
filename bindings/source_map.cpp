#include "bindings/source_map.hpp"

#include <algorithm>
#include <optional>

#include "base/strings.hpp"

namespace tierbuild::bindings {
namespace {

/// One pass over the tokens with a stack of what is open: braces, brackets, blocks.
class ConstructorFinder {
 public:
  explicit ConstructorFinder(const std::vector<LuaToken>& tokens) : tokens_(tokens) {}

  std::vector<Constructor> run() {
    for (at_ = 0; at_ < tokens_.size(); ++at_) step(tokens_[at_]);
    return std::move(found_);
  }

 private:
  struct Open {
    char what;  // '{', '(', '[', or 'f' for a block that `end` closes, 'r' for repeat
    int constructor = -1;
    bool entry_starts = false;  // the next token begins an entry
    int items = 0;
  };

  void step(const LuaToken& token) {
    if (!open_.empty() && open_.back().what == '{' && open_.back().entry_starts && !token.is("}"))
      begin_entry(token);
    if (token.is("{")) {
      begin_constructor(token);
    } else if (token.is("(") || token.is("[")) {
      open_.push_back({.what = token.text[0]});
    } else if (token.kind == LuaToken::Kind::name && opens_block(token.text)) {
      open_.push_back({.what = token.text == "repeat" ? 'r' : 'f'});
    } else if (token.is("}") || token.is(")") || token.is("]") || token.is("end") || token.is("until")) {
      if (!open_.empty()) open_.pop_back();
    } else if ((token.is(",") || token.is(";")) && !open_.empty() && open_.back().what == '{') {
      open_.back().entry_starts = true;
    }
  }

  static bool opens_block(std::string_view word) {
    return word == "function" || word == "if" || word == "do" || word == "repeat";
  }

  void begin_constructor(const LuaToken& brace) {
    Constructor made;
    made.line = made.head_line = brace.line;
    if (at_ > 0) {
      const LuaToken& before = tokens_[at_ - 1];
      bool call = before.kind == LuaToken::Kind::string || before.kind == LuaToken::Kind::name ||
                  before.is(")") || before.is("(");
      if (call) made.head_line = before.line;
      if (before.kind == LuaToken::Kind::string) made.head = before.text;
      if (before.is(")") && at_ > 1 && tokens_[at_ - 2].kind == LuaToken::Kind::string)
        made.head = tokens_[at_ - 2].text;
    }
    int index = static_cast<int>(found_.size());
    if (!open_.empty() && open_.back().what == '{') {
      Constructor::Entry& entry = found_[static_cast<size_t>(open_.back().constructor)].entries.back();
      if (entry.child < 0) entry.child = index;
    }
    found_.push_back(std::move(made));
    open_.push_back({.what = '{', .constructor = index, .entry_starts = true});
  }

  void begin_entry(const LuaToken& token) {
    Open& open = open_.back();
    open.entry_starts = false;
    auto symbol = [&](size_t ahead, std::string_view text) {
      return at_ + ahead < tokens_.size() && tokens_[at_ + ahead].is(text);
    };
    Constructor::Entry entry{.key = 0, .line = token.line, .column = token.column};
    if (token.kind == LuaToken::Kind::name && symbol(1, "=")) {
      entry.key = token.text;
    } else if (token.is("[") && at_ + 1 < tokens_.size() && symbol(2, "]") && symbol(3, "=")) {
      entry.key = tokens_[at_ + 1].text;
      entry.column = tokens_[at_ + 1].column;
    } else {
      entry.key = ++open.items;
    }
    found_[static_cast<size_t>(open.constructor)].entries.push_back(std::move(entry));
  }

  const std::vector<LuaToken>& tokens_;
  size_t at_ = 0;
  std::vector<Open> open_;
  std::vector<Constructor> found_;
};

struct Match {
  size_t depth = 0;  // keys of the path that were found
  int line = 0, column = 0;
};

Match descend(const std::vector<Constructor>& all, const Constructor& from, const KeyPath& path) {
  Match match;
  const Constructor* current = &from;
  for (const Key& key : path) {
    auto entry = std::find_if(current->entries.begin(), current->entries.end(),
                              [&](const Constructor::Entry& candidate) { return candidate.key == key; });
    if (entry == current->entries.end()) break;
    ++match.depth;
    match.line = entry->line;
    match.column = entry->column;
    if (entry->child < 0) break;
    current = &all[static_cast<size_t>(entry->child)];
  }
  return match;
}

// The only entry of the file with this key, if there is but one.
std::optional<Match> only_entry(const std::vector<Constructor>& all, const Key& key) {
  std::optional<Match> found;
  for (const Constructor& constructor : all)
    for (const Constructor::Entry& entry : constructor.entries) {
      if (entry.key != key) continue;
      if (found) return std::nullopt;
      found = Match{1, entry.line, entry.column};
    }
  return found;
}

}  // namespace

std::vector<Constructor> find_constructors(const std::vector<LuaToken>& tokens) {
  return ConstructorFinder(tokens).run();
}

size_t SourceMap::Outline::first_of(int line) const {
  auto first = std::lower_bound(tokens.begin(), tokens.end(), line,
                                [](const LuaToken& token, int wanted) { return token.line < wanted; });
  return static_cast<size_t>(first - tokens.begin());
}

const SourceMap::Outline* SourceMap::outline_of(const std::string& file) const {
  auto source = sources_.find(file);
  if (source == sources_.end()) return nullptr;
  if (!source->second.outline) {
    auto outline = std::make_shared<Outline>();
    outline->tokens = lua_tokens(source->second.text);
    outline->constructors = find_constructors(outline->tokens);
    for (const Constructor& constructor : outline->constructors) {
      outline->by_line.emplace(constructor.line, &constructor);
      if (constructor.head_line != constructor.line)
        outline->by_line.emplace(constructor.head_line, &constructor);
    }
    source->second.outline = std::move(outline);
  }
  return source->second.outline.get();
}

Location SourceMap::locate(const Origin& origin, const KeyPath& path) const {
  const Outline* outline = outline_of(origin.where.file);
  if (outline == nullptr) return origin.where;
  if (!path.empty()) {
    Match best;
    bool best_named = false;
    auto first = outline->by_line.lower_bound(origin.where.line);
    auto end = outline->by_line.upper_bound(std::max(origin.where.line, origin.last_line));
    for (auto at = first; at != end; ++at) {
      const Constructor& constructor = *at->second;
      bool outside = constructor.line < origin.where.line || constructor.line > origin.last_line;
      if (origin.last_line > 0 && outside) continue;
      Match match = descend(outline->constructors, constructor, path);
      bool named = !origin.name.empty() && constructor.head == origin.name;
      if (match.depth == 0 || std::pair(match.depth, named) <= std::pair(best.depth, best_named)) continue;
      best = match;
      best_named = named;
    }
    if (best.depth == 0 && std::holds_alternative<std::string>(path.back()))
      best = only_entry(outline->constructors, path.back()).value_or(Match{});
    if (best.depth > 0) return {origin.where.file, best.line, best.column};
  }
  if (origin.callee.empty() && origin.last_line > 0) return locate_token(origin.where, "function");
  return locate_call(origin.where, origin.callee);
}

Location SourceMap::locate_call(const Location& line, std::string_view callee) const {
  const Outline* outline = outline_of(line.file);
  if (outline == nullptr || line.line == 0) return line;
  size_t dot = callee.find_last_of(".:");
  std::string_view name = callee.substr(dot == std::string_view::npos ? 0 : dot + 1);
  std::string_view mark = dot == std::string_view::npos ? std::string_view() : callee.substr(dot, 1);
  const std::vector<LuaToken>& tokens = outline->tokens;
  for (size_t i = outline->first_of(line.line); i < tokens.size() && tokens[i].line == line.line; ++i) {
    if (tokens[i].kind != LuaToken::Kind::name || tokens[i].text != name) continue;
    bool is_member = i > 0 && (tokens[i - 1].is(".") || tokens[i - 1].is(":"));
    bool is_field = i + 1 < tokens.size() && tokens[i + 1].is("=");
    if (is_field || is_member != !mark.empty() || (is_member && !tokens[i - 1].is(mark))) continue;
    // `image.from`: the place is that of `image`; `x:run`: that of `run`, for x may be anything.
    bool whole = mark == "." && i > 1 && tokens[i - 2].line == line.line;
    if (whole && tokens[i - 2].text != callee.substr(0, dot)) continue;
    return {line.file, line.line, tokens[whole ? i - 2 : i].column};
  }
  return locate_token(line, name);
}

Location SourceMap::locate_token(const Location& line, std::string_view text) const {
  const Outline* outline = outline_of(line.file);
  if (outline == nullptr || line.line == 0) return line;
  Location found = line;
  const std::vector<LuaToken>& tokens = outline->tokens;
  const size_t first = outline->first_of(line.line);
  for (size_t i = first; i < tokens.size() && tokens[i].line == line.line; ++i) {
    if (found.column == 0) found.column = tokens[i].column;
    if (tokens[i].text != text) continue;
    // `image.from`: the place is that of `image`.
    while (i >= first + 2 && tokens[i - 1].is(".") && tokens[i - 2].kind == LuaToken::Kind::name) i -= 2;
    found.column = tokens[i].column;
    break;
  }
  return found;
}

std::vector<std::string> SourceMap::local_names(const std::string& file) const {
  std::vector<std::string> names;
  const Outline* outline = outline_of(file);
  if (outline == nullptr) return names;
  bool listing = false;
  for (const LuaToken& token : outline->tokens) {
    bool name = token.kind == LuaToken::Kind::name;
    if (token.is("local") || token.is("function") || token.is("for")) {
      listing = true;
    } else if (listing && name && !token.is("in") && !token.is("do")) {
      names.push_back(token.text);
    } else if (listing && !token.is(",") && !token.is("(")) {
      listing = false;
    }
  }
  return names;
}

}  // namespace tierbuild::bindings
