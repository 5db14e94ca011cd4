// run: a command in a sandbox. Its layer is what it changed, or what it left in its output directory.
#include <sys/stat.h>

#include "archive/overlay_diff.hpp"
#include "base/strings.hpp"
#include "build/cache_seed.hpp"
#include "build/staging.hpp"
#include "build/step_work.hpp"
#include "fs/file.hpp"
#include "sandbox/cache_mounts.hpp"
#include "sandbox/step_spec.hpp"

namespace tierbuild::build {
namespace {

using graph::Mount;

constexpr std::string_view kHostGateway = "host-gateway";  // a step's network is that of the host

sandbox::Sharing sharing_of(graph::Sharing sharing) {
  switch (sharing) {
    case graph::Sharing::shared:
      return sandbox::Sharing::shared;
    case graph::Sharing::locked:
      return sandbox::Sharing::locked;
    case graph::Sharing::private_:
      return sandbox::Sharing::private_;
  }
  return sandbox::Sharing::shared;
}

class RunWork final : public StepWork {
 public:
  RunWork(const WorkContext& context, const graph::Run& run) : context_(context), run_(run) {}

  int64_t timeout_ms() const override { return run_.limits.timeout_ms; }
  std::vector<std::string> secrets() const override { return secrets_; }

  Status prepare(std::stop_token stop) override {
    if (run_.network && context_.options.offline)
      return Error::make(Code::denied, "the step asks for the network, and --offline forbids it")
          .hint("build once without --offline; what the step made is reused then");
    TB_LET(std::vector<std::filesystem::path> layers, context_.directories(run_.on, stop));
    lower_ = layers;
    TB_LET(fs::TempDir scratch, fs::TempDir::make(context_.world.store.tmp(), "step"));
    scratch_.emplace(std::move(scratch));
    for (const char* directory : {"scratch", "mounts"})
      TB_TRY(fs::make_directories(scratch_->path() / directory));
    TB_TRY(make_upper(upper(), layers));

    spec_.id = fmt::format("tierbuild-{}", scratch_->path().filename().string());
    spec_.scratch = (scratch_->path() / "scratch").string();
    spec_.runtime = context_.runtime;
    spec_.layers_root = context_.world.store.snapshots().root().string();
    for (const std::filesystem::path& layer : layers) spec_.layers.push_back(layer.filename().string());
    spec_.upper = upper().string();
    spec_.argv = run_.argv;
    spec_.cwd = run_.cwd.empty() ? "/" : run_.cwd;
    spec_.user = run_.user;
    spec_.network = run_.network;
    spec_.limits = {run_.limits.memory, run_.limits.cpus, run_.limits.pids, run_.limits.timeout_ms};
    prepare_environment();
    if (!run_.out.empty()) {
      TB_TRY(make_step_directory(out()));
      sandbox::StepMount mount;
      mount.source = out().string();
      mount.target = run_.out;
      mount.read_only = false;
      spec_.mounts.push_back(std::move(mount));
    }
    TB_TRY(prepare_hosts());
    if (run_.shm_size > 0) prepare_shm();
    for (const auto& [name, limit] : run_.ulimits) prepare_limit(name, limit);
    for (const Mount& mount : run_.mounts)
      TB_TRY(prepare_mount(mount, stop), "while preparing {}", mount.target);
    if (run_.script) TB_TRY(prepare_script(*run_.script));
    return {};
  }

  std::optional<ChildSpec> child() override { return ChildSpec{{context_.helper}, spec_.json()}; }

  Result<Output> finish(const ChildExit& exit, std::stop_token stop) override {
    TB_LET(sandbox::StepReport report, sandbox::StepReport::parse(exit.report),
           "while reading the sandbox's report");
    if (!report.started) return Error::make(Code::failed, "the step could not start: {}", report.error);
    if (report.out_of_memory)
      return Error::make(Code::failed, "the step used more than its {} of memory",
                         human_bytes(run_.limits.memory))
          .hint("raise `limits = { memory = … }` of the step");
    if (report.exit_code != 0) {
      Error error = Error::make(Code::failed, "{} ended with status {}", describe(), report.exit_code);
      if (!disk_is_full()) return error;
      return std::move(error).hint("the disk of the store is full: `tierbuild prune` frees space on it");
    }

    for (const graph::Source* source : sources())
      if (const auto* files = std::get_if<graph::FileSource>(source))
        TB_TRY(context_.sources.unchanged(*files));
    archive::DiffOptions options;
    options.layer = context_.layer_options();
    if (!run_.out.empty())
      return commit_layer(
          context_, [&](int fd) { return archive::write_tree(fd, out(), "", options, stop); }, out());
    options.exclude.insert(report.mount_points.begin(), report.mount_points.end());
    archive::MergedView below(lower_);
    return commit_layer(
        context_, [&](int fd) { return archive::write_overlay_diff(fd, upper(), below, options, stop); },
        upper());
  }

 private:
  std::filesystem::path upper() const { return scratch_->path() / "upper"; }
  std::filesystem::path out() const { return scratch_->path() / "out"; }

  // Steps write their layers into the store, and their own messages seldom say where space was lacking.
  bool disk_is_full() const {
    std::error_code failure;
    std::filesystem::space_info space = std::filesystem::space(scratch_->path(), failure);
    return !failure && space.available < 1 << 20;
  }

  std::string describe() const {
    std::string command = title_of(run_);
    return fmt::format("`{}`", command);
  }

  std::vector<const graph::Source*> sources() const {
    std::vector<const graph::Source*> all;
    for (const Mount& mount : run_.mounts)
      if (const graph::Source* source = graph::source_of(mount)) all.push_back(source);
    return all;
  }

  void prepare_environment() {
    std::map<std::string, std::string> env;
    for (const std::string& entry : context_.outputs.base(run_.on).env) {
      size_t equals = entry.find('=');
      if (equals != std::string::npos) env[entry.substr(0, equals)] = entry.substr(equals + 1);
    }
    env["SOURCE_DATE_EPOCH"] = std::to_string(context_.options.epoch);
    if (!run_.out.empty()) env["OUT"] = run_.out;
    for (const auto& [name, value] : run_.env) env[name] = value;
    if (run_.network)
      for (const auto& [name, value] : context_.options.proxy) {
        env.emplace(name, value);
        hide(login_of(value));
      }
    for (const auto& [name, value] : env) spec_.env.push_back(fmt::format("{}={}", name, value));
  }

  // What the host has, if the step sees its network, and the names that are given besides.
  Status prepare_hosts() {
    if (run_.hosts.empty()) return {};
    std::string text = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";
    if (auto own = fs::read_file("/etc/hosts", 1 << 20); own && run_.network) text = *own;
    if (!text.ends_with('\n')) text += '\n';
    for (const auto& [name, address] : run_.hosts)
      text += fmt::format("{}\t{}\n", address == kHostGateway ? "127.0.0.1" : address, name);
    std::filesystem::path file = scratch_->path() / "hosts";
    TB_TRY(fs::write_file(file, text));
    sandbox::StepMount mount;
    mount.source = file.string();
    mount.target = "/etc/hosts";
    spec_.mounts.push_back(std::move(mount));
    return {};
  }

  void prepare_shm() {
    sandbox::StepMount mount;
    mount.kind = sandbox::StepMount::Kind::tmpfs;
    mount.target = "/dev/shm";
    mount.size = run_.shm_size;
    mount.mode = 01777;
    spec_.mounts.push_back(std::move(mount));
  }

  void prepare_limit(const std::string& name, const graph::Ulimit& limit) {
    std::string type = "RLIMIT_";
    for (char c : name) type += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    auto value = [](int64_t number) { return number < 0 ? UINT64_MAX : static_cast<uint64_t>(number); };
    spec_.rlimits.push_back({std::move(type), value(limit.soft), value(limit.hard)});
  }

  Status prepare_mount(const Mount& mount, std::stop_token stop) {
    sandbox::StepMount prepared;
    prepared.target = mount.target;
    prepared.uid = mount.uid;
    prepared.gid = mount.gid;
    prepared.mode = mount.mode;
    switch (mount.kind) {
      case Mount::Kind::cache:
        prepared.kind = sandbox::StepMount::Kind::cache;
        prepared.sharing = sharing_of(mount.sharing);
        prepared.source =
            (context_.world.store.caches() / sandbox::CacheMounts::identity(mount.id, mount.target)).string();
        if (mount.seeded) TB_TRY(seed_cache(context_, mount, prepared.source, scratch_->path(), stop));
        break;
      case Mount::Kind::tmpfs:
        prepared.kind = sandbox::StepMount::Kind::tmpfs;
        prepared.size = mount.size;
        break;
      case Mount::Kind::secret:
        return prepare_secret(mount, std::move(prepared));
      case Mount::Kind::bind:
        TB_TRY(prepare_bind(mount, prepared, stop));
        break;
      case Mount::Kind::ssh:
        return prepare_agent(mount, std::move(prepared));
    }
    spec_.mounts.push_back(std::move(prepared));
    return {};
  }

  // `user:password` of http://user:password@proxy:3128
  static std::string_view login_of(std::string_view proxy) {
    size_t scheme = proxy.find("://");
    proxy.remove_prefix(scheme == std::string_view::npos ? 0 : scheme + 3);
    size_t at = proxy.rfind('@');
    return at == std::string_view::npos ? std::string_view() : proxy.substr(0, at);
  }

  // Output comes in lines, so each line of a key is a secret too; a brace alone on its line is none.
  void hide(std::string_view secret) {
    constexpr size_t kShortestLine = 8;
    if (secret.find('\n') == std::string_view::npos) {
      if (!secret.empty()) secrets_.emplace_back(secret);
      return;
    }
    for (std::string_view line : split(secret, '\n'))
      if (trim(line).size() >= kShortestLine) secrets_.emplace_back(trim(line));
  }

  Status prepare_secret(const Mount& mount, sandbox::StepMount prepared) {
    auto given = context_.options.secrets.find(mount.id);
    if (given == context_.options.secrets.end()) {
      if (!mount.required) return {};
      return Error::make(Code::invalid, "the step needs the secret '{}'", mount.id)
          .hint(fmt::format("give it with --secret id={},src=FILE or --secret id={},env=VARIABLE", mount.id,
                            mount.id));
    }
    std::string bytes;
    if (!given->second.env.empty()) {
      std::optional<std::string> value = Environment::process().get(given->second.env);
      if (!value)
        return Error::make(Code::invalid, "secret '{}': the variable {} is not set", mount.id,
                           given->second.env);
      bytes = *value;
    } else {
      TB_LET(bytes, fs::read_file(given->second.file, 1 << 20), "while reading secret '{}'", mount.id);
    }
    std::string_view shown = trim(bytes);
    hide(shown);
    if (!mount.env.empty()) {
      spec_.env.push_back(fmt::format("{}={}", mount.env, shown));
      if (mount.target.empty()) return {};
    }
    prepared.kind = sandbox::StepMount::Kind::secret;
    prepared.secret = std::move(bytes);
    spec_.mounts.push_back(std::move(prepared));
    return {};
  }

  // The socket of an agent of the host, which signs and gives no key away.
  Status prepare_agent(const Mount& mount, sandbox::StepMount prepared) {
    std::string id = mount.id.empty() ? "default" : mount.id;
    auto given = context_.options.ssh.find(id);
    if (given == context_.options.ssh.end()) {
      if (!mount.required) return {};
      return Error::make(Code::invalid, "the step needs the SSH agent '{}'", id)
          .hint(fmt::format("give its socket with --ssh {}=SOCKET", id));
    }
    std::error_code failure;
    prepared.source = std::filesystem::canonical(given->second, failure).string();
    if (failure) return Error::os(failure.value(), "cannot find the SSH agent at '{}'", given->second);
    prepared.kind = sandbox::StepMount::Kind::bind;
    prepared.read_only = false;
    constexpr std::string_view kVariable = "SSH_AUTH_SOCK=";
    bool is_set = std::any_of(spec_.env.begin(), spec_.env.end(),
                              [&](const std::string& variable) { return variable.starts_with(kVariable); });
    if (!is_set) spec_.env.push_back(std::string(kVariable) + mount.target);
    spec_.mounts.push_back(std::move(prepared));
    return {};
  }

  Status prepare_bind(const Mount& mount, sandbox::StepMount& prepared, std::stop_token stop) {
    std::filesystem::path place = scratch_->path() / "mounts" / std::to_string(spec_.mounts.size());
    prepared.read_only = !mount.writable;
    if (const auto* stack = std::get_if<graph::StackSource>(&mount.from)) {
      TB_LET(std::vector<std::filesystem::path> layers, context_.directories(stack->stack, stop));
      if (layers.empty() && stack->path.find_first_not_of('/') == std::string::npos) {
        TB_TRY(make_step_directory(place));
        prepared.source = place.string();
        return {};
      }
      prepared.kind = sandbox::StepMount::Kind::layers;
      for (const std::filesystem::path& layer : layers)
        prepared.layers.layers.push_back(layer.filename().string());
      prepared.layers.subpath = stack->path;
      return {};
    }
    prepared.kind = sandbox::StepMount::Kind::bind;
    if (const auto* files = std::get_if<graph::FileSource>(&mount.from)) {
      TB_LET(const SourceFiles* found, context_.sources.files(*files));
      TB_LET(std::filesystem::path staged, stage_files(*found, place, context_.options.epoch));
      prepared.source = staged.string();
    } else if (const auto* fetch = std::get_if<graph::FetchSource>(&mount.from)) {
      TB_LET(std::filesystem::path staged, stage_fetch(context_, *fetch, place, stop));
      prepared.source = staged.string();
    } else {
      TB_TRY(fs::write_file(place, std::get<graph::TextSource>(mount.from).text));
      prepared.source = place.string();
    }
    return {};
  }

  Status prepare_script(const graph::Script& script) {
    std::filesystem::path file = scratch_->path() / "script";
    TB_TRY(fs::write_file(file, script.text));
    if (::chmod(file.c_str(), 0755) != 0) return Error::os(errno, "cannot set the mode of {}", file.string());
    sandbox::StepMount mount;
    mount.source = file.string();
    mount.target = script.path;
    spec_.mounts.push_back(std::move(mount));
    return {};
  }

  const WorkContext& context_;
  const graph::Run& run_;
  std::optional<fs::TempDir> scratch_;
  sandbox::StepSpec spec_;
  std::vector<std::filesystem::path> lower_;
  std::vector<std::string> secrets_;
};

}  // namespace

std::unique_ptr<StepWork> run_work(const WorkContext& context, const graph::Run& run) {
  return std::make_unique<RunWork>(context, run);
}

}  // namespace tierbuild::build
