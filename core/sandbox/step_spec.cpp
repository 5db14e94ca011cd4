#include "sandbox/step_spec.hpp"

#include <nlohmann/json.hpp>

namespace tierbuild::sandbox {
namespace {

using nlohmann::json;

// JSON strings are Unicode, but paths, arguments and secrets are bytes: each byte travels as the code point
// of its value.
json packed(const std::string& bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (char c : bytes) {
    auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) out += static_cast<char>(0xc0 | byte >> 6);
    out += static_cast<char>(byte < 0x80 ? byte : 0x80 | (byte & 0x3f));
  }
  return out;
}

std::string unpacked(const json& value) {
  const auto& text = value.get_ref<const std::string&>();
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      out += text[i];
      continue;
    }
    if ((byte & 0xfc) != 0xc0) throw std::out_of_range("a character above U+00FF");
    out += static_cast<char>((byte & 3) << 6 | (static_cast<unsigned char>(text.at(++i)) & 0x3f));
  }
  return out;
}

json packed(const std::vector<std::string>& texts) {
  json out = json::array();
  for (const std::string& text : texts) out.push_back(packed(text));
  return out;
}

std::vector<std::string> unpacked_list(const json& value) {
  std::vector<std::string> out;
  for (const json& text : value) out.push_back(unpacked(text));
  return out;
}

template <class E>
E enum_of(const json& value, E last) {
  auto number = value.get<unsigned>();
  if (number > static_cast<unsigned>(last)) throw std::out_of_range("an enumeration");
  return static_cast<E>(number);
}

json to_json(const StepMount& mount) {
  return {{"kind", static_cast<unsigned>(mount.kind)},
          {"target", packed(mount.target)},
          {"source", packed(mount.source)},
          {"layers", packed(mount.layers.layers)},
          {"subpath", packed(mount.layers.subpath)},
          {"read_only", mount.read_only},
          {"size", mount.size},
          {"secret", packed(mount.secret)},
          {"uid", mount.uid},
          {"gid", mount.gid},
          {"mode", mount.mode},
          {"sharing", static_cast<unsigned>(mount.sharing)}};
}

StepMount mount_from(const json& in) {
  StepMount mount;
  mount.kind = enum_of(in.at("kind"), StepMount::Kind::secret);
  mount.target = unpacked(in.at("target"));
  mount.source = unpacked(in.at("source"));
  mount.layers = {unpacked_list(in.at("layers")), unpacked(in.at("subpath"))};
  mount.read_only = in.at("read_only").get<bool>();
  mount.size = in.at("size").get<uint64_t>();
  mount.secret = unpacked(in.at("secret"));
  mount.uid = in.at("uid").get<uint32_t>();
  mount.gid = in.at("gid").get<uint32_t>();
  mount.mode = in.at("mode").get<uint32_t>();
  mount.sharing = enum_of(in.at("sharing"), Sharing::private_);
  return mount;
}

json to_json(const ProbeSpec& probe) {
  return {{"argv", packed(probe.argv)},
          {"interval_ms", probe.interval_ms},
          {"timeout_ms", probe.timeout_ms},
          {"start_ms", probe.start_ms},
          {"retries", probe.retries}};
}

ProbeSpec probe_from(const json& in) {
  return {unpacked_list(in.at("argv")), in.at("interval_ms").get<int64_t>(),
          in.at("timeout_ms").get<int64_t>(), in.at("start_ms").get<int64_t>(),
          in.at("retries").get<uint32_t>()};
}

json to_json(const ProbeReport& report) {
  return {{"verdict", static_cast<unsigned>(report.verdict)},
          {"checks", report.checks},
          {"exit", report.exit_code},
          {"timed_out", report.timed_out},
          {"output", packed(report.output)},
          {"error", packed(report.error)}};
}

ProbeReport probe_report_from(const json& in) {
  return {enum_of(in.at("verdict"), ProbeReport::Verdict::refused),
          in.at("checks").get<uint32_t>(),
          in.at("exit").get<int>(),
          in.at("timed_out").get<bool>(),
          unpacked(in.at("output")),
          unpacked(in.at("error"))};
}

StepSpec spec_from(const json& in) {
  StepSpec spec;
  spec.id = unpacked(in.at("id"));
  spec.scratch = unpacked(in.at("scratch"));
  spec.runtime = unpacked(in.at("runtime"));
  spec.layers = unpacked_list(in.at("layers"));
  spec.layers_root = unpacked(in.at("layers_root"));
  spec.upper = unpacked(in.at("upper"));
  spec.argv = unpacked_list(in.at("argv"));
  spec.env = unpacked_list(in.at("env"));
  spec.cwd = unpacked(in.at("cwd"));
  spec.user = unpacked(in.at("user"));
  spec.hostname = unpacked(in.at("hostname"));
  for (const json& mount : in.at("mounts")) spec.mounts.push_back(mount_from(mount));
  spec.network = in.at("network").get<bool>();
  spec.user_xattr = in.at("user_xattr").get<bool>();
  const json& limits = in.at("limits");
  spec.limits = {limits.at("memory").get<uint64_t>(), limits.at("cpus").get<double>(),
                 limits.at("pids").get<uint64_t>(), limits.at("timeout_ms").get<int64_t>()};
  for (const json& limit : in.at("rlimits"))
    spec.rlimits.push_back(
        {unpacked(limit.at("type")), limit.at("soft").get<uint64_t>(), limit.at("hard").get<uint64_t>()});
  if (in.contains("probe")) spec.probe = probe_from(in.at("probe"));
  return spec;
}

bool has_zero(const std::string& text) {
  return text.find('\0') != std::string::npos;
}

// What an operating system can carry out: names a container may have, texts without zero bytes.
Status check(const StepSpec& spec) {
  constexpr std::string_view kNameCharacters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  if (spec.id.empty() || spec.id.size() > 200 || spec.id.find_first_not_of(kNameCharacters) != spec.id.npos)
    return Error::make(Code::invalid, "'{}' is not a valid id of a step", spec.id);
  if (spec.argv.empty() || spec.argv[0].empty()) return Error(Code::invalid, "the step has no command");
  if (!spec.scratch.starts_with('/')) return Error(Code::invalid, "the scratch directory must be absolute");
  if (std::any_of(spec.argv.begin(), spec.argv.end(), has_zero))
    return Error(Code::invalid, "an argument of the command holds a zero byte");
  if (spec.probe &&
      (spec.probe->argv.empty() || std::any_of(spec.probe->argv.begin(), spec.probe->argv.end(), has_zero)))
    return Error(Code::invalid, "the healthcheck has no command, or one with a zero byte");
  for (const std::string& variable : spec.env)
    if (has_zero(variable) || variable.find('=') == variable.npos || variable.starts_with('='))
      return Error(Code::invalid, "a variable of the environment is not of the form NAME=value");
  for (const std::string* path : {&spec.scratch, &spec.upper, &spec.cwd, &spec.layers_root, &spec.runtime})
    if (has_zero(*path)) return Error(Code::invalid, "a path of the step holds a zero byte");
  for (const StepMount& mount : spec.mounts)
    if (!mount.target.starts_with('/') || has_zero(mount.target) || has_zero(mount.source))
      return Error::make(Code::invalid, "'{}' cannot be mounted on: the target must be an absolute path",
                         mount.target);
  return {};
}

}  // namespace

std::string StepSpec::json() const {
  nlohmann::json out{{"id", packed(id)},
                     {"scratch", packed(scratch)},
                     {"runtime", packed(runtime)},
                     {"layers", packed(layers)},
                     {"layers_root", packed(layers_root)},
                     {"upper", packed(upper)},
                     {"argv", packed(argv)},
                     {"env", packed(env)},
                     {"cwd", packed(cwd)},
                     {"user", packed(user)},
                     {"hostname", packed(hostname)},
                     {"mounts", nlohmann::json::array()},
                     {"network", network},
                     {"user_xattr", user_xattr},
                     {"rlimits", nlohmann::json::array()},
                     {"limits",
                      {{"memory", limits.memory},
                       {"cpus", limits.cpus},
                       {"pids", limits.pids},
                       {"timeout_ms", limits.timeout_ms}}}};
  for (const StepMount& mount : mounts) out["mounts"].push_back(to_json(mount));
  for (const Rlimit& limit : rlimits)
    out["rlimits"].push_back({{"type", packed(limit.type)}, {"soft", limit.soft}, {"hard", limit.hard}});
  if (probe) out["probe"] = to_json(*probe);
  return out.dump();
}

Result<StepSpec> StepSpec::parse(const std::string& json) {
  StepSpec spec;
  try {
    spec = spec_from(nlohmann::json::parse(json));
  } catch (const std::exception& error) {
    return Error::make(Code::invalid, "malformed step: {}", error.what());
  }
  TB_TRY(check(spec));
  return spec;
}

std::string StepReport::json() const {
  nlohmann::json out{{"phase", started ? "run" : "setup"},
                     {"exit", exit_code},
                     {"error", packed(error)},
                     {"oom", out_of_memory},
                     {"mount_points", packed(mount_points)}};
  if (probe) out["probe"] = to_json(*probe);
  return out.dump() + "\n";
}

Result<StepReport> StepReport::parse(const std::string& json) {
  try {
    auto in = nlohmann::json::parse(json);
    StepReport report;
    report.started = in.at("phase").get<std::string>() == "run";
    report.exit_code = in.at("exit").get<int>();
    report.error = unpacked(in.at("error"));
    report.out_of_memory = in.at("oom").get<bool>();
    report.mount_points = unpacked_list(in.at("mount_points"));
    if (in.contains("probe")) report.probe = probe_report_from(in.at("probe"));
    return report;
  } catch (const std::exception& error) {
    return Error::make(Code::invalid, "malformed report of a step: {}", error.what());
  }
}

}  // namespace tierbuild::sandbox
