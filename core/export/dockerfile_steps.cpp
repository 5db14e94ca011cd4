#include "export/dockerfile_steps.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/strings.hpp"
#include "export/dockerfile_text.hpp"

namespace tierbuild::exports {
namespace {

using graph::Mount;
using graph::Node;

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};

std::string joined(const std::string& directory, const std::string& name) {
  return directory.ends_with('/') ? directory + name : directory + "/" + name;
}

std::string flags_of(const graph::CopyItem& item) {
  std::string out;
  const graph::Owner& owner = item.owner;
  if (owner != graph::Owner{}) {
    out += fmt::format(" --chown={}", owner.user.empty() ? std::to_string(owner.uid) : owner.user);
    if (!owner.group.empty() || owner.user.empty())
      out += ":" + (owner.group.empty() ? std::to_string(owner.gid) : owner.group);
  }
  if (item.mode) out += fmt::format(" --chmod={:04o}", *item.mode);
  return out;
}

// Whether RUN takes the script as it is.
bool fits_on_a_line(const std::string& script) {
  return script.find('\n') == std::string::npos && script.find("<<") == std::string::npos &&
         !script.ends_with('\\') && !script.starts_with('[') && !script.starts_with("--") &&
         !script.starts_with('#') && trim(script) == script;
}

}  // namespace

Status StepWriter::step(const Node& node, graph::NodeId id) {
  return std::visit(
      Overloaded{
          [&](const graph::Run& step) -> Status {
            if (step.out.empty()) return run(step, node);
            TB_LET(std::string stage, stages_.of_output(id));
            text_ +=
                fmt::format("COPY --from={} {} /\n", stage, path_words({joined(as_pattern(step.out), "")}));
            return {};
          },
          [&](const graph::Copy& step) { return copy(step, node); },
          [&](const graph::Place& step) { return place(step, node); },
          [&](const graph::MakeDirectory& step) -> Status {
            use(step.owner, step.path);
            return {};
          },
          [&](const graph::AddUser& step) { return add_user(step); },
          [&](const graph::Subtree& step) -> Status {
            TB_LET(std::string stage, stages_.of(step.of));
            text_ += fmt::format("COPY --from={} {}\n", stage, path_words({as_pattern(step.path), step.to}));
            return {};
          },
          [&](const auto&) -> Status {
            return Error::make(Code::invalid, "the step '{}' cannot be said in a Dockerfile", node.label)
                .at(node.where)
                .hint("it has no instruction for the difference of two images");
          },
      },
      node.op);
}

void StepWriter::use(const std::string& user, const std::string& directory) {
  if (user != user_) text_ += fmt::format("USER {}\n", user.empty() ? "0" : user);
  if (directory != directory_) text_ += fmt::format("WORKDIR {}\n", path_words({directory}));
  user_ = user;
  directory_ = directory;
}

std::string StepWriter::take() {
  use("", "/");
  return std::move(text_);
}

// The variables of a command stand in front of it, so that they are of no other.
Status StepWriter::run(const graph::Run& run, const Node& node) {
  use(run.user, run.cwd.empty() ? "/" : run.cwd);
  std::string instruction = "RUN";
  for (const Mount& one : run.mounts) {
    TB_LET(std::string flag, mount(one, run, node));
    instruction += " " + flag;
  }
  if (run.limits != graph::Limits{}) note(node, "its limits are not kept");
  if (run.script) {
    text_ += with_heredoc(instruction, "", run.script->text);
    return {};
  }
  std::string script;
  if (run.argv.size() == 3 && run.argv[0] == "/bin/sh" && run.argv[1] == "-c") {
    for (const auto& [name, value] : run.env)
      script += fmt::format("export {}={}\n", name, shell_quote(value));
    script += run.argv[2];
  } else if (!run.env.empty()) {
    for (const auto& [name, value] : run.env) script += fmt::format("{}={} ", name, shell_quote(value));
    for (const std::string& word : run.argv)
      script += (&word == &run.argv.front() ? "" : " ") + shell_quote(word);
  } else {
    text_ += fmt::format("{} {}\n", instruction, json_argv(run.argv));
    return {};
  }
  text_ += fits_on_a_line(script) ? fmt::format("{} {}\n", instruction, script)
                                  : with_heredoc(instruction, "", script);
  return {};
}

// `from=stage,source=path`, or a path of the context.
Result<std::string> StepWriter::bind(const graph::Source& source, const graph::Run& run, const Node& node) {
  if (const auto* text = std::get_if<graph::TextSource>(&source)) {
    TB_LET(std::string stage, stages_.of_text(text->text));
    return fmt::format(",from={},source=/text", stage);
  }
  if (const auto* stack = std::get_if<graph::StackSource>(&source)) {
    TB_LET(std::string stage, stages_.of(stack->stack));
    return fmt::format(",from={},source={}", stage, stack->path);
  }
  if (const auto* fetch = std::get_if<graph::FetchSource>(&source)) {
    if (std::get<graph::Fetch>(request_.graph[fetch->node].op).unpack) {
      TB_LET(std::string stage, stages_.of_unpacked(fetch->node, run.on));
      return fmt::format(",from={},source=/unpacked", stage);
    }
    TB_LET(std::string stage, stages_.of_fetch(fetch->node));
    return fmt::format(",from={},source=/file", stage);
  }
  const auto& files = std::get<graph::FileSource>(source);
  if (files.include.size() != 1 || !files.exclude.empty())
    note(node, "the whole of the mounted directory is seen");
  return files.strip.empty() ? std::string() : fmt::format(",source={}", files.strip);
}

Result<std::string> StepWriter::mount(const Mount& mount, const graph::Run& run, const Node& node) {
  std::string out;
  auto owned = [&] {
    if (mount.uid != 0) out += fmt::format(",uid={}", mount.uid);
    if (mount.gid != 0) out += fmt::format(",gid={}", mount.gid);
  };
  switch (mount.kind) {
    case Mount::Kind::cache:
      out = fmt::format("type=cache,id={},target={}", mount.id, mount.target);
      if (mount.sharing != graph::Sharing::shared)
        out += mount.sharing == graph::Sharing::locked ? ",sharing=locked" : ",sharing=private";
      if (mount.mode != 0755) out += fmt::format(",mode={:04o}", mount.mode);
      owned();
      if (mount.seeded) {
        TB_LET(std::string from, bind(mount.from, run, node));
        out += from;
      }
      break;
    case Mount::Kind::secret:
      out = fmt::format("type=secret,id={}", mount.id);
      out += mount.env.empty() ? ",target=" + mount.target : ",env=" + mount.env;
      if (mount.required) out += ",required=true";
      owned();
      break;
    case Mount::Kind::bind: {
      TB_LET(std::string from, bind(mount.from, run, node));
      out = fmt::format("type=bind,target={}{}{}", mount.target, from, mount.writable ? ",rw" : "");
      break;
    }
    case Mount::Kind::tmpfs:
      out = "type=tmpfs,target=" + mount.target;
      if (mount.size != 0) out += fmt::format(",size={}", mount.size);
      break;
    case Mount::Kind::ssh:
      out = mount.id.empty() ? "type=ssh" : "type=ssh,id=" + mount.id;
      if (mount.required) out += ",required=true";
      break;
  }
  return "--mount=" + out;
}

Status StepWriter::copy(const graph::Copy& copy, const Node& node) {
  for (const graph::CopyItem& item : copy.items) TB_TRY(copy_item(item, node));
  return {};
}

Status StepWriter::copy_item(const graph::CopyItem& item, const Node& node) {
  std::string flags = flags_of(item);
  if (const auto* text = std::get_if<graph::TextSource>(&item.source)) {
    text_ += with_heredoc("COPY" + (item.mode ? flags : flags + " --chmod=0644"), path_words({item.to}),
                          text->text);
    return {};
  }
  if (const auto* stack = std::get_if<graph::StackSource>(&item.source)) {
    TB_LET(std::string stage, stages_.of(stack->stack));
    text_ +=
        fmt::format("COPY --from={}{} {}\n", stage, flags, path_words({as_pattern(stack->path), item.to}));
    return {};
  }
  if (const auto* files = std::get_if<graph::FileSource>(&item.source))
    return copy_files(*files, item, flags);
  const auto& source = std::get<graph::FetchSource>(item.source);
  const auto& fetch = std::get<graph::Fetch>(request_.graph[source.node].op);
  if (fetch.unpack) {
    if (!flags.empty()) note(node, "owner and mode of what the archive holds are its own");
    return unpack(source.node, item.to);
  }
  text_ += fmt::format("ADD --checksum=sha256:{}{} {}\n", fetch.sha256,
                       item.mode ? flags : flags + " --chmod=0644", path_words({fetch.url, item.to}));
  return {};
}

// A directory as it is, if docker would send just these files; else each file by its name.
Status StepWriter::copy_files(const graph::FileSource& files, const graph::CopyItem& item,
                              const std::string& flags) {
  TB_LET(std::vector<std::string> chosen, request_.files.chosen(files));
  if (chosen.size() == 1 && chosen.front() == files.strip) {
    text_ += fmt::format("COPY{} {}\n", flags, path_words({as_pattern(files.strip), item.to}));
    return {};
  }
  TB_LET(std::vector<std::string> sent, request_.files.sent(files.strip));
  std::string tree_flags = flags;
  if (item.mode) {  // directories may be entered by whoever may read them
    constexpr std::string_view kWho = "ugo";
    tree_flags = tree_flags.substr(0, tree_flags.find(" --chmod")) + " --chmod=";
    for (int i = 0; i < 3; ++i) {
      uint32_t bits = *item.mode >> (6 - 3 * i) & 7;
      tree_flags += fmt::format("{}{}={}{}{}", i == 0 ? "" : ",", kWho[static_cast<size_t>(i)],
                                bits & 4 ? "r" : "", bits & 2 ? "w" : "",
                                bits & 1   ? "x"
                                : bits & 4 ? "X"
                                           : "");
    }
  }
  if (chosen == sent) {
    std::string from = files.strip.empty() ? "." : as_pattern(files.strip);
    text_ += fmt::format("COPY{} {}\n", tree_flags, path_words({from, joined(item.to, "")}));
    return {};
  }
  std::map<std::string, std::vector<std::string>> by_directory;
  for (const std::string& path : chosen) {
    std::string placed = files.strip.empty() ? path : path.substr(files.strip.size() + 1);
    size_t slash = placed.rfind('/');
    by_directory[slash == std::string::npos ? "" : placed.substr(0, slash + 1)].push_back(as_pattern(path));
  }
  for (auto& [directory, paths] : by_directory) {
    paths.push_back(joined(item.to, directory));
    text_ += fmt::format("COPY{} {}\n", flags, path_words(paths));
  }
  return {};
}

Status StepWriter::place(const graph::Place& place, const Node& node) {
  std::string flags;
  if (!place.owner.empty()) flags += " --chown=" + place.owner;
  if (!place.mode.empty()) flags += " --chmod=" + place.mode;
  if (place.link) flags += " --link";
  if (place.parents) flags += " --parents";
  for (const std::string& pattern : place.exclude) flags += " --exclude=" + pattern;
  for (const graph::PlaceItem& item : place.items) {
    std::string verb = item.unpack ? "ADD" : "COPY";
    if (const auto* text = std::get_if<graph::TextSource>(&item.source)) {
      std::string to = place.to.ends_with('/') ? place.to + item.name : place.to;
      text_ += with_heredoc(verb + flags, path_words({to}), text->text);
    } else if (const auto* stack = std::get_if<graph::StackSource>(&item.source)) {
      TB_LET(std::string stage, stages_.of(stack->stack));
      text_ += fmt::format("{} --from={}{} {}\n", verb, stage, flags, path_words({stack->path, place.to}));
    } else if (const auto* fetch = std::get_if<graph::FetchSource>(&item.source)) {
      const auto& op = std::get<graph::Fetch>(request_.graph[fetch->node].op);
      std::string checksum = op.sha256.empty() ? "" : " --checksum=sha256:" + op.sha256;
      text_ += fmt::format("ADD{}{} {}\n", checksum, flags, path_words({op.url, place.to}));
    } else {
      const auto& files = std::get<graph::FileSource>(item.source);
      const graph::Revision& revision = files.revision;
      if (!revision.from.empty() && files.include == std::vector<std::string>{""}) {
        text_ += fmt::format("ADD --checksum={}{} {}\n", revision.commit, flags,
                             path_words({revision.from, place.to}));
        continue;
      }
      std::string below =
          std::filesystem::path(files.root).lexically_relative(request_.project.workspace.root).string();
      if (below == ".") below.clear();
      if (below.starts_with("..")) note(node, "its context is outside of the workspace");
      std::string pattern = files.include.empty() ? "." : files.include.front();
      if (!below.empty()) pattern = joined(below, pattern == "." ? "" : pattern);
      text_ += fmt::format("{}{} {}\n", verb, flags, path_words({pattern, place.to}));
    }
  }
  return {};
}

// ADD drops no leading directories: for that the image must have a tar.
Status StepWriter::unpack(graph::NodeId node, const std::string& to) {
  const auto& fetch = std::get<graph::Fetch>(request_.graph[node].op);
  if (fetch.strip == 0) {
    text_ += fmt::format("ADD --unpack=true --checksum=sha256:{} {}\n", fetch.sha256,
                         path_words({fetch.url, joined(to, "")}));
    return {};
  }
  TB_LET(std::string stage, stages_.of_fetch(node));
  use("", directory_);
  text_ += fmt::format(
      "RUN --mount=type=bind,from={},source=/file,target=/tmp/archive \\\n    mkdir -p {} && tar -xf "
      "/tmp/archive -C {} "
      "--strip-components={}\n",
      stage, shell_quote(to), shell_quote(to), fetch.strip);
  return {};
}

// As the account files are written here: without a program that the image might lack.
Status StepWriter::add_user(const graph::AddUser& user) {
  use("", directory_);
  std::string name = user.name, group = user.group.empty() ? user.name : user.group;
  std::string home = user.home.empty() ? "/home/" + user.name : user.home;
  std::string script = fmt::format("grep -q '^{}:' /etc/passwd && exit 0\n", name);
  if (user.uid)
    script += fmt::format("uid={}\n", *user.uid);
  else
    script += "uid=1000; while cut -d: -f3 /etc/passwd | grep -qx $uid; do uid=$((uid + 1)); done\n";
  script += fmt::format("gid={}\n", user.gid ? std::to_string(*user.gid) : "$uid");
  script += fmt::format(
      "if grep -q '^{0}:' /etc/group; then gid=$(grep '^{0}:' /etc/group | cut -d: -f3); else\n"
      "  echo \"{0}:x:$gid:\" >>/etc/group\n  [ ! -f /etc/gshadow ] || echo '{0}:!::' >>/etc/gshadow\nfi\n",
      group);
  script += fmt::format(
      "echo \"{0}:x:$uid:$gid::{1}:{2}\" >>/etc/passwd\n[ ! -f /etc/shadow ] || echo '{0}:!::0:99999:7:::' "
      ">>/etc/shadow\n[ -e {1} ] || {{ mkdir -p {1} && chown $uid:$gid {1}; }}\n",
      name, home, user.shell.empty() ? "/bin/sh" : user.shell);
  text_ += with_heredoc("RUN", "", script);
  return {};
}

}  // namespace tierbuild::exports
