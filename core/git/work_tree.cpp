#include "git/work_tree.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

#include "fs/directory.hpp"
#include "git/blob_hash.hpp"

namespace tierbuild::git {
namespace {

/// A directory to look at, with the entries of the index below it.
struct Job {
  std::string path;  // empty: the root
  size_t from = 0, to = 0;
};

/// Directories that wait for a thread.
class Queue {
 public:
  void push(Job job) {
    std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    changed_.notify_one();
  }
  /// The next directory; nothing once all are done, or one failed.
  std::optional<Job> pop() {
    std::unique_lock lock(mutex_);
    ++idle_;
    changed_.wait(lock, [this] { return !jobs_.empty() || idle_ == threads_ || error_; });
    if (jobs_.empty() || error_) {
      changed_.notify_all();
      return std::nullopt;
    }
    --idle_;
    Job job = std::move(jobs_.back());
    jobs_.pop_back();
    return job;
  }
  /// A thread that takes part; known before it starts, so that nobody takes it for done.
  void join() {
    std::lock_guard lock(mutex_);
    ++threads_;
  }
  void leave() {
    std::lock_guard lock(mutex_);
    --threads_;
    changed_.notify_all();
  }
  void fail(Error error) {
    std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
    changed_.notify_all();
  }
  Status status() {
    std::lock_guard lock(mutex_);
    return error_ ? Status(*error_) : Status();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Job> jobs_;
  std::optional<Error> error_;
  size_t threads_ = 0, idle_ = 0;
};

uint32_t cut(uint64_t number) {
  return static_cast<uint32_t>(number);
}

/// Whether the file is the one that git saw. The device is left out, as git does: it changes with a mount.
bool is_same(const IndexStat& then, const struct stat& now) {
  bool fractions = (then.mtime_ns | then.ctime_ns) != 0;  // some programs that write an index keep none
  return then.mtime == cut(static_cast<uint64_t>(now.st_mtim.tv_sec)) &&
         then.ctime == cut(static_cast<uint64_t>(now.st_ctim.tv_sec)) &&
         (!fractions || (then.mtime_ns == cut(static_cast<uint64_t>(now.st_mtim.tv_nsec)) &&
                         then.ctime_ns == cut(static_cast<uint64_t>(now.st_ctim.tv_nsec)))) &&
         then.inode == cut(now.st_ino) && then.uid == now.st_uid && then.gid == now.st_gid &&
         then.size == cut(static_cast<uint64_t>(now.st_size));
}

/// Git's racy rule: a file that was written when the index was, or later, may have changed without a trace.
bool is_racy(const IndexStat& then, int64_t index_time) {
  constexpr int64_t kSecond = 1'000'000'000;
  bool fractions = (then.mtime_ns | then.ctime_ns) != 0;
  int64_t written = int64_t{then.mtime} * kSecond + then.mtime_ns;
  return fractions ? written >= index_time : int64_t{then.mtime} >= index_time / kSecond;
}

bool is_regular(Mode mode) {
  return mode == Mode::file || mode == Mode::executable;
}

/// One thread's share of the work.
class Walker {
 public:
  Walker(int root, const Index& index, const WorkOptions& options, Queue& queue)
      : root_(root), index_(index), options_(options), queue_(queue) {}

  void run() {
    while (std::optional<Job> job = queue_.pop())
      if (Status visited = visit(*job); !visited) queue_.fail(std::move(visited).error());
  }
  WorkState& state() { return state_; }

 private:
  struct Child {
    std::string_view name;
    size_t from = 0, to = 0;  // of a directory: its entries; of a file: itself
    bool seen = false;
  };

  Status visit(const Job& job) {
    prefix_ = job.path.empty() ? std::string() : job.path + "/";
    UniqueFd directory = open(job.path);
    if (!directory) {
      int reason = errno;
      if (reason != ENOENT && reason != ENOTDIR && reason != ELOOP)
        return Error::os(reason, "cannot open the directory {}", job.path.empty() ? "." : job.path);
      gone(job.from, job.to);
      return {};
    }
    split(job);
    Status status;
    int failure = reader_.read(directory.get(), [&](const char* name, unsigned char type) {
      if (status && std::string_view(name) != ".git") status = judge(directory.get(), name, type);
    });
    if (failure != 0) return Error::os(failure, "cannot read the directory {}", job.path);
    for (const std::vector<Child>* children : {&files_, &directories_})
      for (const Child& child : *children)
        if (!child.seen) gone(child.from, child.to);
    return status;
  }

  UniqueFd open(const std::string& path) const {
    open_how how{};
    how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    const char* name = path.empty() ? "." : path.c_str();
    return UniqueFd(static_cast<int>(::syscall(SYS_openat2, root_, name, &how, sizeof how)));
  }

  /// Sorts the entries of a directory into its files and its directories, each sorted by name.
  void split(const Job& job) {
    files_.clear();
    directories_.clear();
    for (size_t at = job.from; at < job.to;) {
      std::string_view rest = index_.path(index_.entries()[at]).substr(prefix_.size());
      size_t slash = rest.find('/');
      if (slash == std::string_view::npos) {
        files_.push_back({rest, at, at + 1});
        ++at;
        continue;
      }
      size_t length = prefix_.size();
      prefix_ += rest.substr(0, slash + 1);
      size_t end = index_.below(prefix_, at, job.to).second;
      prefix_.resize(length);
      directories_.push_back({rest.substr(0, slash), at, end});
      at = end;
    }
    std::sort(directories_.begin(), directories_.end(),
              [](const Child& a, const Child& b) { return a.name < b.name; });
  }

  static Child* find(std::vector<Child>& children, std::string_view name) {
    auto found = std::lower_bound(children.begin(), children.end(), name,
                                  [](const Child& child, std::string_view n) { return child.name < n; });
    return found == children.end() || found->name != name ? nullptr : &*found;
  }

  Status judge(int directory, const char* name, unsigned char type) {
    struct stat info {};
    bool looked = false;
    if (type == DT_UNKNOWN) {
      if (::fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return {};
      looked = true;
      type = IFTODT(info.st_mode);
    }
    if (type == DT_DIR) {
      Child* file = find(files_, name);
      if (file != nullptr && index_.entries()[file->from].mode == Mode::submodule) {
        file->seen = true;
        state_.submodules.push_back(prefix_ + name);
        return {};
      }
      enter(name);
      return {};
    }
    if (!looked && ::fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return {};
    Mode mode = canonical(info.st_mode);
    if (mode == Mode::none) return {};  // a socket, a pipe or a device
    Child* file = find(files_, name);
    if (file == nullptr) {
      state_.files.push_back({prefix_ + name, {mode, {}}, false});
      return {};
    }
    file->seen = true;
    return compare(directory, name, index_.entries()[file->from], info, mode);
  }

  void enter(const char* name) {
    std::string path = prefix_ + name;
    Child* known = find(directories_, name);
    if (known != nullptr)
      known->seen = true;
    else
      state_.files.push_back({path, {Mode::directory, {}}, false});
    if (!options_.enters(path)) return;
    queue_.push({std::move(path), known != nullptr ? known->from : 0, known != nullptr ? known->to : 0});
  }

  Status compare(int directory, const char* name, const IndexEntry& entry, const struct stat& info,
                 Mode mode) {
    if (entry.assumed) return {};
    if (!options_.trusts_mode && is_regular(mode) && is_regular(entry.mode)) mode = entry.mode;
    if (mode == entry.mode && is_same(entry.stat, info) && !is_racy(entry.stat, options_.index_time))
      return {};
    TB_LET(ObjectId id, hash_file(directory, name, mode), "in the work tree at {}", prefix_);
    if (mode == entry.mode && id == entry.id) return {};
    if (id.empty()) mode = Mode::none;
    state_.files.push_back({prefix_ + name, {mode, id}, true});
    return {};
  }

  void gone(size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) {
      const IndexEntry& entry = index_.entries()[i];
      // Git takes a submodule that was never checked out for one that is as it should be.
      if (entry.left_out || entry.assumed || entry.mode == Mode::submodule) continue;
      state_.files.push_back({std::string(index_.path(entry)), {}, true});
    }
  }

  const int root_;
  const Index& index_;
  const WorkOptions& options_;
  Queue& queue_;
  fs::DirectoryReader reader_;
  std::string prefix_;  // of the directory at hand, with a '/' at the end
  std::vector<Child> files_, directories_;
  WorkState state_;
};

}  // namespace

Result<WorkState> compare_work_tree(const std::filesystem::path& root, const Index& index,
                                    const WorkOptions& options) {
  UniqueFd directory(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return Error::os(errno, "cannot open the directory {}", root.string());
  Queue queue;
  queue.push({"", 0, index.entries().size()});
  unsigned wanted = options.threads > 0 ? options.threads : std::thread::hardware_concurrency();
  std::vector<std::unique_ptr<Walker>> walkers;
  for (unsigned i = 0; i < std::max(wanted, 1u); ++i)
    walkers.push_back(std::make_unique<Walker>(directory.get(), index, options, queue));
  {
    std::vector<std::jthread> threads;
    queue.join();
    for (size_t i = 1; i < walkers.size(); ++i) {
      queue.join();
      try {
        threads.emplace_back([&walker = *walkers[i]] { walker.run(); });
      } catch (const std::system_error&) {
        queue.leave();  // fewer threads do the same work
        break;
      }
    }
    walkers.front()->run();
  }
  TB_TRY(queue.status());

  WorkState all = std::move(walkers.front()->state());
  for (size_t i = 1; i < walkers.size(); ++i) {
    WorkState& part = walkers[i]->state();
    std::move(part.files.begin(), part.files.end(), std::back_inserter(all.files));
    std::move(part.submodules.begin(), part.submodules.end(), std::back_inserter(all.submodules));
  }
  // One path may be there twice: as a file that is gone, and as the directory in its place.
  std::stable_sort(all.files.begin(), all.files.end(),
                   [](const WorkFile& a, const WorkFile& b) { return a.path < b.path; });
  std::sort(all.submodules.begin(), all.submodules.end());
  return all;
}

}  // namespace tierbuild::git
