// python.exe: the interpreter's name, filled in when the image is known.
#include "bindings/python_work.hpp"

namespace tierbuild::bindings {

// Between record separators, as no name can be; stamps stand between unit separators.
const std::string kPythonExe = "\x1epython\x1e";

std::string with_exe(const std::string& text, const std::string& exe) {
  std::string out = text;
  for (size_t at = out.find(kPythonExe); at != std::string::npos; at = out.find(kPythonExe, at))
    out.replace(at, kPythonExe.size(), exe);
  return out;
}

namespace {

bool has_exe(const std::string& text) {
  return text.find(kPythonExe) != std::string::npos;
}
void fill(std::vector<std::string>& words, const std::string& exe) {
  for (std::string& word : words) word = with_exe(word, exe);
}

}  // namespace

bool has_exe(const project::Step& step) {
  const auto* run = std::get_if<project::RunStep>(&step.op);
  if (run == nullptr) return false;
  return std::any_of(run->argv.begin(), run->argv.end(),
                     [](const std::string& word) { return has_exe(word); }) ||
         std::any_of(run->env.begin(), run->env.end(),
                     [](const auto& entry) { return has_exe(entry.second); });
}

project::StepPtr with_exe(const project::StepPtr& step, const std::string& exe) {
  auto made = std::make_shared<project::Step>(*step);
  auto& run = std::get<project::RunStep>(made->op);
  fill(run.argv, exe);
  for (auto& [name, value] : run.env) value = with_exe(value, exe);
  return made;
}

void fill_exe(graph::ConfigPatch& config, const std::string& exe) {
  if (config.cmd) fill(*config.cmd, exe);
  if (config.entrypoint) fill(*config.entrypoint, exe);
  if (config.healthcheck) fill(config.healthcheck->test, exe);
  for (auto* values : {&config.env, &config.labels, &config.annotations})
    for (auto& [name, value] : *values) value = with_exe(value, exe);
}

}  // namespace tierbuild::bindings
