#include "project/requests.hpp"

#include <filesystem>

#include "base/strings.hpp"
#include "dockerfile/remote.hpp"
#include "fs/root_path.hpp"
#include "image/reference.hpp"
#include "project/names.hpp"
#include "project/read_dockerfile.hpp"

namespace tierbuild::project {
namespace {

namespace stdfs = std::filesystem;
using dockerfile::Request;

constexpr const char* kUnsupported = "E061";
constexpr std::string_view kImage = "docker-image://", kTarget = "target:", kLayout = "oci-layout://";

constexpr std::string_view kStandardInput = "-";
/// An argument that asks for the `.git` of a context that is a repository.
constexpr const char* kKeepGitDir = "BUILDKIT_CONTEXT_KEEP_GIT_DIR";

class RequestReader {
 public:
  RequestReader(const std::vector<Request>& all, const Request& request, const RequestWorld& world)
      : all_(all), request_(request), world_(world) {}

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
    return decl;
  }

 private:
  Result<Dockerfile> read() {
    std::map<std::string, std::string> args;
    for (const auto& [name, value] : request_.args) {
      std::optional<std::string> given = value ? value : world_.environment.get(name);
      if (given) args[name] = *given;
    }
    auto keep = args.find(kKeepGitDir);
    bool keep_git_dir = keep != args.end() && is_true(keep->second);
    TB_LET(Place context, place(request_.context, "the context", keep_git_dir));
    TB_LET(Dockerfile file, read_in(context));
    file.args = std::move(args);
    file.context.revision = context.revision;
    for (const auto& [name, value] : request_.contexts) TB_TRY(add_context(file, name, value));
    file.network = request_.network != Request::Network::none;
    file.hosts = request_.add_hosts;
    file.shm_size = request_.shm_size;
    for (const auto& [name, limit] : request_.ulimits) file.ulimits[name] = {limit.soft, limit.hard};
    return file;
  }

  static bool is_true(std::string_view text) { return text == "1" || lower(text) == "true"; }

  /// A context as a directory here.
  struct Place {
    std::string directory;
    graph::Revision revision;         // of a repository
    std::string from;                 // the address, of what is from elsewhere
    std::optional<std::string> text;  // of an address that gives a Dockerfile
  };

  /// As in BuildKit, contexts from elsewhere have no ignore file.
  static Result<ContextDirectory> directory_of(const Place& context) {
    if (!context.from.empty()) return ContextDirectory{context.directory, {}, context.revision};
    return context_directory(context.directory, dockerfile::read_from_disk);
  }

  Result<Dockerfile> read_in(const Place& context) {
    Dockerfile file;
    std::optional<std::string> text = request_.inline_text;
    if (!text) text = context.text;
    if (text) {
      file.name = context.text                  ? context.from
                  : request_.dockerfile.empty() ? "Dockerfile"
                                                : request_.dockerfile;
      file.text = *std::move(text);
      TB_LET(file.context, directory_of(context));
      return file;
    }
    // Of a context from elsewhere, the file is in it, unless its path is absolute.
    stdfs::path path = request_.dockerfile.empty() ? "Dockerfile" : request_.dockerfile;
    bool is_inside = !context.from.empty() && path.is_relative();
    if (is_inside) {
      TB_LET(path, inside(context, path.string()));
    } else {
      path = stdfs::path(context.directory) / path;
    }
    auto made = read_dockerfile(path.lexically_normal(), context.directory, dockerfile::read_from_disk);
    if (!made) return placed(std::move(made).error());
    file = std::move(*made);
    if (!context.from.empty()) file.context.ignore.clear();
    if (is_inside) {
      file.name = fmt::format("{}/{}", context.from, path.lexically_relative(context.directory).string());
      return file;
    }
    stdfs::path relative = stdfs::path(file.name).lexically_relative(world_.root);
    if (!relative.empty() && *relative.begin() != "..") file.name = relative.string();
    return file;
  }

  /// The file of a checkout or an archive, whose symlinks lead nowhere else.
  Result<stdfs::path> inside(const Place& context, const std::string& file) const {
    auto path = fs::root_path(file, [&](const std::string& here) -> Result<std::optional<std::string>> {
      std::error_code failure;
      stdfs::path at = stdfs::path(context.directory) / here;
      if (!stdfs::is_symlink(at, failure)) return std::optional<std::string>();
      return std::optional(stdfs::read_symlink(at, failure).string());
    });
    if (!path) return placed(std::move(path).error());
    stdfs::path whole = stdfs::path(context.directory) / *path;
    std::error_code failure;
    if (stdfs::is_regular_file(whole, failure)) return whole;
    return placed(Error::make(Code::not_found, "{} has no Dockerfile '{}'", context.from, file));
  }

  Result<Place> place(const std::string& text, std::string_view what, bool keep_git_dir) const {
    if (text == kStandardInput) return downloaded(text);
    switch (dockerfile::kind_of_context(text)) {
      case dockerfile::SourceKind::path: {
        std::error_code failure;
        if (stdfs::is_directory(text, failure)) return Place{text, {}, {}, {}};
        return placed(Error::make(Code::invalid, "{} '{}' is no directory", what, text));
      }
      case dockerfile::SourceKind::git: {
        auto address = dockerfile::GitAddress::parse(text);
        if (!address) return placed(std::move(address).error());
        address->keep_git_dir |= keep_git_dir;
        auto files = world_.outside.checkout(*address, "");
        if (!files) return placed(std::move(files).error());
        return Place{files->directory, {address->moving(), files->commit}, text, {}};
      }
      case dockerfile::SourceKind::url:
        break;
    }
    return downloaded(text);
  }

  Result<Place> downloaded(const std::string& text) const {
    auto files = world_.outside.download(text);
    if (!files) return placed(std::move(files).error());
    return Place{files->directory, {}, text, std::move(files->text)};
  }

  Status add_context(Dockerfile& file, const std::string& name, const std::string& value) {
    if (!value.starts_with(kImage) && !value.starts_with(kTarget) && !value.starts_with(kLayout)) {
      TB_LET(Place context, place(value, fmt::format("the context '{}':", name), false));
      TB_LET(ContextDirectory directory, directory_of(context));
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

  Error placed(Error error) const {
    return request_.where.known() ? std::move(error).at(request_.where) : std::move(error);
  }

  const std::vector<Request>& all_;
  const Request& request_;
  const RequestWorld& world_;
};

}  // namespace

Result<Project> project_of(const std::vector<Request>& requests, const RequestWorld& world) {
  Project project;
  project.workspace.name = stdfs::path(world.root).filename().string();
  project.workspace.root = world.root;
  for (const Request& request : requests) {
    TB_LET(TargetDecl decl, RequestReader(requests, request, world).run());
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
