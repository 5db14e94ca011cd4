// ContentNames: what a version control system knows of files without reading them.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "fs/scan.hpp"

namespace tierbuild::fs {

/// The name of some bytes, such as the id of a blob in git.
using ContentName = std::array<uint8_t, 20>;

/// Whether bytes that are read one after the other are what a name says.
class ContentCheck {
 public:
  virtual ~ContentCheck() = default;
  virtual void update(std::string_view bytes) = 0;
  virtual bool holds() = 0;
};

/// Thread-safe.
class ContentNames {
 public:
  virtual ~ContentNames() = default;
  /// The name of what a regular file of this stat holds, if that is certain. A name whose check held once
  /// stands for the same bytes in every file of their size that has it.
  virtual std::optional<ContentName> name(const std::filesystem::path& root, const FileEntry& entry) = 0;
  virtual std::unique_ptr<ContentCheck> check(const ContentName& name, uint64_t size) = 0;
};

}  // namespace tierbuild::fs
