// A mounted overlay for one test, in a mount namespace of the test program.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "layers.hpp"

namespace tierbuild::archive::test {

class Overlay {
 public:
  /// Mounts as the engine does (redirect_dir=off, metacopy=off). Nothing, with a warning, where that is not
  /// possible.
  static std::optional<Overlay> mount(const std::vector<std::filesystem::path>& lower_bottom_first,
                                      const std::filesystem::path& upper);
  Overlay(Overlay&&) noexcept = default;
  Overlay& operator=(Overlay&&) = delete;
  ~Overlay();
  std::filesystem::path merged() const { return *temp_ / "merged"; }

 private:
  explicit Overlay(std::unique_ptr<Temp> temp) : temp_(std::move(temp)) {}
  std::unique_ptr<Temp> temp_;
};

}  // namespace tierbuild::archive::test
