#include "cli/compose_facts.hpp"

#include <yaml-cpp/yaml.h>

#include "base/strings.hpp"
#include "cli/dockerfile_lines.hpp"

namespace tierbuild::cli {
namespace {

std::string text_of(const YAML::Node& node) {
  return node.IsDefined() && node.IsScalar() ? node.Scalar() : std::string();
}

bool is_fixed(const std::string& text) {
  return text.find('$') == std::string::npos;
}

// "8080:8000", "127.0.0.1:53:53/udp", 8000, { target: 8000 }
std::string container_port(const YAML::Node& node) {
  std::string text = node.IsMap() ? text_of(node["target"]) : text_of(node);
  if (node.IsMap() && text_of(node["protocol"]) == "udp") text += "/udp";
  text = text.substr(text.rfind(':') + 1);
  if (text.ends_with("/tcp")) text.resize(text.size() - 4);
  std::string_view number = std::string_view(text).substr(0, text.find('/'));
  int port = number.size() <= 5 && number.find_first_not_of("0123456789") == std::string::npos
                 ? std::atoi(std::string(number).c_str())
                 : 0;
  return port > 0 && port < 65536 ? text : std::string();
}

ComposeService service_of(const std::string& name, const YAML::Node& node) {
  ComposeService service;
  service.name = name;
  if (std::string image = text_of(node["image"]); is_fixed(image)) service.image = image;
  const YAML::Node build = node["build"];
  service.is_built = build.IsDefined() && (build.IsScalar() || build.IsMap());
  if (build.IsDefined() && build.IsScalar()) service.context = build.Scalar();
  if (build.IsDefined() && build.IsMap()) {
    service.context = text_of(build["context"]);
    if (service.context.empty()) service.context = ".";
    service.dockerfile = text_of(build["dockerfile"]);
    service.stage = text_of(build["target"]);
  }
  if (node["ports"].IsDefined() && node["ports"].IsSequence())
    for (const YAML::Node& port : node["ports"])
      if (std::string text = container_port(port); !text.empty()) service.ports.push_back(text);
  const YAML::Node command = node["command"];
  if (command.IsDefined() && command.IsScalar() && is_fixed(command.Scalar()))
    service.command = plain_words(command.Scalar());
  if (command.IsDefined() && command.IsSequence())
    for (const YAML::Node& word : command) service.command.push_back(text_of(word));
  if (!std::all_of(service.command.begin(), service.command.end(), is_fixed)) service.command.clear();
  return service;
}

}  // namespace

std::vector<ComposeService> read_compose(std::string_view text) {
  std::vector<ComposeService> services;
  try {
    YAML::Node root = YAML::Load(std::string(text));
    if (!root.IsMap() || !root["services"].IsDefined() || !root["services"].IsMap()) return {};
    for (const auto& pair : root["services"])
      if (pair.first.IsScalar() && pair.second.IsMap())
        services.push_back(service_of(pair.first.Scalar(), pair.second));
  } catch (const std::exception&) {
    return {};
  }
  return services;
}

}  // namespace tierbuild::cli
