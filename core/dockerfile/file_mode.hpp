// `--chmod`: a number, or changes as chmod(1) takes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tierbuild::dockerfile {

class FileMode {
 public:
  /// Reads `0755`, `u+x,go-w`, `a=rX`, `g=u`. Fails with `invalid`.
  static Result<FileMode> parse(std::string_view text);

  enum class Of : uint8_t { file, directory };
  /// The mode that a file or directory with `mode` gets.
  uint32_t applied(uint32_t mode, Of of) const;

 private:
  /// `u+rw`; a letter of `ugo` behind the operator copies the permissions of that class.
  struct Change {
    uint32_t who = 0;  // bits that may change; 0: all
    char op = '+';
    uint32_t bits = 0;
    uint32_t search = 0;  // `X`: for directories, and for what somebody may execute
    char copied = 0;
  };

  std::optional<uint32_t> number_;
  std::vector<Change> changes_;
};

}  // namespace tierbuild::dockerfile
