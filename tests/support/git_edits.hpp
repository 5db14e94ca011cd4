// Random edits of a git work tree.
#pragma once

#include <sys/stat.h>

#include <random>

#include "support/git_work.hpp"

namespace tierbuild::test {

/// Edits a work tree at random, as people and programs do.
class Editor {
 public:
  Editor(const Work& work, unsigned seed) : work_(work), random_(seed) {}

  void edit() {
    std::string path = any_path();
    std::filesystem::path file = work_.temp / path;
    std::error_code failure;
    switch (pick(12)) {
      case 0:
      case 1:
      case 2:
        clear_way(path);
        work_.temp.write(path, std::string(1, static_cast<char>('a' + pick(26))));  // often of the same size
        break;
      case 3:
        std::filesystem::remove_all(file, failure);
        break;
      case 4:
        if (std::filesystem::is_regular_file(std::filesystem::symlink_status(file, failure)))
          REQUIRE(::chmod(file.c_str(), pick(2) == 0 ? 0755 : 0640) == 0);
        break;
      case 5:
        clear_way(path);
        std::filesystem::create_directories(file.parent_path());
        std::filesystem::create_symlink(fmt::format("target{}", pick(3)), file);
        break;
      case 6:
        if (std::filesystem::is_regular_file(std::filesystem::symlink_status(file, failure)))
          std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now());
        break;
      case 7: {
        std::string to = any_path();
        if (to.starts_with(path + "/") ||
            !std::filesystem::exists(std::filesystem::symlink_status(file, failure)))
          break;
        clear_way(to);
        std::filesystem::create_directories((work_.temp / to).parent_path());
        std::filesystem::rename(file, work_.temp / to, failure);
        break;
      }
      case 8:
        (void)try_git(work_.temp.path(), {"add", "-f", "--", path});
        break;
      case 9:
        (void)try_git(work_.temp.path(), {"rm", "-q", "-r", "--cached", "--", path});
        break;
      case 10:
        if (pick(4) == 0) work_.commit("more");
        break;
      case 11:
        if (pick(4) == 0) (void)try_git(work_.temp.path(), {"checkout", "-q", "HEAD", "--", path});
        break;
    }
  }

 private:
  int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

  std::string any_path() {
    static const std::vector<std::string> names{"a", "a-b", "a.txt", "b", "lib", "x.log", "src"};
    std::string path = names[static_cast<size_t>(pick(7))];
    for (int depth = pick(3); depth > 0; --depth) path += "/" + names[static_cast<size_t>(pick(7))];
    return path;
  }

  // Nothing but directories stands above the path, and nothing at it.
  void clear_way(const std::string& path) {
    for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      std::filesystem::path above = work_.temp / path.substr(0, slash);
      std::error_code failure;
      if (!std::filesystem::is_directory(std::filesystem::symlink_status(above, failure)))
        std::filesystem::remove(above, failure);
    }
    std::filesystem::remove_all(work_.temp / path);
  }

  const Work& work_;
  std::mt19937 random_;
};

}  // namespace tierbuild::test
