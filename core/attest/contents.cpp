#include "attest/contents.hpp"

#include <nlohmann/json.hpp>

#include <set>

#include "archive/layer_reader.hpp"
#include "base/strings.hpp"
#include "image/json.hpp"
#include "python/installed.hpp"

namespace tierbuild::attest {
namespace {

constexpr uint64_t kLargestText = 32 << 20;
constexpr const char* kDpkgStatus = "var/lib/dpkg/status";
constexpr const char* kDpkgParts = "var/lib/dpkg/status.d/";  // of images without a package manager
constexpr const char* kApkInstalled = "lib/apk/db/installed";
constexpr const char* kHiddenLock = "node_modules/.package-lock.json";
constexpr const char* kNpmLock = "package-lock.json";

bool has_name(std::string_view path, std::string_view name) {
  return path.ends_with(name) && (path.size() == name.size() || path[path.size() - name.size() - 1] == '/');
}

bool is_python_metadata(std::string_view path) {
  return path.ends_with(".dist-info/METADATA") || path.ends_with(".egg-info/PKG-INFO");
}

/// Calls `done` with the fields of each paragraph: "Package: x" of dpkg, "P:x" of apk. Continuation lines are
/// left out.
template <class Done>
void paragraphs(std::string_view text, const Done& done) {
  std::map<std::string, std::string> fields;
  auto end = [&] {
    if (!fields.empty()) done(fields);
    fields.clear();
  };
  for (std::string_view line : split(text, '\n')) {
    if (trim(line).empty()) end();
    size_t colon = line.find(':');
    if (line.empty() || line.front() == ' ' || line.front() == '\t' || colon == std::string_view::npos)
      continue;
    fields.emplace(line.substr(0, colon), trim(line.substr(colon + 1)));
  }
  end();
}

void add_dpkg(const std::string& path, std::string_view text, std::vector<Package>& out) {
  paragraphs(text, [&](std::map<std::string, std::string>& fields) {
    auto status = fields.find("Status");
    if (status != fields.end() && !status->second.ends_with(" installed")) return;
    if (fields["Package"].empty()) return;
    out.push_back({Package::Kind::deb, fields["Package"], fields["Version"], fields["Architecture"],
                   fields["Maintainer"], path});
  });
}

void add_apk(const std::string& path, std::string_view text, std::vector<Package>& out) {
  paragraphs(text, [&](std::map<std::string, std::string>& fields) {
    if (!fields["P"].empty())
      out.push_back({Package::Kind::apk, fields["P"], fields["V"], fields["A"], fields["m"], path});
  });
}

void add_python(const std::string& path, std::string_view text, std::vector<Package>& out) {
  auto package = python::parse_metadata(text, "/" + path.substr(0, path.rfind('/')));
  if (package) out.push_back({Package::Kind::pypi, package->name, package->version, "", "", path});
}

// Version 1 of the format: packages in packages.
void add_dependencies(const std::string& path, const image::Json& all, std::vector<Package>& out) {
  if (!all.is_object()) return;
  for (const auto& [name, package] : all.items()) {
    if (!package.is_object()) continue;
    if (package.contains("version") && package["version"].is_string())
      out.push_back({Package::Kind::npm, name, package["version"].get<std::string>(), "", "", path});
    if (package.contains("dependencies")) add_dependencies(path, package["dependencies"], out);
  }
}

void add_npm(const std::string& path, std::string_view text, std::vector<Package>& out) {
  auto lock = image::parse_object(text, path);
  if (!lock) return;
  if (!lock->contains("packages")) {
    if (lock->contains("dependencies")) add_dependencies(path, (*lock)["dependencies"], out);
    return;
  }
  constexpr std::string_view kFolder = "node_modules/";
  if (!(*lock)["packages"].is_object()) return;
  for (const auto& [place, package] : (*lock)["packages"].items()) {
    size_t folder = place.rfind(kFolder);
    bool versioned = package.is_object() && package.contains("version") && package["version"].is_string();
    if (folder == std::string::npos || !versioned) continue;  // the project itself, a link
    std::string name = place.substr(folder + kFolder.size());
    if (package.contains("name") && package["name"].is_string()) name = package["name"].get<std::string>();
    out.push_back({Package::Kind::npm, name, package["version"].get<std::string>(), "", "", path});
  }
}

// The value of NAME=value or NAME="value".
std::string release_field(std::string_view text, std::string_view name) {
  for (std::string_view line : split(text, '\n')) {
    if (!line.starts_with(name) || line.substr(name.size(), 1) != "=") continue;
    std::string_view value = trim(line.substr(name.size() + 1));
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\''))
      value = value.substr(1, value.size() - 2);
    return std::string(value);
  }
  return {};
}

Status read_layer(store::Store& store, const image::Descriptor& layer, TellingFiles& files,
                  const std::stop_token& stop) {
  TB_LET(UniqueFd fd, store.blobs().open(layer.digest));
  TB_LET(archive::TarReader reader, archive::TarReader::open(fd.get()));
  files.begin_layer();
  while (true) {
    if (stop.stop_requested()) return Error::make(Code::cancelled, "stopped");
    TB_LET(std::optional<archive::Entry> entry, reader.next());
    if (!entry) return {};
    if (entry->type == archive::EntryType::file && TellingFiles::is_wanted(entry->path)) {
      TB_LET(std::string text, reader.read_all(kLargestText), "while reading {}", entry->path);
      files.add(entry->path, std::move(text));
    } else {
      files.pass(entry->path, entry->type == archive::EntryType::directory);
    }
  }
}

}  // namespace

bool TellingFiles::is_wanted(std::string_view path) {
  return path == kDpkgStatus || path == kApkInstalled || is_python_metadata(path) ||
         has_name(path, kNpmLock) || has_name(path, kHiddenLock) || path == "etc/os-release" ||
         path == "usr/lib/os-release" || (path.starts_with(kDpkgParts) && !path.ends_with(".md5sums"));
}

void TellingFiles::begin_layer() {
  flush();
}

void TellingFiles::flush() {
  for (auto& [path, text] : layer_) below_[path] = std::move(text);
  layer_.clear();
}

void TellingFiles::hide(const std::string& path, bool itself) {
  if (itself) below_.erase(path);
  std::string prefix = path.empty() ? "" : path + "/";
  auto first = below_.lower_bound(prefix), last = first;
  while (last != below_.end() && last->first.starts_with(prefix)) ++last;
  below_.erase(first, last);
}

void TellingFiles::add(const std::string& path, std::string text) {
  layer_[path] = std::move(text);
}

void TellingFiles::pass(const std::string& path, bool is_directory) {
  size_t slash = path.rfind('/');
  std::string directory = slash == std::string::npos ? "" : path.substr(0, slash);
  std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  constexpr std::string_view kWhiteout = archive::kWhiteoutPrefix;
  if (name == archive::kOpaqueMarker)
    hide(directory, false);
  else if (name.starts_with(kWhiteout))
    hide((directory.empty() ? "" : directory + "/") + name.substr(kWhiteout.size()), true);
  else if (!is_directory)
    hide(path, true);
}

Contents TellingFiles::contents() {
  flush();
  Contents out;
  std::vector<Package>& packages = out.packages;
  for (const auto& [path, text] : below_) {
    if (path == kDpkgStatus || path.starts_with(kDpkgParts))
      add_dpkg(path, text, packages);
    else if (path == kApkInstalled)
      add_apk(path, text, packages);
    else if (is_python_metadata(path))
      add_python(path, text, packages);
    else if (has_name(path, kHiddenLock))
      add_npm(path, text, packages);
    else if (has_name(path, kNpmLock) &&  // the hidden one knows what was really installed
             !below_.contains(path.substr(0, path.size() - std::strlen(kNpmLock)) + kHiddenLock))
      add_npm(path, text, packages);
  }
  std::sort(packages.begin(), packages.end());
  packages.erase(std::unique(packages.begin(), packages.end()), packages.end());
  for (const char* release : {"etc/os-release", "usr/lib/os-release"})
    if (auto text = below_.find(release); text != below_.end() && out.distribution.empty()) {
      out.distribution = release_field(text->second, "ID");
      out.release = release_field(text->second, "VERSION_ID");
    }
  return out;
}

Result<Contents> contents_of(store::Store& store, const image::Manifest& manifest, std::stop_token stop) {
  TellingFiles files;
  for (const image::Descriptor& layer : manifest.layers)
    TB_TRY(read_layer(store, layer, files, stop), "while looking for packages in layer {}",
           layer.digest.short_hex());
  return files.contents();
}

}  // namespace tierbuild::attest
