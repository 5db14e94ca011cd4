#include "project/serialise.hpp"

#include "project/fields.hpp"

namespace tierbuild::project {

std::string serialise(const Project& project) {
  Writer writer;
  writer(project);
  return std::move(writer).take();
}

std::optional<Project> deserialise(std::string_view bytes) {
  Reader reader(bytes);
  std::optional<Project> project(std::in_place);
  reader(*project);
  if (!reader.done()) project.reset();
  return project;
}

}  // namespace tierbuild::project
