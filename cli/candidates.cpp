#include "cli/candidates.hpp"

#include "cli/flags.hpp"
#include "cli/options.hpp"
#include "cli/task_arguments.hpp"
#include "cli/verb.hpp"

namespace tierbuild::cli {
namespace {

void add_targets(std::vector<Candidate>& out, const project::Project& project, const std::string& current) {
  bool in_full = current.find(':') != std::string::npos;
  for (const project::TargetDecl& target : project.targets)
    out.push_back({in_full ? target.id() : target.name, target.doc.empty() ? target.id() : target.doc});
  for (const project::GroupDecl& group : project.groups) out.push_back({group.name, "group"});
}

void add_tasks(std::vector<Candidate>& out, const project::Project& project) {
  for (const project::TaskDecl& task : project.tasks)
    if (find_verb(task.name) == nullptr) out.push_back({task.name, task.doc});
}

void add_verbs(std::vector<Candidate>& out) {
  for (const VerbEntry& entry : verbs())
    if (entry.group != Group::hidden) out.push_back({entry.name, entry.summary});
}

void add_words(std::vector<Candidate>& out, WordKind kind, const project::Project* project,
               const std::string& current) {
  switch (kind) {
    case WordKind::selectors:
      if (project != nullptr) add_targets(out, *project, current);
      out.push_back({"tier:*", "all tiers"});
      out.push_back({"service:*", "all services"});
      break;
    case WordKind::target:
      if (project != nullptr) add_targets(out, *project, current);
      break;
    case WordKind::tasks:
      if (project != nullptr) add_tasks(out, *project);
      break;
    case WordKind::verbs:
      add_verbs(out);
      break;
    case WordKind::shells:
      for (const char* shell : {"bash", "zsh", "fish"}) out.push_back({shell, ""});
      break;
    case WordKind::files:
    case WordKind::none:
      break;
  }
}

// After the verb: a value of the flag before it, a flag, or a word.
void add_for(std::vector<Candidate>& out, const FlagSet& flags, const std::vector<std::string>& words,
             const project::Project* project) {
  const std::string& current = words.back();
  size_t equals = current.find('=');
  const Flag* attached = current.starts_with("--") && equals != std::string::npos
                             ? flags.find(current.substr(0, equals))
                             : nullptr;
  if (attached != nullptr) {
    for (const std::string& choice : attached->choices)
      out.push_back({current.substr(0, equals + 1) + choice, ""});
    return;
  }
  const Flag* before = words.size() > 1 ? flags.find(words[words.size() - 2]) : nullptr;
  if (before != nullptr && !before->placeholder.empty()) {
    for (const std::string& choice : before->choices) out.push_back({choice, ""});
    return;
  }
  if (current.starts_with("-")) {
    for (const Flag& flag : flags.flags())
      for (const std::string& name : flag.spellings())
        if (name.starts_with("--") || flag.spellings().size() == 1) out.push_back({name, flag.help});
    out.push_back({"--help", "what the verb takes"});
    return;
  }
  add_words(out, flags.word_spec().kind, project, current);
}

}  // namespace

std::vector<Candidate> candidates(const std::vector<std::string>& words, const project::Project* project) {
  std::vector<Candidate> all;
  if (words.empty()) return all;
  if (words.size() == 1) {
    if (words[0].starts_with("-")) {
      all = {{"--help", "overview"}, {"--version", "the version"}, {"--list", "the tasks"}};
    } else {
      add_verbs(all);
      if (project != nullptr) add_tasks(all, *project);
    }
  } else if (std::find(words.begin(), words.end() - 1, "--") != words.end() - 1) {
    return all;
  } else if (const VerbEntry* entry = find_verb(words[0])) {
    std::unique_ptr<Verb> verb = entry->make();
    FlagSet flags;
    verb->declare(flags);
    add_for(all, flags, words, project);
  } else if (const project::TaskDecl* task = project != nullptr ? project->find_task(words[0]) : nullptr) {
    TaskValues values;
    FlagSet flags;
    declare_task_arguments(flags, *task, values);
    add_for(all, flags, words, project);
  }
  std::erase_if(all, [&](const Candidate& candidate) { return !candidate.word.starts_with(words.back()); });
  return all;
}

}  // namespace tierbuild::cli
