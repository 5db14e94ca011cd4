// One Dockerfile whose stages are the targets.
#include "export/dockerfile.hpp"

#include <algorithm>
#include <filesystem>

#include "project/selector.hpp"

namespace tierbuild::exports {

Result<std::string> dockerfile(const Request& request) {
  TB_LET(auto targets, project::select(request.project, request.graph, request.decl.build));
  TB_LET(DockerStages stages, docker_stages(request, targets));
  std::string out = header(request);
  out += "# For docker 23 or newer; the context is the root of the workspace: docker build --target NAME .\n";
  for (const std::string& note : stages.notes) out += fmt::format("# Not carried over: {}.\n", note);
  return out + stages.text;
}

std::string declared_dockerfile(const Request& request, graph::TargetId target) {
  for (const ExportDecl& decl : request.project.exports) {
    if (decl.format != ExportFormat::dockerfile) continue;
    auto targets = project::select(request.project, request.graph, decl.build);
    if (targets && std::find(targets->begin(), targets->end(), target) != targets->end())
      return std::filesystem::path(decl.path).lexically_relative(request.project.workspace.root).string();
  }
  return {};
}

}  // namespace tierbuild::exports
