// Contents: what the file sources of two graphs hold, in a commit and in the work tree.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "changes/area.hpp"
#include "git/snapshot.hpp"
#include "graph/graph.hpp"
#include "graph/key.hpp"

namespace tierbuild::changes {

enum class Side : uint8_t { before, now };

/// Where the two sides are found. The repository must outlive what is compared in it.
struct Ground {
  const git::Repository& repository;
  git::ObjectId tree;                 // of the older side
  std::string before_root, now_root;  // absolute: the roots of the workspace
};

/// The file sources that one target needs, on each side.
struct TargetSources {
  std::vector<graph::FileSource> before, now;
};

/// Two contents of one target are equal if and only if the same files would be copied from both. Where a
/// target selects files alike on both sides, only those that changed are looked at and listed; else all are.
class Contents {
 public:
  /// Compares the files of these sources. Fails as git::Repository::changes does, and with what is wrong with
  /// a pattern or an ignore file.
  static Result<Contents> compare(const Ground& ground, const std::vector<TargetSources>& targets);
  Contents(Contents&&) noexcept;
  Contents& operator=(Contents&&) noexcept;
  ~Contents();

  /// The content of one of the sources of that side.
  Result<graph::SourceContent> of(Side side, const graph::FileSource& source);
  /// The root of the workspace on that side.
  const std::string& root(Side side) const;

 private:
  struct State;
  explicit Contents(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tierbuild::changes
