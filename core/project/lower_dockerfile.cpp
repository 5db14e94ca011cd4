#include "project/lower_dockerfile.hpp"

#include "base/strings.hpp"
#include "dockerfile/build.hpp"
#include "dockerfile/ignore_file.hpp"
#include "dockerfile/parse.hpp"
#include "dockerfile/remote.hpp"
#include "dockerfile/stage_build.hpp"
#include "image/reference.hpp"

namespace tierbuild::project {
namespace {

using dockerfile::CopyOperation;
using dockerfile::Origin;
using graph::NodeId;
using graph::StackId;

constexpr const char* kWrong = "E060";
constexpr const char* kUnsupported = "E061";
constexpr std::string_view kSha256 = "sha256:";

class DockerfileLowering {
 public:
  DockerfileLowering(ImageLowering& lowering, const DockerfileBase& base, const std::string& scope)
      : lowering_(lowering), source_(*base.file), target_(base.target), scope_(scope) {}

  LoweredImage run() {
    Result<LoweredImage> image = lower();
    if (image) return *image;
    Error error = std::move(image).error();
    bool wrong = error.code() == Code::invalid || error.code() == Code::not_found;
    if (wrong && !outside_failed_ && error.id().empty()) error = std::move(error).id(kWrong);
    if (!told_) lowering_.fail(std::move(error));
    return {};
  }

 private:
  /// An image that is not made here: its stack, what lies on the config of its base, and the whole of its
  /// config.
  struct Foreign {
    LoweredImage image;
    image::Config config;
  };
  struct Stage {
    StackId stack;
    const Foreign* bottom = nullptr;
    image::Config config;
  };

  Result<LoweredImage> lower() {
    TB_LET(dockerfile::File file, dockerfile::parse(source_.text, source_.name));
    TB_LET(dockerfile::IgnoreFile ignore, dockerfile::IgnoreFile::of(source_.context.ignore));
    dockerfile::BuildOptions options;
    options.args = source_.args;
    options.target = target_;
    options.platform = lowering_.platform();
    options.build_platform = image::Platform::host();
    for (const auto& [name, context] : source_.contexts) options.contexts.insert(name);
    options.ignored = [&](const std::string& path) { return ignore.leaves_out(path); };
    TB_LET(dockerfile::Build built,
           dockerfile::build(
               file, options,
               [this](const Origin& origin, const image::Platform& platform, const dockerfile::Range& from) {
                 where_ = {source_.name, from.line, from.column};
                 return config_of(origin, platform);
               }));
    TB_TRY(report(file, built.findings));
    for (const dockerfile::BuiltStage& stage : built.stages) TB_TRY(lower(stage));
    return finished(stages_.back());
  }

  /// Findings are warnings, or with `check=error=true` errors.
  Status report(const dockerfile::File& file, const std::vector<dockerfile::CheckFinding>& findings) {
    TB_LET(dockerfile::Checks checks, dockerfile::Checks::of(file));
    for (const dockerfile::CheckFinding& finding : findings) {
      Error error = Error(Code::invalid, finding.message).id(finding.rule).at(file.at(finding.where));
      if (!checks.options().error) {
        lowering_.warn(std::move(error));
        continue;
      }
      lowering_.fail(std::move(error));
      told_ = true;
    }
    return told_ ? Status(Error(Code::invalid, "the checks of the file found errors")) : Status();
  }

  LoweredImage finished(const Stage& stage) {
    if (stage.bottom == nullptr)
      return {stage.stack, graph::ConfigPatch::between(image::Config{}, stage.config)};
    LoweredImage image{stage.stack, stage.bottom->image.config};
    graph::ConfigPatch own = graph::ConfigPatch::between(stage.bottom->config, stage.config);
    if (own.env.contains("PATH")) image.config.path_prepend.clear();  // the new value has them
    image.config.merge(own);
    return image;
  }

  // --- where stages and files come from

  Result<image::Config> config_of(const Origin& origin, const image::Platform& platform) {
    TB_LET(const Foreign* foreign, foreign_of(origin, platform));
    image::Config config = foreign->config;
    if (directory_of(origin) != nullptr) config.workdir = "/";
    return config;
  }

  Result<const Foreign*> foreign_of(const Origin& origin, const image::Platform& platform) {
    auto& known = foreign_[{name_of(origin), platform}];
    if (known) return known.get();
    TB_LET(StackId stack, stack_of(origin, platform));
    auto foreign = std::make_unique<Foreign>(Foreign{{stack, {}}, {}});
    if (const auto* image = named_image(origin); image != nullptr && !plain_base(**image))
      foreign->image.config = lowering_.lower_image(*image).config;
    NodeId base = lowering_.graph().base_of(stack);
    const graph::Node& node = lowering_.graph()[base];
    TB_LET(foreign->config, told(lowering_.outside().config(std::get<graph::Base>(node.op), node.platform)));
    foreign->image.config.apply(foreign->config);
    known = std::move(foreign);
    return known.get();
  }

  /// An answer from outside: if it is none, the Dockerfile is not what is wrong.
  template <class T>
  Result<T> told(Result<T> answer) {
    outside_failed_ = outside_failed_ || !answer;
    return answer;
  }

  static std::string name_of(const Origin& origin) {
    if (const auto* image = std::get_if<dockerfile::FromImage>(&origin)) return image->reference;
    const auto* named = std::get_if<dockerfile::FromNamed>(&origin);
    return named == nullptr ? "scratch" : "context " + named->name;
  }

  const ImagePtr* named_image(const Origin& origin) const {
    const auto* named = std::get_if<dockerfile::FromNamed>(&origin);
    return named == nullptr ? nullptr : std::get_if<ImagePtr>(&source_.contexts.at(named->name));
  }

  /// The base that an image is and nothing more: it can be had for every platform.
  std::optional<graph::Base> plain_base(const Image& image) const {
    if (!image.ops.empty()) return std::nullopt;
    if (const auto* known = std::get_if<KnownBase>(&image.base)) return known->base;
    const auto* named = std::get_if<NamedBase>(&image.base);
    // Any other name may be a slip of the pen, which lower_image knows.
    bool is_image = named != nullptr && named->name.find_first_of(":/@") != std::string::npos;
    if (!is_image || named->name.starts_with("tier:") || named->name.starts_with("service:"))
      return std::nullopt;
    Result<image::Reference> reference = image::Reference::parse(named->name);
    if (!reference || lowering_.project().find_target(named->name) != nullptr) return std::nullopt;
    graph::Base base;
    base.kind = graph::Base::Kind::registry;
    base.reference = reference->str();
    return base;
  }

  /// The directory that an origin is; null if it is an image.
  const ContextDirectory* directory_of(const Origin& origin) const {
    if (std::holds_alternative<dockerfile::FromContext>(origin)) return &source_.context;
    const auto* named = std::get_if<dockerfile::FromNamed>(&origin);
    return named == nullptr ? nullptr : std::get_if<ContextDirectory>(&source_.contexts.at(named->name));
  }

  Result<StackId> stack_of(const Origin& origin, const image::Platform& platform) {
    if (const auto* stage = std::get_if<dockerfile::FromStage>(&origin)) return stages_[stage->index].stack;
    if (const auto* image = std::get_if<dockerfile::FromImage>(&origin)) {
      TB_LET(image::Reference reference, image::Reference::parse(image->reference));
      return lowering_.registry_base(reference, where_, platform).stack;
    }
    if (const ImagePtr* image = named_image(origin)) {
      if (std::optional<graph::Base> base = plain_base(**image)) {
        if (base->kind != graph::Base::Kind::registry)
          return lowering_.base_stack(*base, where_, platform).stack;
        TB_LET(image::Reference reference, image::Reference::parse(base->reference));
        return lowering_.registry_base(reference, where_, platform).stack;
      }
      StackId stack = lowering_.lower_image(*image).stack;
      if (stack.valid()) return stack;
      told_ = true;
      return Error(Code::invalid, "the image of a context cannot be made");
    }
    StackId empty = lowering_.base_stack(graph::Base{}, where_, platform).stack;
    if (const ContextDirectory* directory = directory_of(origin)) {
      graph::Place place;
      place.on = empty;
      place.items.push_back({files(*directory, ""), "", false});
      place.to = "/";
      return add(std::move(place), empty, scope_ + "/context", platform);
    }
    return empty;
  }

  graph::FileSource files(const ContextDirectory& directory, const std::string& pattern) const {
    graph::FileSource files;
    files.root = directory.path;
    files.include = {pattern};
    files.where = where_;
    files.is_context = true;
    files.ignore = directory.ignore;
    files.revision = directory.revision;
    return files;
  }

  // --- stages

  Status lower(const dockerfile::BuiltStage& built) {
    Stage stage;
    stage.config = built.config;
    where_ = {source_.name, built.where.line, built.where.column};
    if (const auto* base = std::get_if<dockerfile::FromStage>(&built.base)) {
      stage.stack = stages_[base->index].stack;
      stage.bottom = stages_[base->index].bottom;
    } else if (std::holds_alternative<dockerfile::FromScratch>(built.base)) {
      TB_LET(stage.stack, stack_of(built.base, built.platform));
    } else {
      TB_LET(stage.bottom, foreign_of(built.base, built.platform));
      stage.stack = stage.bottom->image.stack;
    }
    platform_ = built.platform;
    std::string prefix = scope_ + (built.name.empty() ? "" : "/" + built.name);
    for (const dockerfile::Operation& operation : built.operations) {
      where_ = {source_.name, operation.where.line, operation.where.column};
      on_ = stage.stack;
      Result<graph::Operation> op =
          std::visit([this](const auto& what) { return lower(what); }, operation.what);
      if (!op) {
        Error error = std::move(op).error();
        return error.where().known() ? std::move(error) : std::move(error).at(where_);
      }
      std::string label = fmt::format("{}/{}", prefix, verb_of(operation));
      if (int number = ++labels_[label]; number > 1) label += fmt::format("-{}", number);
      stage.stack = add(*std::move(op), stage.stack, std::move(label), platform_);
    }
    stages_.push_back(std::move(stage));
    return {};
  }

  StackId add(graph::Operation op, StackId on, std::string label, const image::Platform& platform) {
    graph::Graph& graph = lowering_.graph();
    return graph.stack(on, graph.add(std::move(op), std::move(label), where_, platform));
  }

  static std::string verb_of(const dockerfile::Operation& operation) {
    return lower_case(operation.text.substr(0, operation.text.find_first_of(" \t")));
  }
  static std::string lower_case(std::string_view text) { return tierbuild::lower(text); }

  Error unsupported(std::string_view what) const {
    return Error::make(Code::invalid, "{} is not supported", what).id(kUnsupported).at(where_);
  }

  Result<graph::Operation> lower(const dockerfile::RunOperation& run) {
    if (run.security == dockerfile::Run::Security::insecure) return unsupported("RUN --security=insecure");
    if (!run.devices.empty()) return unsupported("RUN --device");
    graph::Run op;
    op.on = on_;
    op.argv = run.argv;
    op.env = run.env;
    op.cwd = run.cwd;
    op.user = run.user;
    using Network = dockerfile::Run::Network;
    op.network = run.network == Network::host || (run.network == Network::standard && source_.network);
    op.hosts = source_.hosts;
    op.shm_size = source_.shm_size;
    op.ulimits = source_.ulimits;
    if (run.script) op.script = graph::Script{run.script->path, run.script->text};
    int agents = 0;
    for (const dockerfile::ResolvedMount& mount : run.mounts) {
      TB_LET(graph::Mount lowered, lower(mount));
      if (lowered.kind == graph::Mount::Kind::ssh && lowered.target.empty())
        lowered.target = fmt::format("/run/buildkit/ssh_agent.{}", agents);
      agents += lowered.kind == graph::Mount::Kind::ssh ? 1 : 0;
      op.mounts.push_back(std::move(lowered));
    }
    return graph::Operation(std::move(op));
  }

  Result<graph::Operation> lower(const dockerfile::DirectoryOperation& directory) {
    return graph::Operation(graph::MakeDirectory{on_, directory.path, directory.owner});
  }

  Result<graph::Operation> lower(const CopyOperation& copy) {
    graph::Place op;
    op.on = on_;
    op.to = copy.to;
    op.owner = copy.owner;
    op.mode = copy.mode;
    op.exclude = copy.exclude;
    op.parents = copy.parents;
    op.link = copy.link;
    bool adds = copy.verb == dockerfile::Copy::Verb::add;
    for (const std::string& path : copy.sources) {
      graph::PlaceItem item;
      switch (dockerfile::kind_of(path)) {
        case dockerfile::SourceKind::git: {
          TB_LET(ContextDirectory repository, checked_out(path, copy));
          item.source = files(repository, "");
          break;
        }
        case dockerfile::SourceKind::url: {
          TB_LET(item.source, fetched(path, copy.checksum));
          item.name = path.substr(path.rfind('/') + 1);
          item.name.resize(std::min(item.name.size(), item.name.find_first_of("?#")));
          item.unpack = copy.unpack.value_or(false);
          break;
        }
        case dockerfile::SourceKind::path:
          item.unpack = adds && copy.unpack.value_or(true);
          if (const ContextDirectory* directory = directory_of(copy.from)) {
            item.source = files(*directory, path);
          } else {
            TB_LET(StackId stack, stack_of(copy.from, lowering_.platform()));
            item.source = graph::StackSource{stack, path.starts_with('/') ? path : "/" + path};
          }
          break;
      }
      op.items.push_back(std::move(item));
    }
    for (const CopyOperation::Text& text : copy.texts)
      op.items.push_back({graph::TextSource{text.text}, text.name, false});
    return graph::Operation(std::move(op));
  }

  Result<ContextDirectory> checked_out(const std::string& text, const CopyOperation& copy) {
    TB_LET(dockerfile::GitAddress address, dockerfile::GitAddress::parse(text));
    if (!copy.checksum.empty()) address.checksum = copy.checksum;
    address.keep_git_dir = copy.keep_git_dir.value_or(address.keep_git_dir);
    std::string locked;
    if (address.commit().empty()) locked = lowering_.locked_commit(address.moving(), where_);
    TB_LET(dockerfile::RemoteFiles files, told(lowering_.outside().checkout(address, locked)));
    std::string from = address.moving();
    if (!address.subdir.empty()) from += (address.ref.empty() ? "#:" : ":") + address.subdir;
    return ContextDirectory{files.directory, {}, {std::move(from), files.commit}};
  }

  Result<graph::Source> fetched(const std::string& url, const std::string& checksum) {
    std::string sha256;
    if (checksum.starts_with(kSha256)) {
      sha256 = checksum.substr(kSha256.size());
    } else if (!checksum.empty()) {
      return unsupported(fmt::format("the checksum '{}'", checksum));
    } else if (std::optional<Digest> locked = lowering_.locked_fetch(url, where_)) {
      sha256 = locked->hex();
    } else {
      TB_LET(sha256, told(lowering_.outside().sha256(url)));
    }
    graph::Fetch fetch{url, sha256, false, 0};
    return graph::Source(graph::FetchSource{lowering_.graph().add(std::move(fetch), "fetch/" + url, where_)});
  }

  Result<graph::Mount> lower(const dockerfile::ResolvedMount& resolved) {
    const dockerfile::Mount& from = resolved.mount;
    graph::Mount mount;
    mount.target = from.target;
    mount.id = from.id;
    mount.required = from.required;
    mount.size = from.size;
    mount.writable = !from.read_only;
    if (from.mode) mount.mode = *from.mode;
    mount.uid = from.uid.value_or(0);
    mount.gid = from.gid.value_or(0);
    using Type = dockerfile::Mount::Type;
    switch (from.type) {
      case Type::cache: {
        mount.kind = graph::Mount::Kind::cache;
        if (from.read_only) return unsupported("a cache mount that is read-only");
        // As BuildKit has it, a cache with another owner or mode is another cache.
        if (from.uid || from.gid || from.mode)
          mount.id += fmt::format(":{}:{}:{:o}", mount.uid, mount.gid, mount.mode);
        if (from.sharing == dockerfile::Mount::Sharing::locked) mount.sharing = graph::Sharing::locked;
        if (from.sharing == dockerfile::Mount::Sharing::private_) mount.sharing = graph::Sharing::private_;
        break;
      }
      case Type::secret:
        mount.kind = graph::Mount::Kind::secret;
        if (!from.mode) mount.mode = 0400;
        mount.env = from.env.value_or("");
        break;
      case Type::ssh:
        mount.kind = graph::Mount::Kind::ssh;
        if (!from.mode) mount.mode = 0600;
        break;
      case Type::tmpfs:
        mount.kind = graph::Mount::Kind::tmpfs;
        break;
      case Type::bind:
        mount.kind = graph::Mount::Kind::bind;
        break;
    }
    mount.seeded = from.type == Type::cache && !from.from.empty();
    if (from.type != Type::bind && !mount.seeded) return mount;
    std::string path = dockerfile::clean_path("/", from.source);
    if (const ContextDirectory* directory = directory_of(resolved.from)) {
      graph::FileSource source = files(*directory, path.substr(1));
      source.strip = path.substr(1);
      mount.from = std::move(source);
    } else {
      TB_LET(StackId stack, stack_of(resolved.from, lowering_.platform()));
      mount.from = graph::StackSource{stack, path};
    }
    return mount;
  }

  ImageLowering& lowering_;
  const Dockerfile& source_;
  const std::string& target_;
  const std::string& scope_;
  std::map<std::pair<std::string, image::Platform>, std::unique_ptr<Foreign>> foreign_;
  std::vector<Stage> stages_;  // as in Build::stages
  std::map<std::string, int> labels_;
  // of the instruction that is being lowered
  Location where_;
  StackId on_;
  image::Platform platform_;
  bool outside_failed_ = false;
  bool told_ = false;  // the error was reported where it was found
};

}  // namespace

LoweredImage lower_dockerfile(ImageLowering& lowering, const DockerfileBase& base, const std::string& scope) {
  return DockerfileLowering(lowering, base, scope).run();
}

}  // namespace tierbuild::project
