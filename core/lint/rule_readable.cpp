// unreadable_by_user: what the image's command needs, with the eyes of its user.
#include <algorithm>

#include "base/strings.hpp"
#include "lint/rules.hpp"

namespace tierbuild::lint {
namespace {

constexpr const char* kUsualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr uint32_t kRead = 4, kEnter = 1;

bool may(const Identity& who, const FileFact& file, uint32_t wanted) {
  if (who.uid == 0) return true;
  bool in_group = std::find(who.gids.begin(), who.gids.end(), file.gid) != who.gids.end();
  uint32_t bits = who.uid == file.uid ? file.mode >> 6 : in_group ? file.mode >> 3 : file.mode;
  return (bits & wanted) == wanted;
}

std::vector<std::string> directories(const image::Config& config, const std::string& variable,
                                     const std::string& fallback = {}) {
  std::string value = config.env_value(variable).value_or(fallback);
  std::vector<std::string> out;
  for (std::string_view directory : split(value, ':'))
    if (!directory.empty()) out.emplace_back(directory);
  return out;
}

std::string of(const FileFact& file) {
  return fmt::format("mode {:04o}, owner {}:{}", file.mode & 07777, file.uid, file.gid);
}

// One image, one user: which paths are barred, and by what.
class Access {
 public:
  Access(const ImageFacts& facts, Identity who) : facts_(facts), who_(std::move(who)) {}

  /// Why the path cannot be used; empty if it can, or does not exist.
  std::string barrier(const std::string& path, uint32_t wanted) const {
    auto resolved = facts_.resolve(path);
    // Without the right to enter a directory its user cannot even see what is below.
    std::string at, whole = resolved ? *resolved : trimmed(path);
    for (std::string_view part : split(whole, '/')) {
      if (!at.empty())
        if (auto found = facts_.files.find(at);
            found != facts_.files.end() && !may(who_, found->second, kEnter))
          return fmt::format("/{} is closed to it ({})", at, of(found->second));
      at += (at.empty() ? "" : "/") + std::string(part);
    }
    if (!resolved) return "";
    auto found = facts_.files.find(*resolved);
    if (found == facts_.files.end()) return "";
    bool directory = found->second.kind == FileFact::Kind::directory;
    uint32_t needed = directory ? kRead | kEnter : wanted;
    return may(who_, found->second, needed) ? "" : fmt::format("/{} has {}", *resolved, of(found->second));
  }

  /// The first file at or below `path` that cannot be read, with the reason.
  std::string barrier_below(const std::string& path) const {
    if (std::string found = barrier(path, kRead); !found.empty()) return found;
    auto resolved = facts_.resolve(path);
    if (!resolved) return "";
    std::string prefix = *resolved + "/";
    for (auto file = facts_.files.lower_bound(prefix);
         file != facts_.files.end() && file->first.starts_with(prefix); ++file) {
      bool directory = file->second.kind == FileFact::Kind::directory;
      if (file->second.kind == FileFact::Kind::symlink) continue;
      if (!may(who_, file->second, directory ? kRead | kEnter : kRead))
        return fmt::format("/{} has {}", file->first, of(file->second));
    }
    return "";
  }

  bool exists(const std::string& path) const { return facts_.resolve(path).has_value(); }

 private:
  static std::string trimmed(std::string_view path) {
    while (path.starts_with('/')) path.remove_prefix(1);
    return std::string(path);
  }

  const ImageFacts& facts_;
  Identity who_;
};

std::string absolute(const std::string& path, const image::Config& config) {
  if (path.starts_with('/')) return path;
  return (config.workdir.empty() ? "/" : config.workdir + "/") + path;
}

// Where the image places files of its own, with the step that does.
struct Placed {
  std::string path;
  Location where;
};

std::vector<Placed> placed_by(const Subject& subject) {
  std::vector<Placed> placed;
  std::string workdir = subject.config().workdir;
  for (const auto* steps : {&subject.decl().steps, &subject.decl().copy})
    for (const project::StepPtr& step : *steps)
      if (const auto* copy = std::get_if<project::CopyStep>(&step->op))
        for (const project::CopyItem& item : copy->items) {
          std::string path = item.to.starts_with('/') ? item.to : workdir + "/" + item.to;
          // A file that is put into a directory keeps its name.
          const auto* source = std::get_if<project::PathValue>(&item.source);
          if (path.ends_with('/') && source != nullptr)
            path += source->path.substr(source->path.rfind('/') + 1);
          while (path.size() > 1 && path.ends_with('/')) path.pop_back();
          if (path != "/") placed.push_back({std::move(path), step->where});
        }
  return placed;
}

class ReadableCheck {
 public:
  ReadableCheck(const Subject& subject, const ImageFacts& facts, Identity who, Report& report)
      : subject_(subject), config_(subject.config()), access_(facts, std::move(who)), report_(report) {}

  void run() {
    if (!config_.workdir.empty())
      barred(config_.workdir, access_.barrier(config_.workdir, kEnter), "its workdir");
    std::vector<std::string> argv = config_.entrypoint;
    argv.insert(argv.end(), config_.cmd.begin(), config_.cmd.end());
    if (!argv.empty()) program(argv.front());
    for (size_t i = 1; i < argv.size(); ++i) argument(argv[i]);
    for (const std::string& directory : directories(config_, "PATH", kUsualPath))
      barred(directory, access_.barrier(directory, kEnter), "a directory of its PATH");
    for (const std::string& directory : directories(config_, "PYTHONPATH"))
      barred(directory, access_.barrier(directory, kRead), "a directory of its PYTHONPATH");
    for (const Placed& file : placed_by(subject_)) {
      std::string barrier = access_.barrier_below(file.path);
      if (!barrier.empty() && told_.insert(barrier).second)
        report_.find(file.where,
                     fmt::format("the user '{}' of {} cannot read {}: {}", config_.user, subject_.name(),
                                 file.path, barrier),
                     "copy it with owner = '" + config_.user + "', or with a mode that all can read");
    }
  }

 private:
  void program(const std::string& name) {
    constexpr uint32_t kStart = 1;
    if (name.find('/') != std::string::npos)
      return barred(absolute(name, config_), access_.barrier(absolute(name, config_), kStart), "its command");
    for (const std::string& directory : directories(config_, "PATH", kUsualPath)) {
      std::string path = directory + "/" + name;
      if (!access_.exists(path)) continue;
      std::string barrier = access_.barrier(path, kStart);
      if (barrier.empty()) return;
      return barred(path, barrier, "its command");
    }
  }

  void argument(const std::string& word) {
    std::string path = absolute(word, config_);
    bool is_path = word.find('/') != std::string::npos || word.find('.') != std::string::npos;
    if (is_path && !word.starts_with('-'))
      barred(path, access_.barrier(path, kRead), "a file of its command");
  }

  void barred(const std::string& path, const std::string& barrier, std::string_view what) {
    if (barrier.empty() || !told_.insert(barrier).second) return;
    report_.find(subject_.decl().where,
                 fmt::format("the user '{}' of {} cannot use {}, {}: {}", config_.user, subject_.name(), path,
                             what, barrier),
                 "place it where that user may go, or copy it with owner = '" + config_.user + "'");
  }

  const Subject& subject_;
  image::Config config_;
  Access access_;
  Report& report_;
  std::set<std::string> told_;
};

// Without the image: what lies in the home of root is out of reach in every distribution.
void check_declared(const Subject& subject, Report& report) {
  constexpr std::string_view kHome = "/root/";
  image::Config config = subject.config();
  auto hidden = [&](const std::string& path, const Location& where, std::string_view what) {
    if (!(path + "/").starts_with(kHome)) return;
    report.find(where,
                fmt::format("the user '{}' of {} cannot use {}, {}: /root is closed to all but root",
                            config.user, subject.name(), path, what),
                "place it elsewhere, such as /opt");
  };
  hidden(config.workdir, subject.decl().where, "its workdir");
  for (const std::string& directory : directories(config, "PATH"))
    hidden(directory, subject.decl().where, "a directory of its PATH");
  for (const Placed& file : placed_by(subject)) hidden(file.path, file.where, "which is copied there");
}

}  // namespace

void check_unreadable_by_user(const Subject& subject, const std::string&, Report& report) {
  std::string user = subject.config().user;
  std::string name = user.substr(0, user.find(':'));
  if (name.empty() || name == "root" || name == "0") return;
  FactsPtr facts = subject.facts();
  if (!facts) {
    report.note("not built as declared, so the modes of its files were not checked");
    return check_declared(subject, report);
  }
  auto who = identity_of(*facts, user);
  if (!who)
    return report.find(subject.decl().where,
                       fmt::format("the image of {} has no user '{}'", subject.name(), printable(user)),
                       "declare it: user = { '" + name + "', uid = 1000 }");
  ReadableCheck(subject, *facts, std::move(*who), report).run();
}

}  // namespace tierbuild::lint
