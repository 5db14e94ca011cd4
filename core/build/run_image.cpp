#include "build/run_image.hpp"

#include "build/runtime_choice.hpp"
#include "build/staging.hpp"
#include "fs/file.hpp"
#include "image/config.hpp"
#include "image/manifest.hpp"
#include "sandbox/runtime.hpp"
#include "sandbox/step_process.hpp"
#include "sandbox/step_spec.hpp"

namespace tierbuild::build {
namespace {

std::vector<std::string> command_of(const image::Config& config, const RunImageOptions& options) {
  std::vector<std::string> argv = config.entrypoint;
  if (options.replace_entrypoint) {
    argv.clear();
    if (!options.entrypoint.empty()) argv.push_back(options.entrypoint);
  }
  const bool own_command = options.argv.empty() && !options.replace_entrypoint;
  const std::vector<std::string>& rest = own_command ? config.cmd : options.argv;
  argv.insert(argv.end(), rest.begin(), rest.end());
  return argv;
}

Result<image::Config> config_of(store::Store& store, const image::Descriptor& found) {
  TB_LET(std::string manifest_json, store.blobs().read(found.digest));
  TB_LET(image::Manifest manifest, image::Manifest::parse(manifest_json));
  TB_LET(std::string config_json, store.blobs().read(manifest.config.digest));
  return image::Config::parse(config_json);
}

Result<sandbox::StepReport> run_config(store::Store& store, image::Config config,
                                       const RunImageOptions& options,
                                       std::optional<sandbox::ProbeSpec> probe, std::stop_token stop) {
  sandbox::StepSpec spec;
  spec.argv = command_of(config, options);
  if (spec.argv.empty())
    return Error(Code::invalid, "the image has neither an entrypoint nor a command")
        .hint("give one after `--`: tierbuild run TARGET -- COMMAND");
  TB_LET(std::string helper, sandbox::find_helper());
  TB_LET(spec.runtime, choose_runtime(store, options.runtime));
  std::vector<std::filesystem::path> layers;
  for (const Digest& diff_id : config.diff_ids) {
    TB_LET(std::filesystem::path layer, store.snapshots().acquire(diff_id, stop), "while unpacking layer {}",
           diff_id.short_hex());
    spec.layers.push_back(layer.filename().string());
    layers.push_back(std::move(layer));
  }

  TB_LET(fs::TempDir scratch, fs::TempDir::make(store.tmp(), "run"));
  TB_TRY(fs::make_directories(scratch.path() / "scratch"));
  TB_TRY(make_upper(scratch.path() / "upper", layers));
  spec.id = "tierbuild-" + scratch.path().filename().string();
  spec.scratch = (scratch.path() / "scratch").string();
  spec.upper = (scratch.path() / "upper").string();
  spec.layers_root = store.snapshots().root().string();
  spec.cwd = !options.workdir.empty() ? options.workdir : config.workdir.empty() ? "/" : config.workdir;
  spec.user = !options.user.empty() ? options.user : config.user;
  spec.network = options.network;
  for (const auto& [name, value] : options.env) config.set_env(name, value);
  spec.env = config.env;
  for (const auto& [host, target] : options.binds) {
    sandbox::StepMount mount;
    mount.source = host;
    mount.target = target;
    mount.read_only = false;
    spec.mounts.push_back(std::move(mount));
  }
  auto output = probe ? sandbox::ForegroundOutput::to_error : sandbox::ForegroundOutput::as_is;
  spec.probe = std::move(probe);
  TB_LET(sandbox::StepReport report, sandbox::run_step_foreground(helper, spec, stop, output));
  if (!report.started) return Error::make(Code::failed, "the image could not be started: {}", report.error);
  return report;
}

// How long a check without its own times waits, as container engines have it.
sandbox::ProbeSpec probe_of(const image::Config& config, const image::Healthcheck& check) {
  constexpr int64_t kNanoseconds = 1'000'000;
  sandbox::ProbeSpec spec;
  spec.argv.assign(check.test.begin() + 1, check.test.end());
  if (check.test[0] == "CMD-SHELL") {
    std::vector<std::string> shell =
        config.shell.empty() ? std::vector<std::string>{"/bin/sh", "-c"} : config.shell;
    spec.argv.insert(spec.argv.begin(), shell.begin(), shell.end());
  }
  if (check.interval_ns > 0) spec.interval_ms = check.interval_ns / kNanoseconds;
  if (check.timeout_ns > 0) spec.timeout_ms = check.timeout_ns / kNanoseconds;
  spec.start_ms = check.start_period_ns / kNanoseconds;
  if (check.retries > 0) spec.retries = static_cast<uint32_t>(check.retries);
  return spec;
}

}  // namespace

Result<int> run_image(store::Store& store, const image::Descriptor& found, const RunImageOptions& options,
                      std::stop_token stop) {
  TB_LET(image::Config config, config_of(store, found));
  TB_LET(sandbox::StepReport report, run_config(store, std::move(config), options, std::nullopt, stop));
  return report.exit_code;
}

Result<ProbedImage> probe_image(store::Store& store, const image::Descriptor& found,
                                const RunImageOptions& options, std::stop_token stop) {
  TB_LET(image::Config config, config_of(store, found));
  const bool checked = config.healthcheck && config.healthcheck->test.size() > 1;
  if (!checked)
    return Error(Code::invalid, "the image has no healthcheck")
        .hint("declare one, such as healthcheck = health.http { port = 8000 }");
  ProbedImage probed;
  sandbox::ProbeSpec probe = probe_of(config, *config.healthcheck);
  probed.check = probe.argv;
  TB_LET(sandbox::StepReport report, run_config(store, std::move(config), options, std::move(probe), stop));
  if (!report.probe) return Error::make(Code::failed, "the image could not be probed: {}", report.error);
  probed.report = *std::move(report.probe);
  probed.exit_code = report.exit_code;
  return probed;
}

}  // namespace tierbuild::build
