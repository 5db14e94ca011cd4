#include "dockerfile/build.hpp"

#include <charconv>

#include "base/strings.hpp"
#include "dockerfile/parse.hpp"
#include "dockerfile/stage_build.hpp"
#include "dockerfile/statement.hpp"
#include "image/reference.hpp"

namespace tierbuild::dockerfile {
namespace {

std::optional<size_t> stage_number(std::string_view text) {
  size_t number = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

class Builder {
 public:
  Builder(const File& file, const BuildOptions& options, const ConfigOf& config_of, Checks checks)
      : file_(file), options_(options), config_of_(config_of), checks_(std::move(checks)) {}

  Result<Build> run() {
    check_syntax(file_, checks_);
    check_default_bases();
    TB_TRY(declare(globals_, &options_.args));
    for (const Stage& stage : file_.stages) TB_TRY(head(stage));
    for (size_t i = 0; i < heads_.size(); ++i)
      for (const Instruction& step : file_.stages[i].steps)
        if (const auto* copy = std::get_if<Copy>(&step.kind); copy != nullptr && copy->from)
          TB_TRY(check_from(i, *copy->from));
    TB_LET(size_t target, target_stage());
    mark(target);
    for (size_t i = 0; i <= target; ++i)
      if (heads_[i].needed) TB_TRY(ensure(i));
    for (const CheckFinding& finding : checks_.findings())
      if (std::find(out_.findings.begin(), out_.findings.end(), finding) == out_.findings.end())
        out_.findings.push_back(finding);
    std::stable_sort(out_.findings.begin(), out_.findings.end(), [](const auto& one, const auto& other) {
      return std::pair(one.where.line, one.where.column) < std::pair(other.where.line, other.where.column);
    });
    return std::move(out_);
  }

 private:
  using Args = std::map<std::string, std::string>;

  /// A stage as its FROM has it.
  struct Head {
    std::optional<size_t> base;  // a stage in front of it
    std::string image;           // else
    std::optional<image::Platform> platform;
    bool needed = false;
    std::optional<size_t> built;  // in out_.stages
    StageState state;             // once it is built
  };

  Error fail(const Range& where, std::string message) const {
    return Error(Code::invalid, std::move(message)).at(file_.at(where));
  }

  /// The arguments that there are without any ARG, then those in front of the first FROM.
  Status declare(Scope& scope, const Args* args) const {
    const image::Platform &build = options_.build_platform, &target = options_.platform;
    std::string target_name = options_.target.empty() ? file_.stages.back().head().name : options_.target;
    const std::pair<const char*, std::string> known[] = {
        {"BUILDPLATFORM", build.str()},
        {"BUILDOS", build.os},
        {"BUILDOSVERSION", ""},
        {"BUILDARCH", build.architecture},
        {"BUILDVARIANT", build.variant},
        {"TARGETPLATFORM", target.str()},
        {"TARGETOS", target.os},
        {"TARGETOSVERSION", ""},
        {"TARGETARCH", target.architecture},
        {"TARGETVARIANT", target.variant},
        {"TARGETSTAGE", target_name.empty() ? "default" : target_name},
    };
    for (const auto& [name, value] : known) {
      auto given = options_.args.find(name);
      scope.set(name, given == options_.args.end() ? value : given->second);
    }
    for (const Instruction& global : file_.globals)
      for (const Arg::Item& item : std::get<Arg>(global.kind).items) {
        const std::string& name = item.name.text;
        if (args != nullptr && args->contains(name)) {
          scope.set(name, args->at(name));
        } else if (item.value) {
          TB_LET(Expansion value, scope.expand(*item.value, file_));
          scope.set(name, std::move(value.text));
        }
      }
    return {};
  }

  void check_default_bases() {
    Scope defaults;
    if (!declare(defaults, nullptr)) return;
    for (const Stage& stage : file_.stages) {
      Result<Expansion> name = defaults.expand(stage.head().image, file_);
      if (!name) return;
      if (image::Reference::parse(name->text)) continue;
      checks_.at(stage.from);
      checks_.report("InvalidDefaultArgInFrom", stage.head().image.range,
                     fmt::format("Default value for ARG {} results in empty or invalid base image name",
                                 stage.head().image.text));
    }
  }

  void report_undeclared(const Expansion& expansion, const Range& where) {
    std::vector<std::string> names = globals_.names();
    for (const Instruction& global : file_.globals)
      for (const Arg::Item& item : std::get<Arg>(global.kind).items) names.push_back(item.name.text);
    for (const std::string& name : expansion.unset) {
      if (std::find(names.begin(), names.end(), name) != names.end()) continue;
      auto near = suggest(name, names);
      checks_.report("UndefinedArgInFrom", where,
                     fmt::format("FROM argument '{}' is not declared{}", name,
                                 near ? fmt::format(" (did you mean {}?)", *near) : ""));
    }
  }

  Status head(const Stage& stage) {
    checks_.at(stage.from);
    const From& from = stage.head();
    Head head;
    TB_LET(Expansion name, globals_.expand(from.image, file_));
    report_undeclared(name, from.image.range);
    if (name.text.empty())
      return fail(from.image.range,
                  fmt::format("the name of the base image, '{}', is empty", from.image.text));
    if (auto base = by_name_.find(name.text); base != by_name_.end())
      head.base = base->second;
    else
      head.image = name.text;
    if (from.platform) {
      TB_LET(head.platform, platform_of(from));
    }
    if (!from.name.empty()) by_name_[from.name] = heads_.size();
    heads_.push_back(std::move(head));
    return {};
  }

  Result<image::Platform> platform_of(const From& from) {
    const Word& word = *from.platform;
    TB_LET(Expansion name, globals_.expand(word, file_));
    report_undeclared(name, word.range);
    if (name.text.empty()) return fail(word.range, fmt::format("the platform '{}' is empty", word.text));
    Result<image::Platform> platform = image::Platform::parse(name.text);
    if (!platform) return std::move(platform).error().at(file_.at(word.range));
    bool only_target = name.unset.empty() && name.set == std::set<std::string>{"TARGETPLATFORM"};
    if (only_target && name.text == globals_.get("TARGETPLATFORM"))
      checks_.report(
          "RedundantTargetPlatform", word.range,
          fmt::format("Setting platform to predefined {} in FROM is redundant as this is the default "
                      "behavior",
                      word.text));
    bool constant = name.set.empty() && name.unset.empty();
    bool in_name = from.name.find(platform->os) != std::string::npos ||
                   from.name.find(platform->architecture) != std::string::npos;
    if (constant && !in_name)
      checks_.report("FromPlatformFlagConstDisallowed", word.range,
                     fmt::format("FROM --platform flag should not use constant value \"{}\"", name.text));
    return platform;
  }

  Result<size_t> target_stage() const {
    if (options_.target.empty()) return file_.stages.size() - 1;
    if (auto found = by_name_.find(lower(options_.target)); found != by_name_.end()) return found->second;
    std::vector<std::string> names;
    for (const auto& [name, index] : by_name_) names.push_back(name);
    return Error::make(Code::not_found, "the file has no stage '{}'{}", options_.target,
                       guess(options_.target, names))
        .at({file_.name, 1, 1});
  }

  /// Marks the stages that one needs, as far as its own text shows; triggers of images may add others.
  void mark(size_t target) {
    heads_[target].needed = true;
    for (size_t i = target + 1; i-- > 0;) {
      if (!heads_[i].needed || is_context(file_.stages[i].head().name)) continue;
      if (heads_[i].base) heads_[*heads_[i].base].needed = true;
      for (const Instruction& step : file_.stages[i].steps)
        if (const auto* copy = std::get_if<Copy>(&step.kind); copy != nullptr && copy->from)
          if (auto found = stage_called(copy->from->text); found && *found < i) heads_[*found].needed = true;
    }
  }

  bool is_context(const std::string& name) const {
    return !name.empty() && name != "scratch" && name != "context" && options_.contexts.contains(name);
  }

  std::optional<size_t> stage_called(const std::string& name) const {
    if (auto number = stage_number(name)) return number;
    auto found = by_name_.find(lower(name));
    if (found == by_name_.end()) return std::nullopt;
    return found->second;
  }

  /// An image, or a context that stands in for it.
  Result<Origin> image_called(const std::string& name, const Range& where,
                              const image::Platform& platform) const {
    Result<image::Reference> reference = image::Reference::parse(name);
    if (!reference) {
      if (is_context(name)) return Origin(FromNamed{name});
      return std::move(reference).error().at(file_.at(where));
    }
    std::string familiar = reference->familiar();
    if (familiar.ends_with(":latest")) familiar.resize(familiar.size() - std::string_view(":latest").size());
    for (const std::string& known : {name, familiar})
      if (is_context(known)) return Origin(FromNamed{known});
    return Origin(FromImage{reference->str(), platform});
  }

  /// What can be said of it before anything is built.
  Status check_from(size_t index, const Word& from) const {
    if (from.text.find('$') != std::string::npos)
      return Error(Code::invalid, "'from' takes no variables")
          .at(file_.at(from.range))
          .hint("give the image a stage of its own: FROM $image AS name");
    std::optional<size_t> stage = stage_called(from.text);
    if (stage && *stage >= heads_.size())
      return fail(from.range, fmt::format("there is no stage {}", *stage));
    if (stage && *stage == index) return fail(from.range, "a stage cannot copy from itself");
    return {};
  }

  /// What the stage with this index means by `--from`, or a mount by `from`.
  Result<Origin> find(size_t index, const Word& from) {
    const std::string& name = from.text;
    TB_TRY(check_from(index, from));
    if (std::optional<size_t> stage = stage_called(name)) {
      if (*stage > index)
        return fail(from.range,
                    fmt::format("the stage '{}' must stand in front of the one that uses it", name));
      TB_TRY(ensure(*stage));
      return Origin(FromStage{*heads_[*stage].built});
    }
    if (name == "scratch") return Origin(FromScratch{});
    return image_called(name, from.range, options_.platform);
  }

  /// Builds the stage, if it is not yet built.
  Status ensure(size_t index) {
    if (heads_[index].built) return {};
    const Stage& stage = file_.stages[index];
    BuiltStage built;
    built.name = stage.head().name;
    built.where = stage.from.range;
    TB_LET(StageState state, base_of(index, built));
    std::vector<std::string> triggers = std::exchange(state.config.on_build, {});
    state.onbuild.clear();
    StageContext context{file_, options_, globals_,
                         [this, index](const Word& from) { return find(index, from); }, checks_};
    std::map<std::string, Range> seen_once;
    bool replaced = std::holds_alternative<FromNamed>(built.base) && is_context(built.name);
    if (!replaced) {
      for (const std::string& trigger : triggers) {
        TB_LET(Instruction instruction, parse_trigger(trigger, file_, stage.from.range));
        TB_TRY(evaluate(instruction, context, state, built, seen_once));
      }
      for (const Instruction& step : stage.steps) TB_TRY(evaluate(step, context, state, built, seen_once));
    }
    built.config = state.config;
    built.config.platform = built.platform;
    heads_[index].state = std::move(state);
    heads_[index].built = out_.stages.size();
    out_.stages.push_back(std::move(built));
    return {};
  }

  /// What the stage starts from.
  Result<StageState> base_of(size_t index, BuiltStage& built) {
    const Stage& stage = file_.stages[index];
    const Head& head = heads_[index];
    built.platform = head.platform.value_or(options_.platform);
    if (is_context(built.name)) {
      built.base = FromNamed{built.name};
    } else if (head.base) {
      TB_TRY(ensure(*head.base));
      const Head& base = heads_[*head.base];
      built.base = FromStage{*base.built};
      built.platform = out_.stages[*base.built].platform;
      StageState state = base.state;
      state.config.on_build = base.state.onbuild;
      return state;
    } else if (head.image == "scratch") {
      built.base = FromScratch{};
      built.platform = options_.platform;
      image::Config config;
      config.workdir = "/";
      return begin_stage(config);
    } else {
      TB_LET(built.base, image_called(head.image, stage.head().image.range, built.platform));
    }
    Result<image::Config> config = config_of_(built.base, built.platform, stage.from.range);
    if (!config) return std::move(config).error().at(file_.at(stage.head().image.range));
    bool image = std::holds_alternative<FromImage>(built.base);
    if (image && (config->platform.os != built.platform.os ||
                  config->platform.architecture != built.platform.architecture)) {
      checks_.at(stage.from);
      checks_.report(
          "InvalidBaseImagePlatform", stage.head().image.range,
          fmt::format("Base image {} was pulled with platform \"{}\", expected \"{}\" for current build",
                      head.image, config->platform.str(), built.platform.str()));
    }
    return begin_stage(*config);
  }

  const File& file_;
  const BuildOptions& options_;
  const ConfigOf& config_of_;
  Checks checks_;
  Scope globals_;
  std::vector<Head> heads_;
  std::map<std::string, size_t> by_name_;
  Build out_;
};

}  // namespace

Result<Build> build(const File& file, const BuildOptions& options, const ConfigOf& config_of) {
  TB_LET(Checks checks, Checks::of(file));
  return Builder(file, options, config_of, std::move(checks)).run();
}

}  // namespace tierbuild::dockerfile
