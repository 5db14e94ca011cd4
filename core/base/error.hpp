// The one error type of the project: what happened, where, and what to do next.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tierbuild {

enum class Code {
  invalid,     // the Buildfile, the command line or another input of the user is wrong
  not_found,   // a named thing does not exist
  exists,      // a name is taken
  failed,      // a step or a task of the user ended with an error
  io,          // a system call failed
  no_space,    // the disk or its inodes are used up
  corrupt,     // stored or received bytes are not what they claim to be
  network,     // a server cannot be reached or answers with an error
  denied,      // permission or credentials are missing
  host_lacks,  // the host has no runtime, tool or kernel feature that is needed
  cancelled,   // the user or a limit of time stopped the work
  timeout,     // a limit of time was reached
  internal,    // a bug in this program
};

/// The lower-case name of a code, as printed in JSON output: `not_found`.
std::string_view name_of(Code code);

/// A place in a text file; line and column count from 1, 0 means unknown.
struct Location {
  std::string file;
  int line = 0;
  int column = 0;

  bool known() const { return !file.empty(); }
  /// `file:line:column`, leaving out what is unknown.
  std::string str() const;
  bool operator==(const Location&) const = default;
};

/// An error on its way up. Each layer may add where (`at`), a frame (`with`) or the next step (`hint`).
class Error {
 public:
  Error(Code code, std::string message) : code_(code), message_(std::move(message)) {}

  /// An error of the given code with a formatted message.
  template <class... Args>
  static Error make(Code code, fmt::format_string<Args...> format, Args&&... args) {
    return {code, fmt::format(format, std::forward<Args>(args)...)};
  }

  /// An error from `errno`: ENOSPC and EDQUOT become `no_space`, ENOENT `not_found`, EACCES and EPERM
  /// `denied`, everything else `io`. The text of the errno is appended to the message.
  template <class... Args>
  static Error os(int errnum, fmt::format_string<Args...> format, Args&&... args) {
    return from_errno(errnum, fmt::format(format, std::forward<Args>(args)...));
  }

  /// Adds a frame, outermost last: "while pulling python:3.12".
  template <class... Args>
  Error with(fmt::format_string<Args...> format, Args&&... args) && {
    context_.push_back(fmt::format(format, std::forward<Args>(args)...));
    return std::move(*this);
  }
  Error at(Location where) && {
    where_ = std::move(where);
    return std::move(*this);
  }
  /// What the reader should do next, one sentence or command.
  Error hint(std::string text) && {
    hint_ = std::move(text);
    return std::move(*this);
  }
  /// The stable number that documentation and editors refer to, such as `E012`.
  Error id(std::string number) && {
    id_ = std::move(number);
    return std::move(*this);
  }

  Code code() const { return code_; }
  const std::string& message() const { return message_; }
  const std::string& hint() const { return hint_; }
  const std::string& id() const { return id_; }
  const Location& where() const { return where_; }
  const std::vector<std::string>& context() const { return context_; }

  /// One line with its frames: `message (while a, while b)`; no location and no hint.
  std::string str() const;

 private:
  static Error from_errno(int errnum, std::string message);

  Code code_;
  std::string message_;
  std::string hint_;
  std::string id_;
  Location where_;
  std::vector<std::string> context_;
};

}  // namespace tierbuild
