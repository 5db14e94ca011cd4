// SourceMap: the text of every loaded file, and the column of a field in it.
#pragma once

#include <map>
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
  void add(const std::string& file, std::string text) {
    parsed_.erase(file);
    texts_[file] = std::move(text);
  }
  bool has(const std::string& file) const { return texts_.contains(file); }

  /// The place of the field `path` in the call or function that `origin` names; if it cannot be told for
  /// sure, that of the innermost table around it, and else of the call.
  Location locate(const Origin& origin, const KeyPath& path) const;
  /// The place of the first token `text` on a line, or the line alone.
  Location locate_token(const Location& line, std::string_view text) const;
  /// Names that a file declares as locals, parameters and functions: candidates for a misspelt name.
  std::vector<std::string> local_names(const std::string& file) const;

 private:
  struct Parsed {
    std::vector<LuaToken> tokens;
    std::vector<Constructor> constructors;
  };
  /// Of a file that is there; made once.
  const Parsed& parsed(const std::string& file) const;

  std::map<std::string, std::string> texts_;
  mutable std::map<std::string, Parsed> parsed_;
};

}  // namespace tierbuild::bindings
