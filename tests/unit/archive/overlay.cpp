#include "overlay.hpp"

#include <sched.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>

namespace tierbuild::archive::test {
namespace {

/// A killed test then leaves no mount.
bool own_namespace() {
  static const bool kDone =
      ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  return kDone;
}

}  // namespace

std::optional<Overlay> Overlay::mount(const std::vector<std::filesystem::path>& lower_bottom_first,
                                      const std::filesystem::path& upper) {
  if (!own_namespace()) {
    tierbuild::test::skip("no mount namespace (" + std::string(std::strerror(errno)) +
                          "): overlay is not checked");
    return std::nullopt;
  }
  // The work directory must be on the file system of the upper one.
  auto temp = std::make_unique<Temp>();
  std::filesystem::create_directory(*temp / "merged");
  std::filesystem::create_directory(*temp / "work");
  std::string lower;
  for (auto layer = lower_bottom_first.rbegin(); layer != lower_bottom_first.rend(); ++layer)
    lower += (lower.empty() ? "" : ":") + layer->native();
  std::string options = "lowerdir=" + lower + ",upperdir=" + upper.native() +
                        ",workdir=" + (*temp / "work").native() + ",redirect_dir=off,metacopy=off,index=off";
  if (::mount("overlay", (*temp / "merged").c_str(), "overlay", 0, options.c_str()) != 0) {
    tierbuild::test::skip("no overlay (" + std::string(std::strerror(errno)) + ")");
    return std::nullopt;
  }
  return Overlay(std::move(temp));
}

Overlay::~Overlay() {
  if (temp_) ::umount2((*temp_ / "merged").c_str(), MNT_DETACH);
}

}  // namespace tierbuild::archive::test
