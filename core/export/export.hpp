// Files for other tools, as text made from a project and its graph. Nothing here reads or writes files.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "graph/graph.hpp"
#include "project/project.hpp"

namespace tierbuild::exports {

using project::ExportDecl;
using project::ExportFormat;

/// Asks for files of the workspace: paths relative to its root, sorted.
struct FileLists {
  /// Those of a source, without directories.
  std::function<Result<std::vector<std::string>>(const graph::FileSource&)> chosen;
  /// Those below a path that docker sends as parts of a build context.
  std::function<Result<std::vector<std::string>>(const std::string& path)> sent;
};

/// What one file is made from.
struct Request {
  const project::Project& project;
  const graph::Graph& graph;
  const ExportDecl& decl;
  std::string command;  // that makes the file, for its first line: "tierbuild export"
  FileLists files = {};
};

const std::vector<std::string>& format_names();
std::string_view name_of(ExportFormat format);
std::optional<ExportFormat> format_named(std::string_view name);
/// Where tools look for a file of this format, relative to a repository.
std::string usual_path(ExportFormat format);

/// The whole file; equal requests give equal texts. Fails with `invalid` at the place of the declaration:
/// nothing selected, a selector that names nothing, an input for a kind of target that is not selected.
Result<std::string> generate(const Request& request);

/// Says what made the file.
std::string origin(const Request& request);
/// The same as the comment that begins each generated file, but for JSON, which has it under the key "//".
std::string header(const Request& request);
/// True for a text that begins with it: it may be replaced.
bool is_generated(std::string_view text);

// One per format.
Result<std::string> github(const Request& request);
Result<std::string> gitlab(const Request& request);
Result<std::string> compose(const Request& request);
Result<std::string> dockerfile(const Request& request);
Result<std::string> bake(const Request& request);

}  // namespace tierbuild::exports
