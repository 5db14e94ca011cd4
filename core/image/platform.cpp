#include "image/platform.hpp"

#include <sys/utsname.h>

#include "base/strings.hpp"

namespace tierbuild::image {
namespace {

struct Alias {
  std::string_view name, architecture, variant;
};

// What uname, Debian and docker users call the architectures of Go.
constexpr std::array kAliases{
    Alias{"x86_64", "amd64", ""},    Alias{"x86-64", "amd64", ""},
    Alias{"aarch64", "arm64", ""},   Alias{"i386", "386", ""},
    Alias{"i486", "386", ""},        Alias{"i586", "386", ""},
    Alias{"i686", "386", ""},        Alias{"x86", "386", ""},
    Alias{"armhf", "arm", "v7"},     Alias{"armv7l", "arm", "v7"},
    Alias{"armel", "arm", "v6"},     Alias{"armv6l", "arm", "v6"},
    Alias{"ppc64el", "ppc64le", ""}, Alias{"loongarch64", "loong64", ""},
};

const std::vector<std::string> kArchitectures{"386",     "amd64",   "arm",      "arm64",  "loong64",
                                              "mips",    "mips64",  "mips64le", "mipsle", "ppc64",
                                              "ppc64le", "riscv64", "s390x",    "wasm"};
const std::vector<std::string> kSystems{"linux",  "windows", "darwin", "freebsd",
                                        "netbsd", "openbsd", "wasip1"};

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Error unknown(std::string_view text, std::string_view part, const char* kind,
              const std::vector<std::string>& known) {
  Error error =
      Error::make(Code::invalid, "platform '{}': unknown {} '{}'", printable(text), kind, printable(part));
  if (auto near = suggest(part, known))
    return std::move(error).hint(fmt::format("did you mean '{}'?", *near));
  return std::move(error).hint("write it as linux/amd64, linux/arm64 or linux/arm/v7");
}

}  // namespace

Platform Platform::normalised() const {
  Platform out{lower(os), lower(architecture), lower(variant)};
  for (const Alias& alias : kAliases)
    if (out.architecture == alias.name) {
      out.architecture = alias.architecture;
      if (out.variant.empty()) out.variant = alias.variant;
    }
  if (out.architecture == "arm64" && (out.variant == "v8" || out.variant == "8")) out.variant.clear();
  if (out.architecture == "amd64" && out.variant == "v1") out.variant.clear();
  if (out.architecture == "arm" && out.variant.size() == 1) out.variant = "v" + out.variant;
  return out;
}

Result<Platform> Platform::parse(std::string_view text) {
  constexpr size_t kLongest = 64;
  auto parts = split(text, '/');
  bool malformed = text.size() > kLongest || parts.size() > 3;
  for (std::string_view part : parts) malformed |= part.empty();
  if (malformed)
    return Error::make(Code::invalid, "platform '{}' is not of the form os/architecture[/variant]",
                       printable(text.substr(0, kLongest)))
        .hint("write it as linux/amd64, linux/arm64 or linux/arm/v7");

  Platform platform;
  if (parts.size() > 1) {
    platform.os = parts[0];
    parts.erase(parts.begin());
  }
  platform.architecture = parts[0];
  if (parts.size() > 1) platform.variant = parts[1];
  platform = platform.normalised();
  if (!contains(kSystems, platform.os)) return unknown(text, platform.os, "system", kSystems);
  if (!contains(kArchitectures, platform.architecture))
    return unknown(text, platform.architecture, "architecture", kArchitectures);
  bool plain = std::all_of(platform.variant.begin(), platform.variant.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  });
  if (!plain) return unknown(text, platform.variant, "variant", {"v5", "v6", "v7", "v8"});
  return platform;
}

Platform Platform::host() {
  utsname names{};
  Platform platform;
  if (::uname(&names) == 0) platform.architecture = static_cast<const char*>(names.machine);
  return platform.normalised();
}

bool Platform::matches(const Platform& other) const {
  return os == other.os && architecture == other.architecture &&
         (variant.empty() || other.variant.empty() || variant == other.variant);
}

std::string Platform::str() const {
  return variant.empty() ? fmt::format("{}/{}", os, architecture)
                         : fmt::format("{}/{}/{}", os, architecture, variant);
}

}  // namespace tierbuild::image
