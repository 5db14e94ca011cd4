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

}  // namespace

Result<int> run_image(store::Store& store, const image::Descriptor& found, const RunImageOptions& options,
                      std::stop_token stop) {
  TB_LET(std::string manifest_json, store.blobs().read(found.digest));
  TB_LET(image::Manifest manifest, image::Manifest::parse(manifest_json));
  TB_LET(std::string config_json, store.blobs().read(manifest.config.digest));
  TB_LET(image::Config config, image::Config::parse(config_json));

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
  TB_LET(sandbox::StepReport report, sandbox::run_step_foreground(helper, spec, stop));
  if (!report.started) return Error::make(Code::failed, "the image could not be started: {}", report.error);
  return report.exit_code;
}

}  // namespace tierbuild::build
