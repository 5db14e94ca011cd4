// PlaceSource: where COPY and ADD take files from, read alike whether it is a context, an image or one file.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "archive/merged_view.hpp"
#include "build/layer_plan.hpp"
#include "build/sources.hpp"
#include "fs/context_pattern.hpp"

namespace tierbuild::build {

class PlaceSource {
 public:
  struct Item {
    archive::Entry entry;  // its path in the source
    LayerPlan::Content content{};
    std::string inode{};  // equal for names of one file; may be empty
  };

  virtual ~PlaceSource() = default;
  /// What lies at a path, symlinks not followed; nothing if there is nothing.
  virtual Result<std::optional<Item>> at(const std::string& path) const = 0;
  /// Visits what lies at a path and all below it, sorted by the bytes of the paths.
  virtual Status walk(const std::string& path, const std::function<Status(const Item&)>& visit) const = 0;

  /// The path with all symlinks followed; what does not exist stays as it is written.
  Result<std::string> resolve(std::string_view path) const;
  /// The paths that a pattern names, sorted: of wildcards those that match, but none below another match. A
  /// plain path is given back, whether it is there or not.
  Result<std::vector<std::string>> matches(const fs::ContextPattern& pattern) const;
};

std::unique_ptr<PlaceSource> context_source(const SourceFiles& files, int64_t mtime);
std::unique_ptr<PlaceSource> image_source(archive::MergedView view);
std::unique_ptr<PlaceSource> single_source(PlaceSource::Item item);

/// The bytes of a file as a descriptor.
Result<UniqueFd> open_content(const LayerPlan::Content& content);

}  // namespace tierbuild::build
