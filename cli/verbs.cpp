#include "cli/verb.hpp"

namespace tierbuild::cli {
namespace {

constexpr const char* kSelectors =
    "SEL selects targets: NAME, tier:*, service:*, a group, //path/..., +X (with what X needs), X+ (with\n"
    "what needs X), -X (without). Without any: the group `default`, else all services and their tiers.";

constexpr const char* kBuild =
    "SEL selects targets: NAME, tier:*, service:*, a group, //path/..., +X (with what X needs), X+ (with\n"
    "what needs X), -X (without). Without any: the group `default`, else all services and their tiers.\n\n"
    "With -f Dockerfile there is no Buildfile: the word is the context, else it is the current directory, "
    "and\n"
    "what is built is a service of the context's name. -f - reads the Dockerfile from standard input.\n"
    "A context may be a repository, https://host/repo.git#REF:DIRECTORY, or a tar or Dockerfile at a URL or, "
    "as\n"
    "-, on standard input; then -f is not needed, and names a file in it.\n"
    "With -f compose.yaml or -f docker-bake.json, SEL are services, targets and groups of these files; -f "
    "DIR\n"
    "stands for those that `docker buildx bake` would read there. --print shows what it would show.";

constexpr const char* kChanged =
    "Compares the work tree, with all that is not committed, with the merge base of REF and HEAD, as `git "
    "diff\n"
    "REF...` does. What is compared is what keys are made from: the Buildfile as evaluated then and now with "
    "the\n"
    "same --arg, the lock file, and every file that a step reads, ignored by git or not. CHANGE is new, "
    "changed,\n"
    "config (the layers are the same, the image is not) or deleted. A target that stands on a changed one "
    "has\n"
    "changed. Without SEL, all targets. `build`, `plan`, `push` and `lint` take --since, too.";

constexpr const char* kInspect =
    "REF is a target of the last build, a name in the store, oci:PATH (a layout or tar), or an image in a\n"
    "registry. Of an image in a registry, what refers to it is listed: signatures, lists of packages, "
    "provenance.";

constexpr const char* kLogin =
    "Asks the registry whether it accepts the login, and saves nothing if it does not. An identity token is "
    "saved\n"
    "in place of the password where the registry gives one. The file is $REGISTRY_AUTH_FILE, else\n"
    "$DOCKER_CONFIG/config.json, else ~/.docker/config.json; if it names a credential helper "
    "(`credHelpers`,\n"
    "`credsStore`), the helper keeps the login. Without HOST: docker.io. CAs of the host (*.crt) and a "
    "certificate\n"
    "to show it (*.cert, *.key) are taken from HOST below $TIERBUILD_CERTS, ~/.config/containers/certs.d,\n"
    "~/.config/docker/certs.d, /etc/containers/certs.d or /etc/docker/certs.d.";

constexpr const char* kPush =
    "All blobs and manifests are sent before the first tag moves. Every platform that a target declares is\n"
    "built and pushed, as an index; with --merge only this machine's, beside what its tags have for others.\n"
    "What --sbom, --provenance and --sign make refers to the images and is pushed before them.\n\n"
    "With --release the images become one release: an index under the tag `current` in the repository\n"
    "`releases` of their registry lists them all, and its move is the moment of the release. Interrupted\n"
    "before, a push has changed no tag; after, the next push or rollback ends it. Without SEL: the group\n"
    "`default`, else all services and their tiers.";

constexpr const char* kProbe =
    "Starts the image's own command in a network of its own and runs its healthcheck beside it. Failures "
    "count\n"
    "after its `start` time, at the earliest after one interval; until then it is tried every second. The\n"
    "output of the command and of a failed check goes to standard error. The command is ended afterwards.";

constexpr std::array kVerbs{
    VerbEntry{"build", Group::images, "build targets, a Dockerfile, or compose and bake files", kBuild,
              "tierbuild build  everything that is usually wanted\n"
              "tierbuild build discord --push  one service, and send it to its registry\n"
              "tierbuild build -k -j4 'service:*'  all services, going on after failures\n"
              "tierbuild build api -o type=docker,dest=api.tar  a file for `docker load`\n"
              "tierbuild build -f Dockerfile -t web:1 --build-arg V=2 .  a Dockerfile, as docker builds it\n"
              "tierbuild build -f compose.yaml -f compose.prod.yaml web  a service, the second file above "
              "the first",
              make_build},
    VerbEntry{"plan", Group::images, "what would run, be reused and be pushed, why, and how long it takes",
              kSelectors,
              "tierbuild plan  before a build\n"
              "tierbuild plan --json discord  for a program",
              make_plan},
    VerbEntry{"changed", Group::images, "targets that differ from those of a commit, and why", kChanged,
              "tierbuild changed --since origin/main  what a branch has changed\n"
              "tierbuild changed --since HEAD~1 --names | xargs tierbuild build  the same as build --since\n"
              "tierbuild changed --since v1.2 --json 'service:*'  for a program",
              make_changed},
    VerbEntry{
        "why", Group::images, "why each step of a target would run, or ran in the last build",
        "Compares every step, and the image itself, with what they were when the target was last built:\n"
        "files, requirements, packages, scripts and fields, with the line that says so. When nothing would\n"
        "run, tells why steps ran the last time.",
        "tierbuild why discord  before a build, and after one\n"
        "tierbuild why discord --last  the reasons of the last build\n"
        "tierbuild why --json discord  for a program",
        make_why},
    VerbEntry{"run", Group::images, "build a target and run its image here",
              "CMD replaces the image's command; its entrypoint stays unless --entrypoint is given.",
              "tierbuild run api  the image's own command\n"
              "tierbuild run api -e DEBUG=1 -- python -m api --check  another command",
              make_run},
    VerbEntry{"shell", Group::images, "build a target and open a shell in its image",
              "What is done inside is thrown away at the end. WORDS go to the shell.",
              "tierbuild shell api  look around\n"
              "tierbuild shell api -- -c 'ls /app'  one line of shell",
              make_shell},
    VerbEntry{"probe", Group::images, "build a target, start its image and wait until it is healthy", kProbe,
              "tierbuild probe api  exit status 0 if it becomes healthy, 1 if not\n"
              "tierbuild probe api --host-network  with the services of this host in reach",
              make_probe},
    VerbEntry{"graph", Group::images, "how the targets stand on each other", kSelectors,
              "tierbuild graph  a tree\n"
              "tierbuild graph --format dot | dot -Tsvg  a picture",
              make_graph},
    VerbEntry{"push", Group::registry, "build, then send images to their registries", kPush,
              "tierbuild push 'service:*'  every service\n"
              "tierbuild push --release 2024-05-01  all of them, as one release\n"
              "tierbuild push --merge --platform linux/arm64 web  on each native machine its own\n"
              "tierbuild push web --sbom --provenance --sign cosign.key  with what others ask for\n"
              "tierbuild push api -t ghcr.io/acme/api:test  under another name",
              make_push},
    VerbEntry{"releases", Group::registry, "the releases in the registries of the Buildfile", "",
              "tierbuild releases  newest first; `*` is the current one", make_releases},
    VerbEntry{"rollback", Group::registry, "make an earlier release the current one again",
              "Moves all tags that the release lists to the digests that it lists. Builds nothing.",
              "tierbuild rollback 2024-05-01  after `tierbuild releases`", make_rollback},
    VerbEntry{"pull", Group::registry, "bring an image into the store", "",
              "tierbuild pull python:3.12-slim  from Docker Hub", make_pull},
    VerbEntry{"login", Group::registry, "save the login of a registry", kLogin,
              "tierbuild login ghcr.io  asks for user and password\n"
              "tierbuild login -u ann --password-stdin ghcr.io < token  in CI",
              make_login},
    VerbEntry{"logout", Group::registry, "forget the login of a registry",
              "Removes what `login` saves, from the same file or helper. Without HOST: docker.io.",
              "tierbuild logout ghcr.io  the next request is anonymous", make_logout},
    VerbEntry{
        "inspect", Group::registry, "manifest, config, layers and history of an image", kInspect,
        "tierbuild inspect api  a target as last built\n"
        "tierbuild inspect --json docker.io/library/debian:12  in a registry\n"
        "tierbuild inspect --verify cosign.pub ghcr.io/acme/web:1.2  fails unless the key has signed it",
        make_inspect},
    VerbEntry{
        "lint", Group::project, "check the workspace, and what its images hold, with rules",
        "Without SEL, all targets. `lint {…}` in the Buildfile sets the levels, `lint.rule` adds rules. A\n"
        "comment allows one finding, in its line or the next: `-- tierbuild: allow RULE reason` in Lua,\n"
        "`# tierbuild: allow RULE reason` in requirements. What needs an image that is not built is told in\n"
        "a note. A verb of its own: `build` does not run it. Ends with 3 if errors were found.",
        "tierbuild lint  everything\n"
        "tierbuild lint --fix 'service:*'  drop duplicated requirements, pin to what is installed\n"
        "tierbuild lint --sarif > lint.sarif  for code scanning\n"
        "tierbuild lint --rules  the rules and why they are there",
        make_lint},
    VerbEntry{
        "lock", Group::project, "pin base tags to digests and fetches to SHA-256 in tierbuild.lock",
        "Adds what the lock file beside the Buildfile lacks and drops what nothing uses, for every\n"
        "declared platform. A digest is that of the whole index, so it covers them all. What is locked\n"
        "wins over tags that the store remembers, and --pull leaves it alone. A NAME is a base image\n"
        "or the URL of a fetch.",
        "tierbuild lock  after a base or a fetch was added\n"
        "tierbuild lock --update python:3.12-slim  take what the tag points at now\n"
        "tierbuild lock --check  in CI; build, plan and push --locked check the same",
        make_lock},
    VerbEntry{"tasks", Group::project, "the tasks of the Buildfile",
              "A task is run by its name: tierbuild TASK [--ARG VALUE…] [-- ARGS].",
              "tierbuild tasks  names and what they do\n"
              "tierbuild test -- -k smoke  runs the task `test` with arguments",
              make_tasks},
    VerbEntry{"export", Group::project, "write the files that are generated from the Buildfile",
              "NAME is a format (github, gitlab, compose, dockerfile, bake), PATH a file that the Buildfile "
              "declares. Without "
              "any, all\n"
              "declared ones are written. A format that is not declared is written to its usual path.",
              "tierbuild export  all that export.… declares\n"
              "tierbuild export --check  in CI: fails if one is stale\n"
              "tierbuild export compose --print  only show a compose file of the services",
              make_export},
    VerbEntry{
        "init", Group::project, "write a first Buildfile.lua for this repository",
        "Looks at Dockerfiles, compose files, requirements, pyproject.toml and package.json in the root and "
        "four\n"
        "directories deep. Writes nothing over a file that exists, and lists what it could not carry over.",
        "tierbuild init  here\n"
        "tierbuild init -C ../shop --print  only show what would be written",
        make_init},
    VerbEntry{
        "import", Group::project, "write a Buildfile.lua that builds what other files build",
        "FILE is a Dockerfile, a compose file or a bake file in JSON; several compose and bake files "
        "are laid\n"
        "above each other. Without any, those that `docker buildx bake` would read here, else the "
        "Dockerfile.\n"
        "Dockerfiles become fields and steps that give the same images: what several begin with is a "
        "tier,\n"
        "requirements that several include are installed once, and base images are asked for their "
        "config.\n"
        "A target that the language has no words for stays on its Dockerfile; that, and what else could "
        "not\n"
        "be carried over, is listed at the top.",
        "tierbuild import compose.yaml  here\n"
        "tierbuild import --print web/Dockerfile api/Dockerfile  only show what would be written\n"
        "tierbuild import --keep-dockerfiles  name the Dockerfiles, to move one service at a time",
        make_import},
    VerbEntry{
        "explain", Group::project, "which line set each field of a target",
        "Through rules, defaults, the workspace and the tiers below, with what each value stands above.",
        "tierbuild explain web  every field\n"
        "tierbuild explain web env  only the environment\n"
        "tierbuild explain --json web  for a program",
        make_explain},
    VerbEntry{
        "lsp", Group::project, "write stubs and settings for an editor",
        "For lua-language-server: the language and the rules of this workspace as .luals/tierbuild.lua, and\n"
        "its settings as .luarc.json in the root of the workspace. Settings of one's own are kept.",
        "tierbuild lsp  after a rule was changed\n"
        "tierbuild lsp --check  in CI, where the files are committed",
        make_lsp},
    VerbEntry{"df", Group::host, "what the store takes on disk", "", "tierbuild df  a table", make_df},
    VerbEntry{"prune", Group::host, "remove what no image needs any more",
              "What another tierbuild process is using stays.",
              "tierbuild prune -n  only say what would go\n"
              "tierbuild prune --keep 20GB  the least recently used first",
              make_prune},
    VerbEntry{"verify", Group::host, "check every byte and record of the store",
              "With --repair, what is damaged is dropped and made anew by the next build.",
              "tierbuild verify --repair  check and mend", make_verify},
    VerbEntry{"doctor", Group::host, "check this host, the store and the registry logins", "",
              "tierbuild doctor  with the command that mends each problem", make_doctor},
    VerbEntry{"completion", Group::host, "completion script for bash, zsh or fish", "",
              "source <(tierbuild completion bash)  in ~/.bashrc\n"
              "tierbuild completion fish > ~/.config/fish/completions/tierbuild.fish  for fish",
              make_completion},
    VerbEntry{"help", Group::host, "this overview, or the help of a verb", "",
              "tierbuild help build  the same as tierbuild build --help\n"
              "tierbuild help --markdown  the reference as one page",
              make_help},
    VerbEntry{"__complete", Group::hidden, "candidates for the last word", "", "", make_complete},
};

}  // namespace

std::span<const VerbEntry> verbs() {
  return kVerbs;
}

const VerbEntry* find_verb(std::string_view name) {
  for (const VerbEntry& entry : kVerbs)
    if (name == entry.name) return &entry;
  return nullptr;
}

std::vector<std::string> verb_names() {
  std::vector<std::string> names;
  for (const VerbEntry& entry : kVerbs)
    if (entry.group != Group::hidden) names.emplace_back(entry.name);
  return names;
}

}  // namespace tierbuild::cli
