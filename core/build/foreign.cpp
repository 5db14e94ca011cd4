#include "build/foreign.hpp"

#include <sched.h>
#include <sys/mount.h>
#include <sys/utsname.h>

#include <thread>

#include "base/strings.hpp"
#include "fs/file.hpp"

namespace tierbuild::build {
namespace {

constexpr const char* kHandlers = "/proc/sys/fs/binfmt_misc";
constexpr const char* kInstall = "apt install qemu-user-static binfmt-support";

/// What the header of an ELF program says of its machine.
struct Machine {
  std::string_view architecture;
  char bits;   // 1: 32, 2: 64
  char order;  // 1: little endian, 2: big endian
  uint16_t number;
};
constexpr std::array kMachines{
    Machine{"386", 1, 1, 3},      Machine{"amd64", 2, 1, 62},    Machine{"arm", 1, 1, 40},
    Machine{"arm64", 2, 1, 183},  Machine{"riscv64", 2, 1, 243}, Machine{"ppc64le", 2, 1, 21},
    Machine{"ppc64", 2, 2, 21},   Machine{"s390x", 2, 2, 22},    Machine{"loong64", 2, 1, 258},
    Machine{"mips64le", 2, 1, 8}, Machine{"mips64", 2, 2, 8},    Machine{"mipsle", 1, 1, 8},
    Machine{"mips", 1, 2, 8},
};

// The first bytes of a program that is linked to fixed addresses.
std::string header_of(const Machine& machine) {
  std::string header =
      "\x7f"
      "ELF";
  header += machine.bits;
  header += machine.order;
  header += '\1';
  header.resize(16, '\0');
  auto number = [&](uint16_t value) {
    char low = static_cast<char>(value & 0xff), high = static_cast<char>(value >> 8);
    header += machine.order == 1 ? low : high;
    header += machine.order == 1 ? high : low;
  };
  number(2);
  number(machine.number);
  return header;
}

std::string bytes_of(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::strtoul(std::string(hex.substr(i, 2)).c_str(), nullptr, 16));
  return bytes;
}

/// One entry of binfmt_misc.
struct Handler {
  std::string name, interpreter, flags, magic, mask;
  size_t offset = 0;
  bool enabled = false;

  bool takes(const std::string& header) const {
    if (!enabled || magic.empty() || offset + magic.size() > header.size()) return false;
    for (size_t i = 0; i < magic.size(); ++i) {
      char keep = i < mask.size() ? mask[i] : '\xff';
      if ((header[offset + i] & keep) != (magic[i] & keep)) return false;
    }
    return true;
  }
};

Handler parse_handler(std::string name, std::string_view text) {
  Handler handler;
  handler.name = std::move(name);
  for (std::string_view line : split(text, '\n')) {
    size_t blank = std::min(line.find(' '), line.size());
    std::string_view word = line.substr(0, blank), value = trim(line.substr(blank));
    if (word == "enabled") handler.enabled = true;
    if (word == "interpreter") handler.interpreter = value;
    if (word == "flags:") handler.flags = value;
    if (word == "offset") handler.offset = std::strtoul(std::string(value).c_str(), nullptr, 10);
    if (word == "magic") handler.magic = bytes_of(value);
    if (word == "mask") handler.mask = bytes_of(value);
  }
  return handler;
}

std::vector<Handler> handlers_in(const std::filesystem::path& directory) {
  std::vector<Handler> handlers;
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(directory, failure)) {
    std::string name = entry.path().filename().string();
    if (name == "status" || name == "register") continue;
    if (auto text = fs::read_file(entry.path())) handlers.push_back(parse_handler(std::move(name), *text));
  }
  return handlers;
}

// Handlers work where their directory is not mounted, too, as in containers: a thread looks at it in a mount
// namespace of its own, which ends with it.
std::vector<Handler> handlers_of_kernel() {
  std::vector<Handler> handlers;
  std::thread([&] {
    bool hidden = !std::filesystem::exists(std::filesystem::path(kHandlers) / "status");
    if (hidden && ::unshare(CLONE_NEWNS) == 0 &&
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0)
      std::ignore = ::mount("binfmt_misc", kHandlers, "binfmt_misc", 0, nullptr);
    handlers = handlers_in(kHandlers);
  }).join();
  return handlers;
}

Status check(const image::Platform& platform, const std::vector<Handler>& handlers) {
  auto machine = std::find_if(kMachines.begin(), kMachines.end(),
                              [&](const Machine& one) { return one.architecture == platform.architecture; });
  const Handler* without_flag = nullptr;
  if (machine != kMachines.end() && platform.os == "linux")
    for (const Handler& handler : handlers) {
      if (!handler.takes(header_of(*machine))) continue;
      if (handler.flags.find('F') != std::string::npos) return {};
      without_flag = &handler;
    }
  std::string instead =
      fmt::format("or build for this machine alone: --platform {}", image::Platform::host().str());
  if (without_flag != nullptr)
    return Error::make(
               Code::host_lacks,
               "this host cannot run programs for {} in images: its handler '{}' lacks the flag F, so "
               "each image would need {}",
               platform.str(), without_flag->name, without_flag->interpreter)
        .hint(fmt::format("{}, which registers it with that flag; {}", kInstall, instead));
  return Error::make(Code::host_lacks, "this host cannot run programs for {}", platform.str())
      .hint(fmt::format("{}; {}", kInstall, instead));
}

bool is_native(const image::Platform& platform) {
  const image::Platform host = image::Platform::host();
  bool smaller = host.architecture == "amd64" && platform.architecture == "386";
  return platform.os == host.os && (platform.architecture == host.architecture || smaller);
}

}  // namespace

Status can_run(const image::Platform& platform, const std::filesystem::path& handlers) {
  return is_native(platform) ? Status() : check(platform, handlers_in(handlers));
}

Status can_run(const image::Platform& platform) {
  return is_native(platform) ? Status() : check(platform, handlers_of_kernel());
}

bool runs_programs(const graph::Operation& op) {
  if (std::holds_alternative<graph::Run>(op)) return true;
  const auto* base = std::get_if<graph::Base>(&op);
  return base != nullptr && base->kind == graph::Base::Kind::debian;
}

}  // namespace tierbuild::build
