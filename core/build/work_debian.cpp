// image.debian: a root filesystem made by mmdebstrap, in namespaces of its own, from the packages named.
#include "archive/overlay_diff.hpp"
#include "base/strings.hpp"
#include "base/subprocess.hpp"
#include "build/staging.hpp"
#include "build/step_work.hpp"
#include "fs/file.hpp"
#include "image/platform.hpp"
#include "sandbox/step_spec.hpp"

namespace tierbuild::build {
namespace {

// What differs from run to run or leaks the host, and what an image has no use for.
constexpr const char* kCleanUp =
    R"(rm -rf "$1"/etc/resolv.conf "$1"/etc/hostname "$1"/var/cache/ldconfig/aux-cache "$1"/var/lib/apt/lists/* )"
    R"("$1"/var/cache/apt/*.bin "$1"/var/cache/apt/archives/*.deb "$1"/run/* "$1"/tmp/* )"
    R"("$1"/var/lib/dpkg/*-old "$1"/var/cache/debconf/*-old; )"
    R"(find "$1"/var/log -type f -delete; : > "$1"/etc/machine-id)";

std::string debian_architecture(const image::Platform& platform) {
  if (platform.architecture == "386") return "i386";
  if (platform.architecture == "arm") return "armhf";
  if (platform.architecture == "ppc64le") return "ppc64el";
  return platform.architecture;
}

class DebianWork final : public StepWork {
 public:
  DebianWork(const WorkContext& context, const graph::Base& base, const image::Platform& platform)
      : context_(context), base_(base), platform_(platform) {}

  Status prepare(std::stop_token) override {
    if (find_program("mmdebstrap").empty())
      return Error::make(Code::host_lacks, "image.debian needs the program mmdebstrap")
          .hint("apt-get install mmdebstrap");
    if (context_.options.offline)
      return Error::make(Code::network, "debian {} is not in the store, and --offline forbids to fetch it",
                         base_.suite);
    TB_LET(fs::TempDir scratch, fs::TempDir::make(context_.world.store.tmp(), "debian"));
    scratch_.emplace(std::move(scratch));
    TB_TRY(make_step_directory(scratch_->path() / "tmp", 0777));
    return {};
  }

  std::optional<ChildSpec> child() override {
    sandbox::StepSpec spec;
    spec.id = scratch_->path().filename().string();
    spec.scratch = (scratch_->path() / "tmp").string();
    spec.network = true;
    spec.argv = {"mmdebstrap",
                 "--mode=root",
                 "--format=directory",
                 "--variant=minbase",
                 "--architectures=" + debian_architecture(platform_),
                 "--skip=check/qemu",  // foreign programs run here, or the build had not begun
                 "--aptopt=Acquire::Languages \"none\"",
                 "--dpkgopt=path-exclude=/usr/share/man/*",
                 "--dpkgopt=path-exclude=/usr/share/doc/*",
                 "--dpkgopt=path-include=/usr/share/doc/*/copyright",
                 "--dpkgopt=path-exclude=/usr/share/locale/*",
                 "--dpkgopt=path-exclude=/usr/share/info/*"};
    if (!base_.packages.empty()) spec.argv.push_back("--include=" + join(base_.packages, ","));
    spec.argv.push_back(std::string("--customize-hook=") + kCleanUp);
    spec.argv.push_back(base_.suite);
    spec.argv.push_back(root().string());
    if (!base_.mirror.empty()) spec.argv.push_back(base_.mirror);
    spec.env = {fmt::format("SOURCE_DATE_EPOCH={}", context_.options.epoch), "DEBIAN_FRONTEND=noninteractive",
                kDebianPath, "LC_ALL=C.UTF-8", "HOME=/root"};
    for (const auto& [name, value] : context_.options.proxy)
      spec.env.push_back(fmt::format("{}={}", name, value));
    return ChildSpec{{context_.helper}, spec.json()};
  }

  Result<Output> finish(const ChildExit& exit, std::stop_token stop) override {
    if (exit.status != 0)
      return Error::make(Code::failed, "mmdebstrap ended with status {}", exit.status)
          .hint(
              "see its output above; a package that the suite lacks, or a mirror that is down, are usual "
              "causes");
    TB_LET(Output output, commit_layer(
                              context_,
                              [&](int fd) {
                                archive::DiffOptions options;
                                options.layer = context_.layer_options();
                                return archive::write_tree(fd, root(), "", options, stop);
                              },
                              root()));
    output.env = {kDebianPath};
    return output;
  }

 private:
  std::filesystem::path root() const { return scratch_->path() / "root"; }

  const WorkContext& context_;
  const graph::Base& base_;
  const image::Platform& platform_;
  std::optional<fs::TempDir> scratch_;
};

}  // namespace

std::unique_ptr<StepWork> debian_work(const WorkContext& context, const graph::Base& base,
                                      const image::Platform& platform) {
  return std::make_unique<DebianWork>(context, base, platform);
}

}  // namespace tierbuild::build
