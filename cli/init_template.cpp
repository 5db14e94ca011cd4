#include "cli/init_template.hpp"

#include "base/strings.hpp"
#include "cli/init_service.hpp"
#include "cli/verb.hpp"
#include "import/lua_text.hpp"

namespace tierbuild::cli {
namespace {

std::string tier_text(const Repository& repository, const TierPlan& plan, const PlannedTier& tier) {
  std::string out = fmt::format("local {} = tier {} {{\n", tier.variable, lua_quote(tier.name));
  std::string subtract;
  if (tier.below) {
    out += fmt::format("  from = {},\n", plan.tiers[*tier.below].variable);
    for (auto below = tier.below; below && subtract.empty(); below = plan.tiers[*below].below)
      if (!plan.tiers[*below].requirements.empty())
        subtract = fmt::format(", {{ subtract = {} }}", plan.tiers[*below].variable);
  } else {
    const char* why = "";
    if (tier.is_guess)
      why = tier.base.starts_with("python:") && !repository.python_guessed ? "  -- from .python-version"
                                                                           : "  -- guessed";
    out += fmt::format("  from = {},{}\n", tier.base == "scratch" ? "image.scratch()" : lua_quote(tier.base),
                       why);
  }
  if (!tier.apt.empty()) out += fmt::format("  apt = {},\n", lua_list(tier.apt, 2));
  if (!tier.workdir.empty()) out += fmt::format("  workdir = {},\n", lua_quote(tier.workdir));
  if (!tier.env.empty()) out += fmt::format("  env = {},\n", lua_table(tier.env, 2));
  if (!tier.requirements.empty())
    out += fmt::format("  pip = python.requirements({}{}),\n", lua_quote(tier.requirements), subtract);
  return out + "}\n";
}

std::string left_out_text(const std::vector<std::string>& lines) {
  if (lines.empty()) return {};
  std::string out =
      "--\n-- Not carried over; what it does belongs into `apt`, `pip`, `steps` or `labels` of a tier or "
      "service:\n";
  for (const std::string& line : lines) out += lua_comment_item(line);
  return out;
}

std::string make_text(const std::vector<std::string>& targets) {
  if (targets.empty()) return {};
  std::string out = "\n-- Targets of the Makefile that could be tasks; `tierbuild NAME` runs one.\n";
  for (const std::string& target : targets) {
    std::string name = find_verb(target) != nullptr ? "make-" + target : target;
    out += fmt::format("-- task {} {{ run = {{ 'make', {}, ARGV }} }}\n", lua_quote(name), lua_quote(target));
  }
  return out;
}

std::string example_text(const Repository& repository) {
  return fmt::format(
      "\n-- Nothing was recognised (requirements.txt, pyproject.toml, package.json, Dockerfile), so this is "
      "an\n"
      "-- example to change.\n"
      "service {} {{\n"
      "  from = 'debian:12-slim',\n"
      "  cmd = {{ 'echo', 'hello' }},\n"
      "}}\n",
      lua_quote(repository.name));
}

}  // namespace

std::string first_buildfile(const Repository& repository, const std::filesystem::path& root) {
  TierPlan plan = plan_tiers(repository);
  std::vector<std::string> left_out = repository.left_out;
  std::string services;
  for (size_t i = 0; i < repository.components.size(); ++i)
    services += "\n" + service_text(repository, plan, i, root, left_out);

  std::string out =
      "-- What this repository builds. `tierbuild init` wrote the first version from what it found;\n"
      "-- `tierbuild plan` shows what it does, `tierbuild build` does it.\n";
  out += left_out_text(left_out);
  out += fmt::format("workspace {} {{}}\n\n", lua_quote(repository.name));
  out +=
      "-- Where images are pushed to; without it they stay in the local store.\n"
      "-- registry 'ghcr.io/acme' {}\n";
  if (!plan.tiers.empty()) out += "\n-- What services share is built once and stands below all of them.\n";
  for (size_t i = 0; i < plan.tiers.size(); ++i)
    out += (i == 0 ? "" : "\n") + tier_text(repository, plan, plan.tiers[i]);
  out += repository.components.empty() ? example_text(repository) : services;
  return out + make_text(repository.make_targets);
}

}  // namespace tierbuild::cli
