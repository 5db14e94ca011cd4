#include "cli/import_text.hpp"

#include <algorithm>
#include <filesystem>

#include "base/strings.hpp"
#include "cli/lua_text.hpp"
#include "image/reference.hpp"

namespace tierbuild::cli {
namespace {

using dockerfile::Request;
using Pairs = std::vector<std::pair<std::string, std::string>>;

/// `name` as a variable of Lua that nothing else has.
std::string variable_of(const std::string& name, std::set<std::string>& taken) {
  std::string variable;
  for (char c : name) variable += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  if (variable.empty() || std::isdigit(static_cast<unsigned char>(variable[0])) != 0) variable.insert(0, "_");
  // Words of Lua and of the language stay what they are.
  static const std::set<std::string> kWords = {
      "and",   "break",   "do",    "else",   "elseif",    "end",     "false", "for",    "function",
      "goto",  "if",      "in",    "local",  "nil",       "not",     "or",    "repeat", "return",
      "then",  "true",    "until", "while",  "tier",      "image",   "task",  "run",    "copy",
      "group", "service", "table", "string", "workspace", "registry"};
  if (kWords.contains(variable)) variable += "_";
  while (!taken.insert(variable).second) variable += "_";
  return variable;
}

class ImportedText {
 public:
  ImportedText(Import import, const std::string& root) : import_(std::move(import)), root_(root) {}

  std::string text() && {
    for (const Request& request : import_.requests)
      for (const auto& [name, value] : request.contexts)
        if (value.starts_with("target:")) needed_.insert(value.substr(7));
    std::string targets;
    for (const Request& request : import_.requests) targets += "\n" + target(request);

    std::string out = fmt::format("-- Written by `tierbuild import` from {}.\n", join(import_.files, ", "));
    if (!import_.left_out.empty()) {
      out += "-- Not carried over:\n";
      for (const std::string& line : import_.left_out) out += "--   " + lua_comment(line) + "\n";
    }
    std::string name = std::filesystem::path(root_).filename().string();
    return out + fmt::format("\nworkspace {} {{}}\n", lua_quote(name.empty() ? "workspace" : name)) + targets;
  }

 private:
  void leave_out(const Request& request, const std::string& what) {
    import_.left_out.push_back(fmt::format("{}: {}", request.name, what));
  }

  // Relative to the root; nothing if it lies elsewhere.
  std::optional<std::string> relative(const std::string& path) const {
    std::string found = std::filesystem::path(path).lexically_relative(root_).string();
    if (found.empty() || found == ".." || found.starts_with("../")) return std::nullopt;
    return found;
  }

  std::string target(const Request& request) {
    fields_.clear();
    place(request);
    if (!request.target.empty()) field("target", lua_quote(request.target));
    Pairs args;
    for (const auto& [name, value] : request.args)
      if (value) args.emplace_back(name, *value);
    if (!args.empty()) field("args", lua_table(args, 2));
    contexts(request);
    if (!request.platforms.empty()) {
      std::vector<std::string> names;
      for (const image::Platform& platform : request.platforms) names.push_back(platform.str());
      field("platforms", lua_list(names, 2));
    }
    bool is_service = import_.chosen.contains(request.name);
    if (is_service && !request.tags.empty()) {
      std::vector<std::string> tags;
      for (const std::string& tag : request.tags) {
        auto reference = image::Reference::parse(tag);
        tags.push_back(reference ? reference->str() : tag);
      }
      field("tags", lua_list(tags, 2));
    }
    for (const auto& [name, values] :
         {std::pair("labels", &request.labels), {"annotations", &request.annotations}})
      if (!values->empty()) field(name, lua_table({values->begin(), values->end()}, 2));
    tell_of_the_rest(request);

    size_t width = 0;
    for (const auto& [name, value] : fields_) width = std::max(width, name.size());
    std::string out = fmt::format("{} {} {{\n", is_service ? "service" : "tier", lua_quote(request.name));
    if (needed_.contains(request.name)) {
      variables_[request.name] = variable_of(request.name, taken_);
      out.insert(0, "local " + variables_[request.name] + " = ");
    }
    for (const auto& [name, value] : fields_) out += fmt::format("  {:<{}} = {},\n", name, width, value);
    return out + "}\n";
  }

  void field(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }

  void place(const Request& request) {
    auto context = relative(request.context);
    if (!context)
      leave_out(request, fmt::format("the context '{}' lies outside of this directory", request.context));
    std::string file = request.dockerfile.empty() ? request.context + "/Dockerfile" : request.dockerfile;
    if (request.inline_text) {
      std::string name = request.name + ".dockerfile";
      leave_out(request, fmt::format("the Dockerfile inside of the file: write it to '{}'", name));
      file = root_ + "/" + name;
    }
    auto dockerfile = relative(file);
    if (!dockerfile)
      leave_out(request, fmt::format("the Dockerfile '{}' lies outside of this directory", file));
    field("dockerfile", lua_quote(dockerfile.value_or(file)));
    std::string beside = std::filesystem::path(file).parent_path().string();
    if (beside != request.context) field("context", lua_quote(context.value_or(request.context)));
  }

  void contexts(const Request& request) {
    if (request.contexts.empty()) return;
    std::string out = "{";
    for (const auto& [name, value] : request.contexts) {
      std::string meant;
      if (value.starts_with("target:")) {
        auto known = variables_.find(value.substr(7));
        if (known == variables_.end()) continue;
        meant = known->second;
      } else if (value.starts_with("docker-image://")) {
        meant = lua_quote(value.substr(15));
      } else if (auto path = relative(value); path && value.find("://") == std::string::npos) {
        meant = lua_quote("./" + *path);
      } else {
        leave_out(request, fmt::format("the context '{}' is '{}'", name, value));
        continue;
      }
      out += fmt::format("{} [{}] = {}", out.size() > 1 ? "," : "", lua_quote(name), meant);
    }
    if (out.size() > 1) field("contexts", out + " }");
  }

  // What a Buildfile has no field for.
  void tell_of_the_rest(const Request& request) {
    for (const dockerfile::SecretRequest& secret : request.secrets) {
      std::string from = secret.file.empty() ? "env=" + (secret.env.empty() ? secret.id : secret.env)
                                             : "src=" + relative(secret.file).value_or(secret.file);
      leave_out(request, fmt::format("a secret: build with --secret id={},{}", secret.id, from));
    }
    for (const dockerfile::SshRequest& ssh : request.ssh)
      leave_out(request, fmt::format("an SSH agent: build with --ssh {}", ssh.id));
    if (request.network == Request::Network::none) leave_out(request, "no network: write RUN --network=none");
    if (request.no_cache || !request.no_cache_filter.empty())
      leave_out(request, fmt::format("no cache: build with --no-cache-filter {}", request.name));
    if (request.pull) leave_out(request, "newer base images: build with --pull");
    for (const auto& [what, list] : {std::pair("output", &request.outputs),
                                     {"cache-from", &request.cache_from},
                                     {"cache-to", &request.cache_to}})
      for (const dockerfile::TypedRequest& one : *list)
        leave_out(request, fmt::format("{} of type '{}': a flag of `tierbuild build`", what, one.type));
    if (!request.add_hosts.empty()) leave_out(request, "extra hosts");
    if (request.shm_size != 0) leave_out(request, "the size of /dev/shm");
    if (!request.ulimits.empty()) leave_out(request, "ulimits");
  }

  Import import_;
  const std::string& root_;
  std::set<std::string> needed_, taken_;
  std::map<std::string, std::string> variables_;
  Pairs fields_;
};

}  // namespace

std::string imported_buildfile(Import import, const std::string& root) {
  return ImportedText(std::move(import), root).text();
}

}  // namespace tierbuild::cli
