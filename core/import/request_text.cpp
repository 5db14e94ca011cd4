#include "import/request_text.hpp"

#include <algorithm>
#include <filesystem>

#include "image/reference.hpp"
#include "import/lua_text.hpp"

namespace tierbuild::imports {

using dockerfile::Request;
using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string lines_of(const Fields& fields) {
  size_t width = 0;
  for (const auto& [name, value] : fields) width = std::max(width, name.size());
  std::string out;
  for (const auto& [name, value] : fields) out += fmt::format("  {:<{}} = {},\n", name, width, value);
  return out;
}

void RequestText::leave_out(const Request& request, const std::string& what) {
  left_out_.push_back(fmt::format("{}: {}", request.name, what));
}

void RequestText::dockerfile(const Request& request, const std::string& inline_file, Fields& fields) {
  auto name_of = [this](const std::string& path) { return lua_quote(places_.name_of(path).value_or(path)); };
  std::string file = inline_file.empty() ? dockerfile_of(request) : places_.directory + "/" + inline_file;
  fields.emplace_back("dockerfile", name_of(file));
  std::string beside = std::filesystem::path(file).parent_path().string();
  if (beside != request.context) fields.emplace_back("context", name_of(request.context));
  if (!request.target.empty()) fields.emplace_back("target", lua_quote(request.target));
  Pairs args;
  for (const auto& [name, value] : request.args)
    if (value) args.emplace_back(name, *value);
  if (!args.empty()) fields.emplace_back("args", lua_table(args, 2));
  contexts(request, fields);
  if (!request.labels.empty())
    fields.emplace_back("labels", lua_table({request.labels.begin(), request.labels.end()}, 2));
  if (request.network == Request::Network::none) leave_out(request, "no network: write RUN --network=none");
}

void RequestText::common(const Request& request, bool is_service, Fields& fields) {
  if (!request.platforms.empty()) {
    std::vector<std::string> names;
    for (const image::Platform& platform : request.platforms) names.push_back(platform.str());
    fields.emplace_back("platforms", lua_list(names, 2));
  }
  if (is_service && !request.tags.empty()) {
    std::vector<std::string> tags;
    for (const std::string& tag : request.tags) {
      auto reference = image::Reference::parse(tag);
      tags.push_back(reference ? reference->str() : tag);
    }
    fields.emplace_back("tags", lua_list(tags, 2));
  }
  if (!request.annotations.empty())
    fields.emplace_back("annotations",
                        lua_table({request.annotations.begin(), request.annotations.end()}, 2));
}

void RequestText::contexts(const Request& request, Fields& fields) {
  std::string out = "{";
  for (const auto& [name, value] : request.contexts) {
    std::string meant;
    if (value.starts_with("target:")) {
      meant = variable_(value.substr(7));
      if (meant.empty()) {
        leave_out(request, fmt::format("the context '{}' is {}, which is left out", name, value.substr(7)));
        continue;
      }
    } else if (value.starts_with("docker-image://")) {
      meant = lua_quote(value.substr(15));
    } else if (auto path = places_.name_of(value); path && value.find("://") == std::string::npos) {
      meant = lua_quote(path->starts_with("..") ? *path : "./" + *path);
    } else {
      leave_out(request, fmt::format("the context '{}' is '{}'", name, value));
      continue;
    }
    out += fmt::format("{} [{}] = {}", out.size() > 1 ? "," : "", lua_quote(name), meant);
  }
  if (out.size() > 1) fields.emplace_back("contexts", out + " }");
}

void RequestText::tell_of_the_rest(const Request& request) {
  for (const dockerfile::SecretRequest& secret : request.secrets) {
    std::string from = secret.file.empty() ? "env=" + (secret.env.empty() ? secret.id : secret.env)
                                           : "src=" + places_.name_of(secret.file).value_or(secret.file);
    leave_out(request, fmt::format("a secret: build with --secret id={},{}", secret.id, from));
  }
  for (const dockerfile::SshRequest& ssh : request.ssh)
    leave_out(request, fmt::format("an SSH agent: build with --ssh {}", ssh.id));
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

}  // namespace tierbuild::imports
