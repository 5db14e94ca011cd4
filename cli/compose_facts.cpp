#include "cli/compose_facts.hpp"

#include "base/strings.hpp"
#include "cli/dockerfile_lines.hpp"
#include "document/node.hpp"

namespace tierbuild::cli {
namespace {

using document::Node;

std::string text_of(const Node* node) {
  return node != nullptr && node->is_scalar() ? node->text : std::string();
}

bool is_fixed(const std::string& text) {
  return text.find('$') == std::string::npos;
}

// "8080:8000", "127.0.0.1:53:53/udp", 8000, { target: 8000 }
std::string container_port(const Node& node) {
  std::string text = text_of(node.is_map() ? node.find("target") : &node);
  if (node.is_map() && text_of(node.find("protocol")) == "udp") text += "/udp";
  text = text.substr(text.rfind(':') + 1);
  if (text.ends_with("/tcp")) text.resize(text.size() - 4);
  std::string_view number = std::string_view(text).substr(0, text.find('/'));
  int port = number.size() <= 5 && number.find_first_not_of("0123456789") == std::string::npos
                 ? std::atoi(std::string(number).c_str())
                 : 0;
  return port > 0 && port < 65536 ? text : std::string();
}

ComposeService service_of(const std::string& name, const Node& node) {
  ComposeService service;
  service.name = name;
  if (std::string image = text_of(node.find("image")); is_fixed(image)) service.image = image;
  if (const Node* build = node.find("build")) {
    service.is_built = build->is_scalar() || build->is_map();
    service.context = text_of(build->is_map() ? build->find("context") : build);
    if (build->is_map() && service.context.empty()) service.context = ".";
    service.dockerfile = text_of(build->find("dockerfile"));
    service.stage = text_of(build->find("target"));
  }
  if (const Node* ports = node.find("ports"))
    for (const Node& port : ports->items)
      if (std::string text = container_port(port); !text.empty()) service.ports.push_back(text);
  if (const Node* command = node.find("command")) {
    if (is_fixed(text_of(command))) service.command = plain_words(text_of(command));
    for (const Node& word : command->items) service.command.push_back(text_of(&word));
  }
  if (!std::all_of(service.command.begin(), service.command.end(), is_fixed)) service.command.clear();
  return service;
}

}  // namespace

std::vector<ComposeService> read_compose(std::string_view text) {
  std::vector<ComposeService> services;
  auto documents = document::read_yaml(text, "");
  if (!documents || documents->empty()) return {};
  if (const Node* all = documents->front().find("services"))
    for (const document::Member& member : all->members)
      if (member.value.is_map()) services.push_back(service_of(member.name, member.value));
  return services;
}

}  // namespace tierbuild::cli
