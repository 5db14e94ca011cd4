#include "cli/options.hpp"

#include "base/strings.hpp"
#include "cli/cache_flags.hpp"

namespace tierbuild::cli {

Result<std::vector<image::Platform>> Options::platforms() const {
  std::vector<image::Platform> out;
  if (platform.empty() || platform == "all") return out;
  for (std::string_view name : split(platform, ',')) {
    TB_LET(image::Platform one, image::Platform::parse(trim(name)), "in --platform");
    if (std::find(out.begin(), out.end(), one) == out.end()) out.push_back(std::move(one));
  }
  return out;
}

void Options::declare_directory(FlagSet& flags) {
  flags.call("-C", "DIR", "work in DIR", [](const std::string& directory) -> Status {
    std::error_code failure;
    std::filesystem::current_path(directory, failure);
    if (failure) return Error::make(Code::invalid, "cannot work in '{}': {}", directory, failure.message());
    return {};
  });
}

void Options::declare_project(FlagSet& flags) {
  declare_directory(flags);
  flags
      .text("-f,--file", "FILE",
            "a Buildfile.lua or Dockerfile; else the nearest Buildfile.lua upwards", file)
      .from_env("TIERBUILD_FILE");
  flags.call("--arg", "K=V", "set an `arg` of the Buildfile", [this](const std::string& value) -> Status {
    TB_LET(auto pair, parse_assignment(value));
    args[pair.first] = pair.second;
    return {};
  });
  flags
      .text("--platform", "OS/ARCH,…", "what to build for, `all` for all declared; else this machine's",
            platform)
      .from_env("TIERBUILD_PLATFORM");
}

void Options::declare_network(FlagSet& flags) {
  flags.toggle("--offline", "use no network: what is not in the store is an error", offline)
      .from_env("TIERBUILD_OFFLINE");
}

void Options::declare_since(FlagSet& flags) {
  flags.text("--since", "REF",
             "only targets that differ from the merge base of REF and HEAD, as `git diff REF...`", since);
}

void Options::declare_store(FlagSet& flags) {
  flags.text("--store", "DIR", "where images and caches are kept", store).from_env("TIERBUILD_STORE");
}

void Options::declare_display(FlagSet& flags) {
  flags.text("--progress", "MODE", "auto, tty, plain, json or quiet", progress)
      .from_env("TIERBUILD_PROGRESS")
      .one_of({"auto", "tty", "plain", "json", "quiet"});
  flags.toggle("-q,--quiet", "no progress; print only the result", quiet);
}

static Status add_secret(std::map<std::string, SecretOption>& secrets, const std::string& text) {
  std::string id;
  SecretOption secret;
  for (const auto& [key, value] : parse_fields(text)) {
    if (key == "id")
      id = value;
    else if (key == "src" || key == "source")
      secret.file = value;
    else if (key == "env")
      secret.env = value;
    else if (key == "type" && (value == "file" || value == "env"))
      continue;
    else
      return Error::make(Code::invalid, "unknown field '{}' of a secret", key)
          .hint("write --secret id=NAME,src=FILE or --secret id=NAME,env=VARIABLE");
  }
  if (id.empty())
    return Error::make(Code::invalid, "a secret needs an id")
        .hint("write --secret id=NAME,src=FILE or --secret id=NAME,env=VARIABLE");
  if (!secret.file.empty() && !secret.env.empty())
    return Error::make(Code::invalid, "secret '{}' has both src and env", id).hint("give one of the two");
  if (secret.file.empty() && secret.env.empty()) secret.env = id;
  secrets[id] = secret;
  return {};
}

// `default`, `ID=SOCKET`; a key would have to be read, which an agent does.
static Status add_agent(std::map<std::string, std::string>& agents, const std::string& text) {
  size_t equals = text.find('=');
  std::string id = text.substr(0, equals), socket;
  if (equals != std::string::npos) {
    socket = text.substr(equals + 1);
  } else if (const char* agent = std::getenv("SSH_AUTH_SOCK")) {
    socket = agent;
  }
  std::error_code failure;
  if (socket.empty())
    return Error::make(Code::invalid, "there is no agent for --ssh {}", id)
        .hint("start one with `eval $(ssh-agent)`, or write --ssh ID=SOCKET");
  if (std::filesystem::is_regular_file(socket, failure))
    return Error::make(Code::invalid, "--ssh takes the socket of an agent, and '{}' is a file", socket)
        .hint("give the key to an agent: `ssh-add FILE`, then --ssh " + id);
  agents[id] = std::filesystem::absolute(socket).string();
  return {};
}

void Options::declare_build(FlagSet& flags) {
  flags.number("-j,--jobs", "N", "steps at once; else one per processor", jobs).from_env("TIERBUILD_JOBS");
  flags.toggle("-k,--keep-going", "after a failure, finish what does not depend on it", keep_going);
  flags.toggle("--no-cache", "run every step", no_cache);
  flags.call("--no-cache-filter", "TARGET,…", "run every step of these targets",
             [this](const std::string& value) -> Status {
               for (std::string_view name : split(value, ','))
                 if (!name.empty()) no_cache_filter.emplace_back(name);
               return {};
             });
  flags.call("--cache-from", "REF", "take steps from the cache at REF, or type=registry,ref=REF",
             [this](const std::string& value) -> Status {
               TB_TRY(parse_cache_from(value));
               cache_from.push_back(value);
               return {};
             });
  flags.call("--cache-to", "REF", "give steps to the cache at REF, or type=registry,ref=REF[,mode=max]",
             [this](const std::string& value) -> Status {
               TB_TRY(parse_cache_to(value));
               cache_to.push_back(value);
               return {};
             });
  flags.toggle("--pull", "ask registries for newer base images that are not locked", pull);
  flags.toggle("--locked", "fail if tierbuild.lock lacks something or holds too much", locked)
      .from_env("TIERBUILD_LOCKED");
  declare_network(flags);
  flags.call("--secret", "id=…,src=…", "a file (src=) or variable (env=) for steps that mount it",
             [this](const std::string& value) { return add_secret(secrets, value); });
  flags.call("--ssh", "ID[=SOCKET]", "an SSH agent for steps that mount it; else that of $SSH_AUTH_SOCK",
             [this](const std::string& value) { return add_agent(ssh, value); });
  declare_display(flags);
}

}  // namespace tierbuild::cli
