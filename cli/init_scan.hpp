// What a repository holds that could become tiers and services.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cli/dockerfile_facts.hpp"

namespace tierbuild::cli {

enum class ComponentKind { python_requirements, python_project, node, dockerfile };

/// Paths are relative to the root of the repository; empty: the root itself.
struct Component {
  ComponentKind kind = ComponentKind::dockerfile;
  std::string name;  // of the service
  std::string directory;
  std::string dockerfile;    // empty: there is none
  std::string context;       // that the sources of the Dockerfile are relative to
  std::string requirements;  // python_requirements: the file
  std::string image;         // from the compose file
  DockerFacts facts;         // those of the compose file and of guesses included
  std::string cmd_source;    // where facts.cmd was found: "Dockerfile", "main.py"
  bool has_lock = false;     // node: package-lock.json
};

struct Repository {
  std::string name;
  std::string python = "3.12";
  bool python_guessed = true;
  std::vector<Component> components;
  /// Requirements files → those that they include with `-r`, all relative to the root.
  std::map<std::string, std::vector<std::string>> includes;
  std::vector<std::string> make_targets;
  std::vector<std::string> left_out;  // lines for people: what was seen and not taken
};

/// Looks into the root and four directories deep. What cannot be read is left out; equal repositories give
/// equal results.
Repository scan_repository(const std::filesystem::path& root);

/// A directory's name as the name of a target: lower case, digits, `-`, `_` and `.`.
std::string target_name(const std::string& text);

}  // namespace tierbuild::cli
