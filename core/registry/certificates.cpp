#include "registry/certificates.hpp"

#include <algorithm>

#include "fs/file.hpp"
#include "registry/libcurl.hpp"

namespace tierbuild::registry {
namespace {

namespace stdfs = std::filesystem;

constexpr uint64_t kMaxFile = 16 << 20;

// The file of CAs that this build of libcurl reads by itself.
std::string system_authorities() {
  CURL* easy = curl_easy_init();
  if (easy == nullptr) return {};
  char* path = nullptr;
  const bool known = curl_easy_getinfo(easy, CURLINFO_CAINFO, &path) == CURLE_OK && path != nullptr;
  std::string out = known ? path : "";
  curl_easy_cleanup(easy);
  return out;
}

}  // namespace

std::vector<stdfs::path> certificate_directories(const Environment& environment) {
  std::vector<stdfs::path> out;
  if (auto own = environment.get("TIERBUILD_CERTS"); own && !own->empty()) out.emplace_back(*own);
  stdfs::path config;
  if (auto xdg = environment.get("XDG_CONFIG_HOME"); xdg && !xdg->empty())
    config = *xdg;
  else if (auto home = environment.get("HOME"); home && !home->empty())
    config = stdfs::path(*home) / ".config";
  if (!config.empty())
    for (const char* tool : {"containers", "docker"}) out.push_back(config / tool / "certs.d");
  for (const char* tool : {"containers", "docker"}) out.push_back(stdfs::path("/etc") / tool / "certs.d");
  return out;
}

stdfs::path certificates_of(const std::vector<stdfs::path>& directories, const std::string& host) {
  if (host.empty() || host.front() == '.' || host.find('/') != std::string::npos) return {};
  std::error_code failure;
  for (const stdfs::path& directory : directories)
    if (stdfs::is_directory(directory / host, failure)) return directory / host;
  return {};
}

Result<std::shared_ptr<const HostTrust>> TrustStore::of(const Url& url) {
  std::scoped_lock hold(mutex_);
  const std::string authority = url.authority();
  if (auto found = known_.find(authority); found != known_.end()) return found->second;
  stdfs::path directory = certificates_of(directories_, authority);
  if (directory.empty() && authority == url.host + ":443")
    directory = certificates_of(directories_, url.host);
  std::shared_ptr<const HostTrust> trust;
  if (!directory.empty()) {
    TB_LET(trust, read(directory), "while reading the certificates of {}", authority);
  }
  return known_[authority] = std::move(trust);
}

Result<std::shared_ptr<const HostTrust>> TrustStore::read(const stdfs::path& directory) const {
  std::error_code failure;
  std::vector<stdfs::path> files;
  for (const auto& entry : stdfs::directory_iterator(directory, failure)) files.push_back(entry.path());
  if (failure) return Error::os(failure.value(), "cannot read {}", directory.string());
  std::sort(files.begin(), files.end());

  auto trust = std::make_shared<HostTrust>();
  const std::string others = ca_file_.empty() ? system_authorities() : ca_file_;
  if (auto bytes = fs::read_file(others, kMaxFile); !others.empty() && bytes)
    trust->authorities = *bytes + "\n";
  for (const stdfs::path& file : files) {
    if (file.extension() == ".crt") {
      TB_LET(std::string pem, fs::read_file(file, kMaxFile));
      trust->authorities += pem + "\n";
    }
    if (file.extension() != ".cert" || !trust->certificate.empty()) continue;
    stdfs::path key = file;
    key.replace_extension(".key");
    if (!stdfs::exists(key, failure))
      return Error::make(Code::invalid, "{} has no key: {} is missing", file.string(), key.string())
          .hint("a client certificate is a pair of files, NAME.cert and NAME.key; a CA is named NAME.crt");
    trust->certificate = file;
    trust->key = key;
  }
  return std::shared_ptr<const HostTrust>(std::move(trust));
}

}  // namespace tierbuild::registry
