// A git work tree for one test, made by the git program.
#pragma once

#include "base/strings.hpp"
#include "base/subprocess.hpp"
#include "git/repository.hpp"
#include "support/temp.hpp"

namespace tierbuild::test {

/// Runs git in a directory without the configuration of this machine.
inline Completed try_git(const std::filesystem::path& directory, const std::vector<std::string>& arguments,
                         const std::vector<std::string>& env = {}) {
  Command command{.argv = {"git"},
                  .extra_env = {"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
                                "GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=A",
                                "GIT_COMMITTER_EMAIL=a@example.org"},
                  .cwd = directory.string(),
                  .input = {}};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.extra_env.insert(command.extra_env.end(), env.begin(), env.end());
  Result<Completed> done = run_command(command);
  REQUIRE_OK(done);
  return std::move(*done);
}

/// Runs git and gives what it prints.
inline std::string run_git(const std::filesystem::path& directory, const std::vector<std::string>& arguments,
                           const std::vector<std::string>& env = {}) {
  Completed done = try_git(directory, arguments, env);
  INFO("git " << join(arguments, " ") << ": " << done.err);
  REQUIRE(done.exit_code == 0);
  return std::string(trim(done.out));
}

/// A work tree with one commit on `main`.
struct Work {
  Temp temp;
  Work() {
    git({"init", "-q", "-b", "main"});
    temp.write("a.txt", "one\n");
    temp.write("src/lib/b.txt", "two\n");
    commit("first");
  }
  std::string git(const std::vector<std::string>& arguments) const { return run_git(temp.path(), arguments); }
  void commit(const std::string& message) const {
    git({"add", "-A"});
    git({"commit", "-q", "--allow-empty", "-m", message});
  }
  git::Repository open() const { return open(temp.path()); }
  static git::Repository open(const std::filesystem::path& path) {
    Result<std::optional<git::Repository>> found = git::Repository::discover(path);
    REQUIRE_OK(found);
    REQUIRE(found->has_value());
    return std::move(**found);
  }
  git::Head head() const {
    Result<git::Head> head = open().head();
    REQUIRE_OK(head);
    return *head;
  }
};

}  // namespace tierbuild::test
