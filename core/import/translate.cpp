#include "import/translate.hpp"

#include <algorithm>
#include <filesystem>

#include "base/strings.hpp"
#include "dockerfile/ignore_file.hpp"
#include "dockerfile/parse.hpp"
#include "dockerfile/remote.hpp"
#include "import/sayable.hpp"

namespace tierbuild::imports {
namespace {

namespace stdfs = std::filesystem;
using dockerfile::Origin;
using dockerfile::Request;

constexpr std::string_view kImage = "docker-image://", kTarget = "target:";

class Translator {
 public:
  Translator(const Request& request, const World& world, const FindTranslation& find)
      : request_(request), world_(world), find_(find) {
    out_.request = &request;
  }

  Result<Translation> run() {
    TB_TRY(read());
    TB_TRY(contexts());
    for (const auto& [name, value] : request_.args)
      if (std::string low = lower(name); low.ends_with("_proxy"))
        return Error::make(Code::invalid, "the argument {} is for the build alone", name);
    out_.platform = request_.platforms.size() == 1 ? request_.platforms[0] : image::Platform::host();
    TB_LET(dockerfile::File file, dockerfile::parse(text_, out_.file));
    TB_LET(out_.build, built(file, out_.platform, image::Platform::host()));
    for (const dockerfile::BuiltStage& stage : out_.build.stages) TB_TRY(check_sayable(stage, file, out_));
    TB_TRY(independent_of_platform(file));
    image::Config& config = out_.build.stages.back().config;
    for (const auto& [name, value] : request_.labels) config.labels[name] = value;
    TB_TRY(check_config(config, file.at(out_.build.stages.back().where)));
    note_args(file);
    return std::move(out_);
  }

 private:
  Status read() {
    auto context = world_.places.name_of(request_.context);
    if (!context || dockerfile::kind_of(request_.context) != dockerfile::SourceKind::path)
      return Error::make(Code::invalid, "the context '{}' lies elsewhere", request_.context);
    out_.context.path = *context;
    if (request_.inline_text) {
      out_.file = request_.name + ".dockerfile";
      text_ = *request_.inline_text;
      return {};
    }
    std::string file = dockerfile_of(request_);
    out_.file = world_.places.name_of(file).value_or(file);
    TB_LET(auto text, dockerfile::read_from_disk(file));
    if (!text) return Error::make(Code::not_found, "there is no Dockerfile '{}'", out_.file);
    text_ = *std::move(text);
    TB_LET(dockerfile::IgnoreFile ignore, dockerfile::ignore_file_of(file, request_.context));
    bool own = !ignore.path.empty() && ignore.path.filename() != ".dockerignore";
    if (own) out_.context.ignore = std::move(ignore.lines);
    return {};
  }

  Status contexts() {
    for (const auto& [name, value] : request_.contexts) {
      if (value.starts_with(kTarget)) {
        std::string target = value.substr(kTarget.size());
        if (find_(target) == nullptr)
          return Error::make(Code::invalid, "the context '{}' is a target on its own Dockerfile", name);
        out_.contexts.emplace(name, OtherTarget{std::move(target)});
      } else if (value.starts_with(kImage)) {
        out_.contexts.emplace(name, OtherImage{value.substr(kImage.size())});
      } else if (auto path = world_.places.name_of(value); path && value.find("://") == std::string::npos) {
        out_.contexts.emplace(name, Directory{*path, {}});
      } else {
        return Error::make(Code::invalid, "the context '{}' is '{}'", name, value);
      }
    }
    return {};
  }

  Result<dockerfile::Build> built(const dockerfile::File& file, const image::Platform& platform,
                                  const image::Platform& build_platform) const {
    dockerfile::BuildOptions options;
    for (const auto& [name, value] : request_.args) {
      std::optional<std::string> given = value ? value : world_.environment.get(name);
      if (given) options.args[name] = *given;
    }
    options.target = request_.target;
    options.platform = platform;
    options.build_platform = build_platform;
    for (const auto& [name, context] : request_.contexts) options.contexts.insert(name);
    return dockerfile::build(
        file, options,
        [&](const Origin& origin, const image::Platform&, const dockerfile::Range&) -> Result<image::Config> {
          TB_LET(image::Config config, foreign_config(origin));
          if (!config.on_build.empty())
            return Error(Code::invalid,
                         "its base image has instructions for those that stand on it (ONBUILD)");
          return config;
        });
  }

  Result<image::Config> foreign_config(const Origin& origin) const {
    dockerfile::BuiltStage stage;
    stage.base = origin;
    return config_below(stage, out_, world_, find_);
  }

  /// The same for another machine, or the text must stay.
  Status independent_of_platform(const dockerfile::File& file) const {
    if (request_.platforms.size() == 1 && !mentions_build_platform()) return {};
    image::Platform other = out_.platform;
    other.architecture = out_.platform.architecture == "arm64" ? "amd64" : "arm64";
    other.variant.clear();
    image::Platform target = request_.platforms.size() == 1 ? out_.platform : other;
    auto elsewhere = built(file, target, other);
    auto dependent = [&](const dockerfile::Range& where) {
      return Error(Code::invalid, "it depends on the platform").at(file.at(where));
    };
    if (!elsewhere || elsewhere->stages.size() != out_.build.stages.size())
      return dependent(out_.build.stages.back().where);
    for (size_t i = 0; i < elsewhere->stages.size(); ++i) {
      const dockerfile::BuiltStage &here = out_.build.stages[i], &there = elsewhere->stages[i];
      if (here.platform != out_.platform || there.platform != target || base_key(here) != base_key(there))
        return dependent(here.where);
      image::Config one = here.config, two = there.config;
      one.platform = two.platform = {};
      if (one.json() != two.json() || here.operations.size() != there.operations.size())
        return dependent(here.where);
      for (size_t k = 0; k < here.operations.size(); ++k)
        if (operation_text(here.operations[k]) != operation_text(there.operations[k]))
          return dependent(here.operations[k].where);
    }
    return {};
  }

  bool mentions_build_platform() const { return text_.find("BUILD") != std::string::npos; }

  static std::string base_key(const dockerfile::BuiltStage& stage) { return origin_text(stage.base); }

  void note_args(const dockerfile::File& file) {
    auto note = [&](const dockerfile::Instruction& instruction) {
      const auto* arg = std::get_if<dockerfile::Arg>(&instruction.kind);
      if (arg == nullptr) return;
      for (const dockerfile::Arg::Item& item : arg->items) {
        auto given = request_.args.find(item.name.text);
        if (given != request_.args.end() && given->second)
          out_.args[item.name.text] = *given->second;
        else if (item.value)
          out_.args.try_emplace(item.name.text, item.value->text);
      }
    };
    for (const dockerfile::Instruction& global : file.globals) note(global);
    for (const dockerfile::Stage& stage : file.stages)
      for (const dockerfile::Instruction& step : stage.steps) note(step);
  }

  const Request& request_;
  const World& world_;
  const FindTranslation& find_;
  std::string text_;
  Translation out_;
};

}  // namespace

std::optional<std::string> Places::name_of(const std::string& path) const {
  stdfs::path normal = stdfs::path(path).lexically_normal();
  std::string from_root = normal.lexically_relative(root).string();
  if (from_root.empty() || from_root == ".." || from_root.starts_with("../")) return std::nullopt;
  std::string found = normal.lexically_relative(directory).string();
  if (found.size() > 1 && found.ends_with('/')) found.pop_back();
  return found;
}

std::string dockerfile_of(const Request& request) {
  return request.dockerfile.empty() ? request.context + "/Dockerfile" : request.dockerfile;
}

Places places_of(const std::vector<Request>& requests, const std::string& directory) {
  Places places{directory, directory};
  auto holds_all = [&] {
    return std::all_of(requests.begin(), requests.end(), [&](const Request& request) {
      std::vector<std::string> paths{request.context, request.dockerfile};
      for (const auto& [name, value] : request.contexts) paths.push_back(value);
      return std::all_of(paths.begin(), paths.end(), [&](const std::string& path) {
        return !path.starts_with('/') || places.name_of(path);
      });
    });
  };
  while (places.root != "/" && !holds_all()) places.root = stdfs::path(places.root).parent_path().string();
  if (places.root == "/") places.root = directory;
  return places;
}

Result<Translation> translate(const Request& request, const World& world, const FindTranslation& find) {
  return Translator(request, world, find).run();
}

Result<image::Config> config_below(const dockerfile::BuiltStage& stage, const Translation& translation,
                                   const World& world, const FindTranslation& find) {
  if (const auto* image = std::get_if<dockerfile::FromImage>(&stage.base))
    return world.config(image->reference, translation.platform);
  const auto* named = std::get_if<dockerfile::FromNamed>(&stage.base);
  if (named == nullptr) return image::Config{};
  const NamedContext& context = translation.contexts.at(named->name);
  if (const auto* other = std::get_if<OtherTarget>(&context))
    return find(other->name)->build.stages.back().config;
  if (const auto* image = std::get_if<OtherImage>(&context))
    return world.config(image->reference, translation.platform);
  return Error::make(Code::invalid, "the context '{}' that it stands on is a directory", named->name);
}

}  // namespace tierbuild::imports
