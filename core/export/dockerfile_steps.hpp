// Steps of a graph as instructions of a Dockerfile.
#pragma once

#include <string>
#include <vector>

#include "export/export.hpp"

namespace tierbuild::exports {

/// Stages by what they hold; each is written when it is first asked for.
class StageNames {
 public:
  virtual ~StageNames() = default;
  /// The files of a stack.
  virtual Result<std::string> of(graph::StackId stack) = 0;
  /// A file `/text`.
  virtual Result<std::string> of_text(const std::string& text) = 0;
  /// A file `/file`.
  virtual Result<std::string> of_fetch(graph::NodeId fetch) = 0;
  /// A directory `/unpacked` with what a fetched archive holds, in the image of a command that mounts it.
  virtual Result<std::string> of_unpacked(graph::NodeId fetch, graph::StackId on) = 0;
  /// The files of the image that a command runs in, with what it leaves in its `out`.
  virtual Result<std::string> of_output(graph::NodeId run) = 0;
};

/// The instructions of one stage. `notes` gets what cannot be said.
class StepWriter {
 public:
  StepWriter(const Request& request, StageNames& stages, std::vector<std::string>& notes)
      : request_(request), stages_(stages), notes_(notes) {}

  Status step(const graph::Node& node, graph::NodeId id);
  /// A command in the stage itself.
  Status run(const graph::Run& run, const graph::Node& node);
  /// What a fetched archive holds, into a directory.
  Status unpack(graph::NodeId fetch, const std::string& to);
  /// All of them; user and directory are root and / again.
  std::string take();

 private:
  Status copy(const graph::Copy& copy, const graph::Node& node);
  Status copy_item(const graph::CopyItem& item, const graph::Node& node);
  Status copy_files(const graph::FileSource& files, const graph::CopyItem& item, const std::string& flags);
  Status place(const graph::Place& place, const graph::Node& node);
  Status add_user(const graph::AddUser& user);
  Result<std::string> mount(const graph::Mount& mount, const graph::Run& run, const graph::Node& node);
  Result<std::string> bind(const graph::Source& source, const graph::Run& run, const graph::Node& node);
  void use(const std::string& user, const std::string& directory);
  void note(const graph::Node& node, const std::string& what) { notes_.push_back(node.label + ": " + what); }

  const Request& request_;
  StageNames& stages_;
  std::vector<std::string>& notes_;
  std::string text_;
  std::string user_, directory_ = "/";  // that the next command runs with
};

}  // namespace tierbuild::exports
