#include "cli/bake_files.hpp"

#include <unistd.h>

#include <filesystem>

#include "base/strings.hpp"
#include "cli/cache_flags.hpp"
#include "cli/registry_access.hpp"
#include "fs/file.hpp"
#include "project/requests.hpp"

namespace tierbuild::cli {
namespace {

namespace stdfs = std::filesystem;
using dockerfile::Request;

constexpr uint64_t kMostBytes = 8 << 20;

std::string absolute(const std::string& path) {
  return stdfs::absolute(path).lexically_normal().string();
}

Result<std::string> read(const std::string& path) {
  return fs::read_file(path, kMostBytes);
}

compose::Environment all_variables(const Environment& environment) {
  compose::Environment all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::string name(*entry, std::string_view(*entry).find('='));
    if (auto value = environment.get(name)) all[name] = *value;
  }
  return all;
}

/// Carries out what requests ask for besides an image, for all targets together.
class Besides {
 public:
  Besides(Options& options, const Environment& environment, std::vector<Error>& warnings)
      : options_(options), given_(options), environment_(environment), warnings_(warnings) {}

  Status take(const Request& request, bool is_chosen, std::vector<Output>& outputs) {
    request_ = &request;
    for (const dockerfile::SecretRequest& secret : request.secrets) TB_TRY(take_secret(secret));
    for (const dockerfile::SshRequest& ssh : request.ssh) take_agent(ssh);
    if (request.no_cache) options_.no_cache_filter.push_back(request.name);
    for (const std::string& stage : request.no_cache_filter)
      options_.no_cache_filter.push_back(request.name + "/" + stage);
    options_.pull |= request.pull;
    for (const auto& [name, value] : request.args)
      if (value && is_proxy_variable(name)) options_.proxy[name] = *value;
    if (!is_chosen) return {};
    if (given_.platform.empty() && !request.platforms.empty()) options_.platform = "all";
    for (const dockerfile::TypedRequest& cache : request.cache_from) take_cache(cache, "cache-from");
    for (const dockerfile::TypedRequest& cache : request.cache_to) take_cache(cache, "cache-to");
    for (const dockerfile::TypedRequest& output : request.outputs) TB_TRY(take_output(output, outputs));
    return {};
  }

 private:
  void warn(std::string_view key, std::string_view what) {
    warnings_.push_back(
        Error::make(Code::invalid, "'{}' of target '{}' {}", key, request_->name, what).at(request_->where));
  }

  // As docker: with an id alone, the variable of that name, else the file.
  Status take_secret(const dockerfile::SecretRequest& secret) {
    if (given_.secrets.contains(secret.id)) return {};
    SecretOption source{secret.file, secret.env};
    if (source.file.empty() && source.env.empty())
      (environment_.get(secret.id) ? source.env : source.file) = secret.id;
    auto [known, is_new] = options_.secrets.emplace(secret.id, source);
    if (is_new || (known->second.file == source.file && known->second.env == source.env)) return {};
    return Error::make(Code::invalid, "two targets have different secrets of the id '{}'", secret.id)
        .at(request_->where)
        .hint(
            fmt::format("build them one after the other, or say which with --secret id={},src=…", secret.id));
  }

  // Of several paths the first is taken: one agent answers.
  void take_agent(const dockerfile::SshRequest& ssh) {
    if (options_.ssh.contains(ssh.id)) return;
    std::string socket;
    if (!ssh.paths.empty())
      socket = ssh.paths.front();
    else if (const char* agent = std::getenv("SSH_AUTH_SOCK"))
      socket = agent;
    std::error_code failure;
    if (socket.empty()) return;  // a mount that must have it says so
    if (stdfs::is_regular_file(socket, failure)) {
      warn("ssh",
           fmt::format("names the key '{}', which is not read: give it to an agent with `ssh-add`", socket));
      return;
    }
    if (ssh.paths.size() > 1) warn("ssh", "names several sockets: the first is taken");
    options_.ssh[ssh.id] = absolute(socket);
  }

  void take_cache(const dockerfile::TypedRequest& cache, std::string_view key) {
    if (cache.type != "registry") {
      warn(key, fmt::format("has no effect for the type '{}': caches are in registries", cache.type));
      return;
    }
    std::string text = "type=registry";
    for (const auto& [name, value] : cache.fields) {
      if (name == "ref" || (name == "mode" && key == "cache-to"))
        text += fmt::format(",{}={}", name, value);
      else
        warn(key, fmt::format("has a field '{}', which has no effect", printable(name)));
    }
    bool is_source = key == "cache-from";
    Status fits = is_source ? check(parse_cache_from(text)) : check(parse_cache_to(text));
    if (!fits) {
      warn(key, fmt::format("has no effect: {}", fits.error().str()));
      return;
    }
    std::vector<std::string>& all = is_source ? options_.cache_from : options_.cache_to;
    if (std::find(all.begin(), all.end(), text) == all.end()) all.push_back(text);
  }

  template <class T>
  static Status check(Result<T> result) {
    return result ? Status() : Status(std::move(result).error());
  }

  Status take_output(const dockerfile::TypedRequest& asked, std::vector<Output>& outputs) {
    auto field = [&](const char* name) {
      auto found = asked.fields.find(name);
      return found == asked.fields.end() ? std::string() : found->second;
    };
    for (const auto& [name, value] : asked.fields)
      if (name != "dest" && name != "push")
        warn("output", fmt::format("has a field '{}', which has no effect", printable(name)));
    std::string type = asked.type, dest = field("dest");
    if (type == "image" && field("push") == "true") type = "registry";
    if (type == "image" || type == "cacheonly") return {};  // it is in the store
    std::string text = "type=" + type + (dest.empty() ? "" : ",dest=" + dest);
    auto output = parse_output(text);
    if (!output) return std::move(output).error().at(request_->where);
    output->of = {"service:" + request_->name};
    outputs.push_back(std::move(output).value());
    return {};
  }

  Options& options_;
  const Options given_;  // by the command line
  const Environment& environment_;
  std::vector<Error>& warnings_;
  const Request* request_ = nullptr;
};

}  // namespace

std::vector<std::string> bake_files_of(const Options& options) {
  if (options.file.empty() || options.file == "-") return {};
  std::vector<std::string> files = {absolute(options.file)};
  for (const std::string& file : options.more_files) files.push_back(absolute(file));
  std::error_code failure;
  if (files.size() == 1 && stdfs::is_directory(files[0], failure)) {
    if (stdfs::exists(files[0] + "/Buildfile.lua", failure)) return {};
    return bake::default_files(files[0], [](const std::string& path) {
      std::error_code ignored;
      return stdfs::is_regular_file(path, ignored);
    });
  }
  bool is_other = files.size() == 1 && bake::kind_of(files[0], read) == bake::FileKind::other;
  return is_other ? std::vector<std::string>() : files;
}

Result<BakeRequests> bake_requests(const Program& program, const std::vector<std::string>& files,
                                   const BakeAsk& ask) {
  bake::Options wanted;
  wanted.files = files;
  wanted.names = ask.names;
  wanted.overrides = ask.overrides;
  wanted.environment = all_variables(program.environment());
  wanted.directory = program.current_directory();
  TB_LET(bake::Chosen chosen, bake::choose(wanted, read));
  BakeRequests out;
  out.warnings = std::move(chosen.warnings);
  TB_LET(out.requests, bake::requests_of(chosen, wanted.directory, out.warnings));
  out.print = bake::print(chosen, wanted.directory);
  out.names = std::move(chosen.names);
  return out;
}

Result<BakeTargets> read_bake_files(Program& program, const std::vector<std::string>& files,
                                    const BakeAsk& ask, Options& options, project::Outside& outside) {
  program.locate_sources(program.current_directory());
  TB_LET(BakeRequests all, bake_requests(program, files, ask));
  BakeTargets out;
  Besides besides(options, program.environment(), all.warnings);
  for (Request& request : all.requests) {
    for (const auto& [name, value] : ask.args) request.args[name] = value;
    if (request.inline_text) request.dockerfile = "Dockerfile of " + request.name;
    bool is_chosen = std::find(all.names.begin(), all.names.end(), request.name) != all.names.end();
    TB_TRY(besides.take(request, is_chosen, out.outputs));
  }
  TB_LET(out.project,
         project::project_of(all.requests, {program.current_directory(), program.environment(), outside}));
  for (const std::string& name : all.names) out.selectors.push_back("service:" + name);
  for (const Error& warning : all.warnings) program.warn(warning);
  return out;
}

}  // namespace tierbuild::cli
