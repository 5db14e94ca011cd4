// What a repository holds that could become tiers and services.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tierbuild::cli {

enum class ComponentKind { python_requirements, python_project, node, dockerfile };

struct Component {
  ComponentKind kind = ComponentKind::dockerfile;
  std::string name;       // of the service
  std::string directory;  // relative to the root; empty: the root itself
  std::string base;       // image of the last FROM of its Dockerfile, if there is one
  std::vector<int> ports;
  std::vector<std::string> cmd;
  std::string cmd_source;  // where cmd was found: "Dockerfile", "main.py"
  bool has_lock = false;   // node: package-lock.json
};

struct Repository {
  std::string name;
  std::string python = "3.12";
  bool python_guessed = true;
  std::vector<Component> components;
};

/// Looks into the root, services/* and apps/*. What cannot be read is left out.
Repository scan_repository(const std::filesystem::path& root);

/// A directory's name as the name of a target: lower case, digits, `-`, `_` and `.`.
std::string target_name(const std::string& text);

}  // namespace tierbuild::cli
