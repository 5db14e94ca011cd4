#include "import/buildfile.hpp"

#include <algorithm>
#include <filesystem>

#include "base/strings.hpp"
#include "import/config_text.hpp"
#include "import/lua_text.hpp"
#include "import/plan.hpp"
#include "import/sayable.hpp"
#include "import/shared_requirements.hpp"
#include "import/step_text.hpp"

namespace tierbuild::imports {
namespace {

using dockerfile::Request;

/// `name` as a variable of Lua that nothing else has.
std::string variable_of(const std::string& name, std::set<std::string>& taken) {
  std::string variable;
  for (char c : name) variable += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  if (variable.empty() || std::isdigit(static_cast<unsigned char>(variable[0])) != 0) variable.insert(0, "_");
  // Words of Lua and of the language stay what they are.
  static const std::set<std::string> kWords = {
      "and",       "apk",    "apt",     "arg",      "bind",   "break", "cache",     "copy",   "defaults",
      "directory", "do",     "else",    "elseif",   "end",    "entry", "exists",    "export", "false",
      "fetch",     "files",  "for",     "function", "glob",   "goto",  "group",     "health", "if",
      "image",     "in",     "include", "json",     "layer",  "lint",  "local",     "math",   "nil",
      "node",      "not",    "oci",     "or",       "pairs",  "place", "platforms", "python", "read",
      "registry",  "repeat", "replace", "require",  "return", "rule",  "run",       "secret", "service",
      "sh",        "ssh",    "stamp",   "string",   "t",      "table", "task",      "then",   "tier",
      "tmpfs",     "toml",   "true",    "type",     "until",  "while", "workspace", "yaml"};
  if (kWords.contains(variable)) variable += "_";
  while (!taken.insert(variable).second) variable += "_";
  return variable;
}

class ImportedText {
 public:
  ImportedText(Import import, const World& world)
      : import_(std::move(import)),
        world_(world),
        requests_(
            world.places, [this](const std::string& name) { return variable_of_request(name); },
            import_.left_out) {}

  Imported text() && {
    translate_all();
    std::vector<Translation*> translations;
    for (Placed* one : in_order()) translations.push_back(&one->translation);
    share_requirements(translations, import_.left_out);
    plan_ = plan_targets(in_order(), kept_, import_.chosen);
    env_of_bases();
    std::vector<std::string> bodies;
    for (size_t i = 0; i < plan_.targets.size(); ++i) count_tables(plan_.targets[i]);
    for (size_t i = 0; i < plan_.targets.size(); ++i) bodies.push_back(body(i));
    Imported out;
    out.dockerfiles = std::move(files_);
    out.buildfile = head();
    for (size_t i = 0; i < bodies.size(); ++i) {
      const Target& target = plan_.targets[i];
      out.buildfile += "\n" + comment(target);
      for (const std::string& table : tables_before_[i]) out.buildfile += table;
      if (auto variable = variables_.find(i); variable != variables_.end())
        out.buildfile += "local " + variable->second + " = ";
      out.buildfile +=
          fmt::format("{} {} {{\n", target.is_service ? "service" : "tier", lua_quote(target.name));
      out.buildfile += bodies[i] + "}\n";
    }
    return out;
  }

 private:
  std::string head() const {
    std::string out = fmt::format("-- Written by `tierbuild import` from {}.\n", join(import_.files, ", "));
    if (!import_.left_out.empty()) {
      out += "-- Not carried over:\n";
      for (const std::string& line : import_.left_out) out += lua_comment_item(line);
    }
    const Places& places = world_.places;
    std::string name = std::filesystem::path(places.root).filename().string();
    std::string above = std::filesystem::path(places.root).lexically_relative(places.directory).string();
    std::string fields = above == "." ? "{}" : fmt::format("{{ root = {} }}", lua_quote(above));
    return out + fmt::format("\nworkspace {} {}\n", lua_quote(name.empty() ? "workspace" : name), fields);
  }

  void translate_all() {
    auto find = [this](const std::string& target) -> const Translation* {
      auto found = translated_.find(target);
      return found == translated_.end() ? nullptr : &found->second.translation;
    };
    for (const Request& request : import_.requests) {
      if (std::string elsewhere = outside(request); !elsewhere.empty()) {
        import_.left_out.push_back(
            fmt::format("{} is left out, as {} is not in the workspace: build it as now, with -f",
                        request.name, elsewhere));
        continue;
      }
      if (import_.dockerfiles == Dockerfiles::keep) {
        kept_.push_back(&request);
        continue;
      }
      Result<Placed> placed = place(request, find);
      if (placed) {
        order_.push_back(request.name);
        note_args(placed->translation);
        translated_.emplace(request.name, std::move(*placed));
        continue;
      }
      kept_.push_back(&request);
      const Error& error = placed.error();
      std::string at =
          error.where().known() ? fmt::format(" ({}:{})", error.where().file, error.where().line) : "";
      import_.left_out.push_back(
          fmt::format("{} stays on its Dockerfile: {}{}", request.name, error.message(), at));
    }
  }

  // What of a target no Buildfile here can name.
  std::string outside(const Request& request) const {
    if (!world_.places.name_of(request.context)) return "its context " + request.context;
    bool is_elsewhere = !request.inline_text && !world_.places.name_of(dockerfile_of(request));
    return is_elsewhere ? "its Dockerfile " + request.dockerfile : "";
  }

  Result<Placed> place(const Request& request, const FindTranslation& find) const {
    Placed placed;
    TB_LET(placed.translation, translate(request, world_, find));
    for (const dockerfile::BuiltStage& stage : placed.translation.build.stages) {
      TB_LET(image::Config below, config_below(stage, placed.translation, world_, find));
      placed.below.push_back(std::move(below));
    }
    const image::Config& config = placed.translation.build.stages.back().config;
    TB_TRY(check_above(bottom_of(placed), config, {placed.translation.file, 0, 0}));
    return placed;
  }

  std::vector<Placed*> in_order() {
    std::vector<Placed*> placed;
    for (const std::string& name : order_) placed.push_back(&translated_.at(name));
    return placed;
  }

  void note_args(const Translation& translation) {
    std::vector<std::string> args;
    for (const auto& [name, value] : translation.args) args.push_back(fmt::format("{}={}", name, value));
    if (!args.empty())
      import_.left_out.push_back(fmt::format("{}: ARG, whose values are written out: {}",
                                             translation.request->name, join(args, ", ")));
  }

  // --- variables

  std::string variable(size_t target) {
    auto known = variables_.find(target);
    if (known != variables_.end()) return known->second;
    return variables_[target] = variable_of(plan_.targets[target].name, taken_);
  }

  std::string variable_of_request(const std::string& name) {
    auto found = plan_.by_request.find(name);
    return found == plan_.by_request.end() ? "" : variable(found->second);
  }

  // --- the environment of steps

  void env_of_bases() {
    for (size_t i = 0; i < plan_.targets.size(); ++i) {
      const Target& target = plan_.targets[i];
      if (target.node == kNone) continue;
      const Node& root = plan_.nodes[plan_.root_of(target.node)];
      const auto* named =
          std::get_if<dockerfile::FromNamed>(&root.of->translation.build.stages[root.stage].base);
      const auto* other = named == nullptr
                              ? nullptr
                              : std::get_if<OtherTarget>(&root.of->translation.contexts.at(named->name));
      if (other != nullptr) {
        size_t below = plan_.by_request.at(other->name);
        base_env_[i] = base_env_[below];
        workdir_below_[i] = workdir_[below];
      } else {
        base_env_[i] = {};
        for (const std::string& entry : root.of->below[root.stage].env) {
          size_t equals = entry.find('=');
          if (equals != std::string::npos) base_env_[i][entry.substr(0, equals)] = entry.substr(equals + 1);
        }
        workdir_below_[i] = "/";
      }
      if (target.below != kNone) workdir_below_[i] = workdir_[target.below];
      workdir_[i] = target.config.workdir.value_or(workdir_below_[i]);
    }
  }

  /// What all commands of a target see and its base does not bring.
  Env common_env(size_t index) const {
    std::optional<Env> common;
    const Target& target = plan_.targets[index];
    for (size_t step : target.steps) {
      const auto* run = std::get_if<dockerfile::RunOperation>(&plan_.nodes[step].operation->what);
      if (run == nullptr) continue;
      Env own = env_of_step(*run, base_env_.at(index), {});
      if (!common) {
        common = std::move(own);
        continue;
      }
      std::erase_if(*common, [&](const auto& item) {
        auto other = own.find(item.first);
        return other == own.end() || other->second != item.second;
      });
    }
    return common.value_or(Env());
  }

  static std::string table_text(const Env& env, size_t indent) {
    return lua_table({env.begin(), env.end()}, indent);
  }

  void count_tables(const Target& target) {
    auto index = static_cast<size_t>(&target - plan_.targets.data());
    if (target.node == kNone) return;
    ++uses_[target.config.env];
    Env common = common_env(index);
    for (size_t step : target.steps)
      if (const auto* run = std::get_if<dockerfile::RunOperation>(&plan_.nodes[step].operation->what))
        ++uses_[env_of_step(*run, base_env_.at(index), common)];
    ++uses_[std::move(common)];
  }

  // A table that stands in several places is a local in front of the first.
  std::string table(const Env& env, size_t index, size_t indent) {
    if (env.size() < 2 || uses_[env] < 2) return table_text(env, indent);
    auto [known, is_new] = shared_.try_emplace(env);
    if (is_new) {
      known->second = variable_of(plan_.targets[index].name + "_env", taken_);
      tables_before_[index].push_back(fmt::format("local {} = {}\n", known->second, table_text(env, 0)));
    }
    return known->second;
  }

  // --- targets

  std::string comment(const Target& target) const {
    if (target.request != nullptr) return "";
    std::vector<std::string> users(target.users.begin(), target.users.end());
    if (users.size() == 1) return fmt::format("-- A stage of {}.\n", users[0]);
    size_t shown = std::min<size_t>(users.size(), 6);
    std::string names =
        join(std::vector<std::string>(users.begin(), users.begin() + static_cast<long>(shown) - 1), ", ");
    std::string last =
        shown < users.size() ? fmt::format("{} others", users.size() - shown + 1) : users[shown - 1];
    return fmt::format("-- What {} and {} begin with.\n", names, last);
  }

  std::string body(size_t index) {
    const Target& target = plan_.targets[index];
    Fields fields;
    if (target.node == kNone) {
      requests_.dockerfile(*target.request, inline_file(*target.request), fields);
    } else {
      StepText steps(plan_, [this](size_t other) { return variable(other); });
      const Node& root = plan_.nodes[plan_.root_of(target.node)];
      fields.emplace_back("from",
                          target.below != kNone
                              ? variable(target.below)
                              : steps.image(root.of->translation.build.stages[root.stage].base, *root.of));
      if (!target.config.env.empty()) fields.emplace_back("env", table(target.config.env, index, 2));
      Env common = common_env(index);
      if (!common.empty()) fields.emplace_back("build_env", table(common, index, 2));
      config_fields(target.config, fields);
      if (!target.steps.empty()) {
        std::string list = "{\n";
        StepText::Around around{common, base_env_.at(index), workdir_.at(index),
                                [&](const Env& env) { return table(env, index, 6); }};
        for (size_t step : target.steps) list += "    " + steps.step(plan_.nodes[step], around) + ",\n";
        fields.emplace_back("steps", list + "  }");
      }
    }
    if (target.request != nullptr) {
      requests_.common(*target.request, target.is_service, fields);
      requests_.tell_of_the_rest(*target.request);
    }
    return lines_of(fields);
  }

  /// The file that an inline Dockerfile becomes.
  std::string inline_file(const Request& request) {
    if (!request.inline_text) return "";
    std::string name = request.name + ".dockerfile";
    files_[name] = *request.inline_text;
    return name;
  }

  Import import_;
  const World& world_;
  RequestText requests_;
  std::map<std::string, Placed> translated_;
  std::vector<std::string> order_;
  std::vector<const Request*> kept_;
  Plan plan_;
  std::set<std::string> taken_;
  std::map<size_t, std::string> variables_;  // of targets that others name
  std::map<size_t, Env> base_env_;
  std::map<size_t, std::string> workdir_, workdir_below_;
  std::map<Env, int> uses_;
  std::map<Env, std::string> shared_;
  std::map<size_t, std::vector<std::string>> tables_before_;
  std::map<std::string, std::string> files_;
};

}  // namespace

Imported imported_buildfile(Import import, const World& world) {
  return ImportedText(std::move(import), world).text();
}

}  // namespace tierbuild::imports
