// Change: one difference between what a step is made from and what it was made from, in its author's words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace tierbuild::graph {

struct Change {
  enum class Subject : uint8_t {
    file,         // name: its path in the workspace
    link,         // name: the path of a symlink; before, now: what it points at
    requirement,  // name: the package; before, now: what is asked of it; where: the line of its file
    text,         // name: a text that the Buildfile gives; before, now: one line of it
    script,       // before, now: a line of a shell script
    word,         // before, now: a word of a command or list; name: of the list
    package,      // name: of a package that a package manager installs
    field,        // name: "user", "env.LEVEL"; before, now: its value
    mount,        // name: "cache /root/.cache"; before, now: the attributes that differ
    item,         // name: where copied files go; before, now: the attributes that differ
    image,        // name: the step below that made other content, or is gone; empty: unknown
    step,         // the step itself: it is new; name: where it was matched from, if anywhere
    record,       // what it made is no longer in the store
    request,      // it was asked for: --no-cache
    places,       // copied files are placed elsewhere
    version       // another version of the program made it
  };
  enum class How : uint8_t { changed, added, gone, renamed, mode };

  Subject subject = Subject::field;
  How how = How::changed;
  std::string name;
  std::string before, now;
  Location where;             // of the line that says so now, or said so before; unknown: see the step's own
  std::vector<Location> via;  // requirement: the `-r` lines that led to it
  bool operator==(const Change&) const = default;
};

std::string_view name_of(Change::Subject subject);
std::string_view name_of(Change::How how);

/// One line: `requirements-base.txt:7: fastapi 0.110 → 0.111`, `app/main.py changed`.
std::string text_of(const Change& change);
/// The first of them, and how many more there are; empty for none.
std::string text_of(const std::vector<Change>& changes);

}  // namespace tierbuild::graph
