#include "bindings/evaluation_cache.hpp"

#include <isa-l/crc64.h>
#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <functional>
#include <system_error>
#include <thread>

#include "base/heap.hpp"
#include "bindings/schema.hpp"
#include "bindings/stat_proof.hpp"
#include "bindings/view.hpp"
#include "fs/file.hpp"
#include "fs/mapped_file.hpp"
#include "fs/newest.hpp"
#include "project/fields.hpp"
#include "project/serialise.hpp"

namespace tierbuild::bindings {
namespace {

namespace stdfs = std::filesystem;

constexpr std::string_view kMagic = "tierbuild evaluation 3";
constexpr size_t kMostFiles = 64;
constexpr size_t kLarge = 48'000;  // bytes of looks that are worth a thread
constexpr size_t kHeapOfByte = 5;  // what a project takes in memory, for each byte that is kept
constexpr auto kMarked = std::chrono::hours(24);  // how exact the time of the last use is

/// What a kept evaluation is found by.
struct Question {
  std::string program, file;
  std::map<std::string, std::string> args;
  image::Platform platform;
  Locking locking = Locking::must;
  std::string tree;  // of the commit whose files are looked at; empty: those on disk
};

Question question(const std::string& program, const EvaluateOptions& options) {
  // What bounds the evaluation, and what is remembered besides, is no part of its result.
  const auto& [file, args, platform, instructions, memory, trace, interrupted, locking, at] = options;
  return {program, file.string(), args, platform, locking, at ? at->tree.hex() : ""};
}

}  // namespace
}  // namespace tierbuild::bindings

namespace tierbuild::project {

using bindings::Look;
TB_LAST(Look::Kind, Look::Kind::glob)
TB_LAST(bindings::Locking, bindings::Locking::may)
TB_FIELDS(bindings::Question, program, file, args, platform, locking, tree)
TB_FIELDS(fs::FileStat, device, inode, size, mtime, ctime, mode)
TB_FIELDS(fs::VisitedDirectory, path, stat)
TB_FIELDS(bindings::Look, kind, path, found, stat, directories)
TB_FIELDS(bindings::Looks, root, looks, directories, repeatable)

}  // namespace tierbuild::project

namespace tierbuild::bindings {
namespace {

template <class... Values>
std::string bytes_of(const Values&... values) {
  project::Writer writer;
  writer(values...);
  return std::move(writer).take();
}

/// A file: the magic, a checksum, and three parts.
struct Kept {
  fs::MappedFile file;  // what the parts are in
  std::string_view question, looks, project;
};

// Against damage only: who can write into the store needs no trick.
uint64_t checksum_of(std::string_view asked, std::string_view looks, std::string_view project) {
  uint64_t sum = 0;
  for (std::string_view part : {asked, looks, project})
    sum = ::crc64_ecma_refl(sum ^ part.size(), reinterpret_cast<const unsigned char*>(part.data()),
                            part.size());
  return sum;
}

std::string text_of(std::string_view asked, std::string_view looks, std::string_view project) {
  return bytes_of(kMagic, checksum_of(asked, looks, project), asked, looks, project);
}

bool read_kept(const stdfs::path& file, Kept& kept) {
  Result<fs::MappedFile> opened = fs::MappedFile::open(file);
  if (!opened) return false;
  kept.file = std::move(*opened);
  project::Reader reader(kept.file.bytes());
  std::string_view magic;
  uint64_t sum = 0;
  reader(magic, sum, kept.question, kept.looks, kept.project);
  return reader.done() && magic == kMagic && sum == checksum_of(kept.question, kept.looks, kept.project);
}

std::optional<Looks> looks_in(std::string_view bytes) {
  std::optional<Looks> looks(std::in_place);
  project::Reader reader(bytes);
  reader(*looks);
  bool good = reader.done();
  for (const Look& look : looks->looks)
    for (uint32_t number : look.directories) good = good && number < looks->directories.size();
  if (!good) looks.reset();
  return looks;
}

/// A project that was kept; the rest of an evaluation is made when it is asked for.
class KeptEvaluation final : public Evaluation {
 public:
  KeptEvaluation(EvaluateOptions options, project::Project project, Looks looks)
      : options_(std::move(options)), project_(std::move(project)), looks_(std::move(looks)) {}

  const project::Project& project() const override { return project_; }
  Status call_task(const std::string& task, TaskContext& context) override {
    TB_TRY(evaluate_now());
    return evaluation_->call_task(task, context);
  }
  Result<std::vector<LintReport>> check(const std::string& rule, const LintNode& node) override {
    TB_TRY(evaluate_now());
    return evaluation_->check(rule, node);
  }
  std::vector<Schema> rules() const override {
    return evaluate_now() ? evaluation_->rules() : std::vector<Schema>{};
  }
  const std::vector<Explanation>& explanations() const override {
    static const std::vector<Explanation> kNone;
    return evaluate_now() ? evaluation_->explanations() : kNone;
  }
  Looks looks() const override { return looks_; }

 private:
  Status evaluate_now() const {
    if (evaluation_) return {};
    auto evaluated = evaluate(options_);
    if (auto* failure = std::get_if<EvaluateFailure>(&evaluated)) return std::move(failure->errors.front());
    evaluation_ = std::move(std::get<0>(evaluated));
    return {};
  }

  EvaluateOptions options_;
  project::Project project_;
  Looks looks_;
  mutable std::unique_ptr<Evaluation> evaluation_;
};

// A thread; none if it cannot be had. The kernel likes to put a new one behind the thread that makes it, and
// moves it only after a while that is longer than all of this takes.
std::jthread on_another_processor(const std::function<void()>& work) {
  std::jthread thread;
  try {
    thread = std::jthread(work);
  } catch (const std::system_error&) {
    return thread;
  }
  cpu_set_t processors;
  if (::sched_getaffinity(0, sizeof processors, &processors) != 0) return thread;
  CPU_CLR(static_cast<size_t>(::sched_getcpu()), &processors);
  if (CPU_COUNT(&processors) > 0)
    ::pthread_setaffinity_np(thread.native_handle(), sizeof processors, &processors);
  return thread;
}

// The time of a file is that of its last use.
void mark_use(const stdfs::path& file) {
  std::error_code failure;
  auto now = stdfs::file_time_type::clock::now();
  if (stdfs::last_write_time(file, failure) + kMarked < now) stdfs::last_write_time(file, now, failure);
}

}  // namespace

std::unique_ptr<Evaluation> EvaluationCache::find(const EvaluateOptions& given) const {
  if (program_.empty() || given.trace != Trace::none) return nullptr;
  EvaluateOptions options = with_full_name(given);
  std::string asked = bytes_of(question(program_, options));
  stdfs::path file = directory_ / Digest::of(asked).hex();
  Kept kept;
  if (!read_kept(file, kept) || kept.question != asked) return nullptr;
  // Where much was seen, another thread looks again while this one reads the project, which takes less time.
  bool renewed = false;
  std::optional<Looks> looks;
  std::optional<StatProof> proof;
  std::atomic<StatProof*> begun = nullptr;
  bool same = false;
  auto look_again = [&] {
    looks = looks_in(kept.looks);
    if (!looks) return;
    begun = &proof.emplace(*looks);
    same = View(looks->root).is_unchanged(*looks, proof->finish(), renewed);
  };
  std::jthread other = kept.looks.size() > kLarge ? on_another_processor(look_again) : std::jthread();
  expect_memory(kept.project.size() * kHeapOfByte);
  std::optional<project::Project> project = project::deserialise(kept.project);
  if (!other.joinable()) {
    look_again();
  } else {
    if (StatProof* unfinished = begun) unfinished->work();
    other.join();
  }
  if (!same || !project) return nullptr;
  if (renewed)  // if it fails, the next run looks again
    (void)fs::write_file(file, text_of(asked, bytes_of(*looks), kept.project));
  else
    mark_use(file);
  return std::make_unique<KeptEvaluation>(std::move(options), std::move(*project), std::move(*looks));
}

Status EvaluationCache::keep(const EvaluateOptions& given, const Evaluation& evaluation) const {
  Looks looks = evaluation.looks();
  bool is_whole = !given.at || (looks.looks.empty() && looks.directories.empty());
  if (program_.empty() || !looks.repeatable || !is_whole) return {};
  std::string project = project::serialise(evaluation.project());
  std::string asked = bytes_of(question(program_, with_full_name(given)));
  TB_TRY(fs::make_directories(directory_));
  TB_TRY(fs::write_file(directory_ / Digest::of(asked).hex(), text_of(asked, bytes_of(looks), project)));
  fs::keep_newest(directory_, kMostFiles);  // one-off arguments leave a file each
  return {};
}

}  // namespace tierbuild::bindings
