// A Dockerfile as it is written: typed instructions, each with its place. Variables are not yet replaced.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "image/config.hpp"

namespace tierbuild::dockerfile {

/// From a character to the one behind the last; lines and columns (in bytes) count from 1.
struct Range {
  int line = 0, column = 0;
  int end_line = 0, end_column = 0;
  bool operator==(const Range&) const = default;
};

/// A part of an instruction, quotes and variables included.
struct Word {
  std::string text;
  Range range;
};

/// `<<NAME` and the lines that follow the instruction.
struct Heredoc {
  std::string name;     // without quotes
  std::string content;  // as it stands there, each line with its end
  bool expands = true;  // no part of the name is quoted: in COPY and ADD, variables are replaced
  bool chomps = false;  // `<<-`: tabs at the start of lines are taken off
  Range range;          // of the lines between instruction and terminator

  /// The content, without leading tabs if it chomps.
  std::string text() const;
};

struct CommandLine {
  enum class Form : uint8_t {
    shell,  // one word, for a shell; none if nothing was written
    exec,   // a JSON list
  };
  Form form = Form::shell;
  std::vector<std::string> words;
  std::vector<Heredoc> heredocs;
  Range range;
};

struct KeyValue {
  Word key, value;
  bool legacy = false;  // `ENV name value`, without '='
};

struct From {
  Word image;
  std::string name;  // lower case; empty if the stage has none
  Word written_name, as;
  std::optional<Word> platform;
};
struct Arg {
  struct Item {
    Word name;
    std::optional<Word> value;
  };
  std::vector<Item> items;
};
struct Env {
  std::vector<KeyValue> items;
};
struct Label {
  std::vector<KeyValue> items;
};
struct Maintainer {
  Word text;
};
struct Run {
  enum class Network : uint8_t { standard, none, host };
  enum class Security : uint8_t { sandbox, insecure };
  CommandLine command;
  std::vector<Word> mounts;  // see parse_mount
  Network network = Network::standard;
  Security security = Security::sandbox;
  std::vector<Word> devices;
};
/// COPY and ADD.
struct Copy {
  enum class Verb : uint8_t { copy, add };
  Verb verb = Verb::copy;
  std::vector<Word> sources;
  std::vector<Heredoc> texts;  // sources whose content stands in the file
  Word to;
  std::optional<Word> chown, chmod;
  std::vector<Word> exclude;
  bool link = false;
  std::optional<Word> from;                  // COPY
  bool parents = false;                      // COPY
  std::optional<bool> keep_git_dir, unpack;  // ADD
  std::optional<Word> checksum;              // ADD
};
struct Cmd {
  CommandLine command;
};
struct Entrypoint {
  CommandLine command;
};
struct Shell {
  std::vector<std::string> words;
};
struct Expose {
  std::vector<Word> ports;
};
struct User {
  Word user;
};
struct Volume {
  std::vector<Word> paths;
};
struct Workdir {
  Word path;
};
struct StopSignal {
  Word signal;
};
struct HealthCheck {
  image::Healthcheck check;
};
/// An instruction for whoever builds on the image; read only then.
struct Onbuild {
  std::string trigger;  // as written, with its heredocs
};

struct Instruction {
  using Kind = std::variant<From, Arg, Env, Label, Maintainer, Run, Copy, Cmd, Entrypoint, Shell, Expose,
                            User, Volume, Workdir, StopSignal, HealthCheck, Onbuild>;
  Kind kind;
  Word keyword;                       // as written: "FROM", "from"
  std::string text;                   // the whole instruction, continuations joined, without its heredocs
  Range range;                        // heredocs included
  std::vector<std::string> comments;  // right in front of it
  std::vector<int> empty_lines;       // blank lines between its own
};

struct Stage {
  Instruction from;
  std::vector<Instruction> steps;

  const From& head() const { return std::get<From>(from.kind); }
};

/// `# name=value` in front of everything else.
struct Directive {
  std::string value;
  Range range;
};

struct File {
  std::string name;
  char escape = '\\';
  std::map<std::string, Directive> directives;  // "syntax", "escape", "check"
  std::vector<Instruction> globals;             // ARGs in front of the first FROM
  std::vector<Stage> stages;

  /// The place of a range, for errors.
  Location at(const Range& range) const { return {name, range.line, range.column}; }
};

}  // namespace tierbuild::dockerfile
