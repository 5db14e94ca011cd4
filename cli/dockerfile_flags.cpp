#include "cli/dockerfile_flags.hpp"

#include <unistd.h>

#include <filesystem>

#include "base/strings.hpp"
#include "dockerfile/remote.hpp"
#include "project/requests.hpp"

namespace tierbuild::cli {
namespace {

namespace stdfs = std::filesystem;

constexpr size_t kMostBytes = 4 << 20;

Result<std::string> read_stdin() {
  std::string text;
  char buffer[16384];
  for (;;) {
    ssize_t got = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error::os(errno, "cannot read the Dockerfile from standard input");
    if (got == 0) return text;
    text.append(buffer, static_cast<size_t>(got));
    if (text.size() > kMostBytes)
      return Error(Code::invalid, "the Dockerfile on standard input is larger than 4 MiB");
  }
}

std::string absolute(const std::string& path) {
  std::error_code failure;  // only of an empty path, which names no directory
  stdfs::path normal = stdfs::absolute(path, failure).lexically_normal();
  return (normal.has_filename() ? normal : normal.parent_path()).string();
}

bool is_plain_path(const std::string& text) {
  return text != "-" && text.find("://") == std::string::npos && !text.starts_with("target:") &&
         dockerfile::kind_of_context(text) == dockerfile::SourceKind::path;
}

}  // namespace

bool names_dockerfile(const std::string& file) {
  if (file.empty()) return false;
  std::error_code failure;
  if (stdfs::is_directory(file, failure)) return false;
  std::string extension = stdfs::path(file).extension().string();
  for (const char* other : {".lua", ".yaml", ".yml", ".json", ".hcl"})
    if (extension == other) return false;
  return true;
}

bool names_remote_context(const std::string& word) {
  return word == "-" || dockerfile::kind_of_context(word) != dockerfile::SourceKind::path;
}

void DockerfileFlags::declare(FlagSet& flags) {
  flags.call("--build-arg", "K[=V]",
             "of a Dockerfile: the value of an ARG; without one, that of the variable K",
             [this](const std::string& value) -> Status {
               size_t equals = value.find('=');
               if (equals == 0 || value.empty())
                 return Error(Code::invalid, "an argument needs a name").hint("write --build-arg NAME=VALUE");
               args[value.substr(0, equals)] =
                   equals == std::string::npos ? std::nullopt : std::optional(value.substr(equals + 1));
               return {};
             });
  flags.text("--target", "STAGE", "of a Dockerfile: the stage to build, in place of the last", target);
  flags.call("--build-context", "NAME=WHERE",
             "of a Dockerfile: a directory, URL, docker-image://REF or oci-layout://PATH",
             [this](const std::string& value) -> Status {
               TB_LET(auto pair, parse_assignment(value));
               contexts[pair.first] = is_plain_path(pair.second) ? absolute(pair.second) : pair.second;
               return {};
             });
  flags.call("--label", "K=V", "of a Dockerfile: a label of the image",
             [this](const std::string& value) -> Status {
               size_t equals = value.find('=');
               labels[value.substr(0, equals)] =
                   equals == std::string::npos ? std::string() : value.substr(equals + 1);
               return {};
             });
  flags.text("--network", "MODE", "of a Dockerfile: what RUN may reach: default, none or host", network)
      .one_of({"default", "none", "host"});
  flags.call("--add-host", "NAME=ADDRESS", "of a Dockerfile: a host that each RUN finds under this name",
             [this](const std::string& value) -> Status {
               TB_LET(auto host, dockerfile::parse_host(value));
               hosts[host.first] = host.second;
               return {};
             });
  flags.call("--shm-size", "SIZE", "of a Dockerfile: the size of /dev/shm of each RUN",
             [this](const std::string& value) -> Status {
               auto bytes = dockerfile::parse_size(value);
               if (!bytes) return Error::make(Code::invalid, "'{}' is no size", printable(value));
               shm_size = *bytes;
               return {};
             });
  flags.call("--ulimit", "NAME=SOFT[:HARD]", "of a Dockerfile: a limit of each RUN",
             [this](const std::string& value) -> Status {
               TB_LET(auto limit, dockerfile::parse_ulimit(value));
               ulimits[limit.first] = limit.second;
               return {};
             });
  flags.text("--iidfile", "FILE", "of a Dockerfile: write the id of the image", iid_file);
  flags.toggle("--check", "of a Dockerfile: only run BuildKit's checks", check);
}

std::string DockerfileFlags::given() const {
  if (!args.empty()) return "--build-arg";
  if (!target.empty()) return "--target";
  if (!contexts.empty()) return "--build-context";
  if (!labels.empty()) return "--label";
  if (network != "default") return "--network";
  if (!hosts.empty()) return "--add-host";
  if (shm_size != 0) return "--shm-size";
  if (!ulimits.empty()) return "--ulimit";
  if (!iid_file.empty()) return "--iidfile";
  return check ? "--check" : "";
}

Result<dockerfile::Request> DockerfileFlags::request(const Options& options,
                                                     const std::vector<std::string>& words) const {
  if (words.size() > 1)
    return Error::make(Code::invalid, "a Dockerfile is built with one context, but there are {}: {}",
                       words.size(), join(words, ", "));
  dockerfile::Request request;
  std::string context = words.empty() ? "." : words.front();
  request.context = is_plain_path(context) ? absolute(context) : context;
  request.name = project::target_name_of(request.context);
  if (options.file == "-") {
    if (context == "-")
      return Error(Code::invalid, "the Dockerfile and the context cannot both be on standard input");
    TB_LET(request.inline_text, read_stdin());
    request.dockerfile = "<stdin>";
  } else if (!options.file.empty()) {
    // In a context from elsewhere, the file is looked for there.
    request.dockerfile = is_plain_path(context) ? absolute(options.file) : options.file;
  }
  request.args = args;
  request.target = target;
  request.contexts = contexts;
  request.labels = labels;
  request.add_hosts = hosts;
  request.shm_size = shm_size;
  request.ulimits = ulimits;
  using Network = dockerfile::Request::Network;
  request.network = network == "none" ? Network::none : network == "host" ? Network::host : Network::standard;
  TB_LET(request.platforms, options.platforms());
  return request;
}

}  // namespace tierbuild::cli
