// Requests to build Dockerfiles as a project: a service each.
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "dockerfile/request.hpp"
#include "project/outside.hpp"
#include "project/project.hpp"

namespace tierbuild::project {

struct RequestWorld {
  std::string root;                // absolute; places in files below it are relative to it
  const Environment& environment;  // gives values to arguments that have none
  Outside& outside;                // brings contexts of the network
};

/// Reads the Dockerfiles and the ignore files. Fails with the place, or the name of the target, for a file
/// that there is not and for what is not supported. What is no part of an image (secrets, outputs, caches,
/// `pull`) is left to the caller.
Result<Project> project_of(const std::vector<dockerfile::Request>& requests, const RequestWorld& world);

/// A name for a target, made of the last part of a path.
std::string target_name_of(const std::string& path);

}  // namespace tierbuild::project
