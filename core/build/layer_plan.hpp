// LayerPlan: the entries of a layer that is made from given files, sorted before it is written.
#pragma once

#include <map>
#include <string>
#include <variant>

#include "archive/layer_writer.hpp"
#include "archive/merged_view.hpp"

namespace tierbuild::build {

class LayerPlan {
 public:
  struct File {
    std::string path;
    Digest digest{};  // of its bytes, if it is known
  };
  using Content = std::variant<std::monostate, File, std::string>;

  /// Adds an entry (a later one with the same path replaces it) and the directories above it, 0755 root:root
  /// but for the places that every system has with other modes, such as /tmp.
  void add(archive::Entry entry, Content content = {});
  /// Adds an entry of a view under another path.
  void add(const archive::ViewEntry& from, std::string path);
  bool empty() const { return entries_.empty(); }

  Result<archive::LayerBlob> write(int fd, const archive::LayerOptions& options) const;

 private:
  struct Planned {
    archive::Entry entry;  // without its path
    Content content;
    bool implied = false;
  };
  void add_parents(const std::string& path);
  std::map<std::string, Planned> entries_;
};

}  // namespace tierbuild::build
