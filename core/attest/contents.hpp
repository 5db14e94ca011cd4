// Contents: the packages that an image really holds, read from its layers.
#pragma once

#include <compare>
#include <stop_token>
#include <string>
#include <vector>

#include "image/config.hpp"
#include "image/manifest.hpp"
#include "store/store.hpp"

namespace tierbuild::attest {

struct Package {
  enum class Kind : uint8_t { deb, apk, pypi, npm };
  Kind kind = Kind::deb;
  std::string name, version;
  std::string architecture;  // deb and apk
  std::string supplier;      // deb and apk: who maintains it
  std::string path;          // of the file that says that it is there, without the leading '/'
  auto operator<=>(const Package&) const = default;
};

struct Contents {
  std::vector<Package> packages;  // sorted
  std::string distribution;       // ID of os-release: "debian"; "" if there is none
  std::string release;            // VERSION_ID: "12"
};

/// What dpkg and apk have installed, Python's metadata directories and npm's lock files say, as the topmost
/// layer leaves them. Every layer is read; `not_found` if the store lacks one.
Result<Contents> contents_of(store::Store& store, const image::Manifest& manifest, std::stop_token stop = {});

/// The telling files of one image, layer by layer.
class TellingFiles {
 public:
  /// Whether what the file says is wanted.
  static bool is_wanted(std::string_view path);
  /// Starts a layer: whiteouts are about the layers below it.
  void begin_layer();
  void add(const std::string& path, std::string text);
  /// Any entry of the layer that is not wanted itself: it may hide others.
  void pass(const std::string& path, bool is_directory);
  Contents contents();

 private:
  void flush();
  void hide(const std::string& path, bool itself);

  std::map<std::string, std::string> below_, layer_;
};

}  // namespace tierbuild::attest
