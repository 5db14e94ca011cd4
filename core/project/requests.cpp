#include "project/requests.hpp"

#include <filesystem>

#include "base/strings.hpp"
#include "dockerfile/remote.hpp"
#include "image/reference.hpp"
#include "project/names.hpp"
#include "project/read_dockerfile.hpp"

namespace tierbuild::project {
namespace {

namespace stdfs = std::filesystem;
using dockerfile::Request;

constexpr const char* kUnsupported = "E061";
constexpr std::string_view kImage = "docker-image://", kTarget = "target:", kLayout = "oci-layout://";

/// A directory that docker would fetch: a repository or an archive of the network, or a tar on standard
/// input.
bool is_remote(const std::string& context) {
  return context == "-" || context.starts_with("github.com/") || context.starts_with("git@") ||
         dockerfile::kind_of(context) != dockerfile::SourceKind::path;
}

class RequestReader {
 public:
  RequestReader(const std::vector<Request>& all, const Request& request, const RequestWorld& world,
                std::vector<Error>& warnings)
      : all_(all), request_(request), world_(world), warnings_(warnings) {}

  Result<TargetDecl> run() {
    TB_LET(Dockerfile file, read());
    TargetDecl decl;
    decl.kind = graph::TargetKind::service;
    decl.name = request_.name;
    decl.where = request_.where.known() ? request_.where : Location{file.name, 1, 1};
    decl.platforms = request_.platforms;
    for (const std::string& tag : request_.tags) {
      TB_LET(image::Reference reference, image::Reference::parse(tag), "in the tags of '{}'", request_.name);
      decl.tags.push_back(reference.str());
    }
    decl.config.labels = request_.labels;
    decl.config.annotations = request_.annotations;
    auto image = std::make_shared<Image>();
    image->where = decl.where;
    image->base = DockerfileBase{std::make_shared<const Dockerfile>(std::move(file)), request_.target};
    decl.from = std::move(image);
    leave_out();
    return decl;
  }

 private:
  Result<Dockerfile> read() {
    TB_TRY(check_directory(request_.context, "the context"));
    Dockerfile file;
    if (request_.inline_text) {
      file.name = request_.dockerfile.empty() ? "Dockerfile" : request_.dockerfile;
      file.text = *request_.inline_text;
      TB_LET(file.context, context_directory(request_.context, dockerfile::read_from_disk));
    } else {
      stdfs::path path = request_.dockerfile.empty() ? stdfs::path(request_.context) / "Dockerfile"
                                                     : stdfs::path(request_.dockerfile);
      auto made = read_dockerfile(path.lexically_normal(), request_.context, dockerfile::read_from_disk);
      if (!made) return placed(std::move(made).error());
      file = std::move(*made);
      stdfs::path relative = stdfs::path(file.name).lexically_relative(world_.root);
      if (!relative.empty() && *relative.begin() != "..") file.name = relative.string();
    }
    for (const auto& [name, value] : request_.args) {
      std::optional<std::string> given = value ? value : world_.environment.get(name);
      if (given) file.args[name] = *given;
    }
    for (const auto& [name, value] : request_.contexts) TB_TRY(add_context(file, name, value));
    file.network = request_.network != Request::Network::none;
    return file;
  }

  Status check_directory(const std::string& path, std::string_view what) const {
    if (is_remote(path))
      return placed(Error::make(Code::invalid, "{} '{}' is not supported", what, path)
                        .id(kUnsupported)
                        .hint("check it out, and name the directory"));
    std::error_code failure;
    if (stdfs::is_directory(path, failure)) return {};
    return placed(Error::make(Code::invalid, "{} '{}' is no directory", what, path));
  }

  Status add_context(Dockerfile& file, const std::string& name, const std::string& value) {
    if (!value.starts_with(kImage) && !value.starts_with(kTarget) && !value.starts_with(kLayout)) {
      TB_TRY(check_directory(value, fmt::format("the context '{}':", name)));
      TB_LET(ContextDirectory directory, context_directory(value, dockerfile::read_from_disk));
      file.contexts.emplace(name, std::move(directory));
      return {};
    }
    auto image = std::make_shared<Image>();
    image->where = request_.where.known() ? request_.where : Location{file.name, 1, 1};
    if (value.starts_with(kTarget)) {
      std::string target = value.substr(kTarget.size());
      std::vector<std::string> names;
      for (const Request& other : all_) names.push_back(other.name);
      if (std::find(names.begin(), names.end(), target) == names.end())
        return placed(Error::make(Code::invalid, "the context '{}' names no target: '{}'{}", name, target,
                                  did_you_mean(target, names)));
      image->base = NamedBase{"service:" + target};
    } else if (value.starts_with(kImage)) {
      TB_LET(image::Reference reference, image::Reference::parse(value.substr(kImage.size())),
             "in the context '{}'", name);
      graph::Base base;
      base.kind = graph::Base::Kind::registry;
      base.reference = reference.str();
      image->base = KnownBase{std::move(base)};
    } else {
      TB_LET(graph::Base base, layout(value.substr(kLayout.size())));
      image->base = KnownBase{std::move(base)};
    }
    file.contexts.emplace(name, ImagePtr(std::move(image)));
    return {};
  }

  /// `PATH[:TAG]`.
  Result<graph::Base> layout(std::string path) const {
    if (path.find('@') != std::string::npos)
      return placed(Error::make(Code::invalid, "'oci-layout://{}': a digest is not supported", path)
                        .id(kUnsupported)
                        .hint("name the image by its tag"));
    graph::Base base;
    base.kind = graph::Base::Kind::layout;
    size_t colon = path.find(':', path.rfind('/') + 1);
    if (colon != std::string::npos) {
      base.name = path.substr(colon + 1);
      path.resize(colon);
    }
    std::error_code failure;
    base.reference = stdfs::absolute(path, failure).lexically_normal().string();
    return base;
  }

  /// Warns of what the engine has no means for.
  void leave_out() {
    auto warn = [&](std::string_view what) {
      warnings_.push_back(
          placed(Error::make(Code::invalid, "'{}': {} is left out", request_.name, what).id(kUnsupported)));
    };
    if (!request_.add_hosts.empty()) warn("extra hosts");
    if (request_.shm_size != 0) warn("the size of /dev/shm");
    if (!request_.ulimits.empty()) warn("ulimits");
  }

  Error placed(Error error) const {
    return request_.where.known() ? std::move(error).at(request_.where) : std::move(error);
  }

  const std::vector<Request>& all_;
  const Request& request_;
  const RequestWorld& world_;
  std::vector<Error>& warnings_;
};

}  // namespace

Result<Project> project_of(const std::vector<Request>& requests, const RequestWorld& world,
                           std::vector<Error>& warnings) {
  Project project;
  project.workspace.name = stdfs::path(world.root).filename().string();
  project.workspace.root = world.root;
  for (const Request& request : requests) {
    TB_LET(TargetDecl decl, RequestReader(requests, request, world, warnings).run());
    if (project.file.empty()) project.file = (stdfs::path(world.root) / decl.where.file).string();
    project.targets.push_back(std::move(decl));
  }
  return project;
}

std::string target_name_of(const std::string& path) {
  std::error_code failure;
  stdfs::path normal = stdfs::absolute(path, failure).lexically_normal();
  if (!normal.has_filename()) normal = normal.parent_path();
  std::string name;
  for (char c : lower(normal.filename().string())) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain || (!name.empty() && (c == '-' || c == '_' || c == '.'))) name += c;
  }
  while (!name.empty() && (name.back() == '-' || name.back() == '_' || name.back() == '.')) name.pop_back();
  return name.empty() ? "image" : name;
}

}  // namespace tierbuild::project
