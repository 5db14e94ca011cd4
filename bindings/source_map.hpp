// SourceMap: the text of every loaded file, and the column of a field in it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bindings/lua_tokens.hpp"
#include "bindings/origin.hpp"

namespace tierbuild::bindings {

/// A `{…}` of the source.
struct Constructor {
  struct Entry {
    Key key;
    int line = 0, column = 0;  // of the key, or of the item
    int child = -1;            // the constructor that is its value
  };
  int line = 0;       // of the brace
  int head_line = 0;  // of the token before it: `service 'x'` may stand on the line above
  std::string head;   // the string before the brace, the name in `service 'x' {`
  std::vector<Entry> entries;
};

std::vector<Constructor> find_constructors(const std::vector<LuaToken>& tokens);

class SourceMap {
 public:
  void add(const std::string& file, std::string text) { sources_[file] = {std::move(text), nullptr}; }
  bool has(const std::string& file) const { return sources_.contains(file); }

  /// The place of the field `path` in the call or function that `origin` names; if it cannot be told for
  /// sure, that of the innermost table around it, and else of the call.
  Location locate(const Origin& origin, const KeyPath& path) const;
  /// The place of a call of `service`, `image.from` or `image:run` on a line.
  Location locate_call(const Location& line, std::string_view callee) const;
  /// The place of the first token `text` on a line, or the line alone.
  Location locate_token(const Location& line, std::string_view text) const;
  /// Names that a file declares as locals, parameters and functions: candidates for a misspelt name.
  std::vector<std::string> local_names(const std::string& file) const;

 private:
  /// What is found out about a text when the first place in it is asked for.
  struct Outline {
    std::vector<LuaToken> tokens;
    std::vector<Constructor> constructors;
    std::multimap<int, const Constructor*> by_line;  // of the brace, and of the token before it

    size_t first_of(int line) const;  // the first token of that line, if it has one
  };
  struct Source {
    std::string text;
    mutable std::shared_ptr<const Outline> outline;
  };
  const Outline* outline_of(const std::string& file) const;

  std::map<std::string, Source> sources_;
};

}  // namespace tierbuild::bindings
