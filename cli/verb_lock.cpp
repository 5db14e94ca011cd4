// `tierbuild lock`.
#include "base/strings.hpp"
#include "cli/exit_status.hpp"
#include "cli/locking.hpp"
#include "cli/registry_access.hpp"
#include "cli/verb.hpp"
#include "fs/file.hpp"
#include "project/names.hpp"
#include "registry/plain_get.hpp"

namespace tierbuild::cli {
namespace {

/// Makes the new lock file from the old one and from what is used.
class Locker {
 public:
  Locker(Session& session, LockState& state) : session_(session), state_(state) {}

  /// Drops these entries from the old lock, so that they are looked up again; none: all.
  Status forget(const std::vector<std::string>& names) {
    if (names.empty()) state_.lock = {};
    for (const std::string& name : names) {
      auto reference = image::Reference::parse(name);
      std::string tag = reference ? reference->str() : name;
      bool is_used = state_.uses.tags.contains(tag) || state_.uses.fetches.contains(name) ||
                     state_.uses.commits.contains(name);
      if (!is_used) return unknown(name);
      state_.lock.bases.erase(tag);
      state_.lock.fetches.erase(name);
      state_.lock.commits.erase(name);
    }
    return {};
  }

  Result<project::Lock> run() {
    project::Lock made;
    for (const auto& [tag, where] : state_.uses.tags) {
      if (auto known = state_.lock.bases.find(tag); known != state_.lock.bases.end()) {
        made.bases.insert(*known);
        continue;
      }
      TB_LET(image::Reference reference, image::Reference::parse(tag));
      auto found = session_.registry().resolve(reference, session_.program().interrupt().token());
      if (!found) return placed(std::move(found).error(), where);
      made.bases.emplace(tag, found->digest);
    }
    for (const auto& [url, where] : state_.uses.fetches) {
      if (auto known = state_.lock.fetches.find(url); known != state_.lock.fetches.end()) {
        made.fetches.insert(*known);
        continue;
      }
      auto digest = download(url);
      if (!digest) return placed(std::move(digest).error(), where);
      made.fetches.emplace(url, *digest);
    }
    for (const auto& [repository, where] : state_.uses.commits) {
      if (auto known = state_.lock.commits.find(repository); known != state_.lock.commits.end()) {
        made.commits.insert(*known);
        continue;
      }
      TB_LET(dockerfile::GitAddress address, dockerfile::GitAddress::parse(repository));
      auto files = session_.outside().checkout(address, "");
      if (!files) return placed(std::move(files).error(), where);
      made.commits.emplace(repository, files->commit);
    }
    return made;
  }

 private:
  static Error placed(Error error, const Location& where) {
    return error.where().known() ? std::move(error) : std::move(error).at(where);
  }

  // The file goes into the store, so that the next build need not ask for it again.
  Result<Digest> download(const std::string& url) {
    TB_LET(store::Store * store, session_.store());
    TB_LET(std::unique_ptr<store::BlobWriter> writer, store->blobs().begin());
    auto sink = [&](std::string_view bytes) { return fs::write_all(writer->fd(), bytes); };
    TB_LET(registry::Got got,
           registry::plain_get(session_.transport(), url, sink, session_.program().interrupt().token()));
    TB_TRY(writer->commit(got.digest, got.size, store::BlobWriter::Verify::no));
    return got.digest;
  }

  Error unknown(const std::string& name) const {
    std::vector<std::string> names;
    for (const auto& [tag, where] : state_.uses.tags) {
      auto reference = image::Reference::parse(tag);
      names.push_back(reference ? reference->familiar() : tag);
    }
    for (const auto& [url, where] : state_.uses.fetches) names.push_back(url);
    for (const auto& [repository, where] : state_.uses.commits) names.push_back(repository);
    return Error::make(Code::invalid, "no base or fetch '{}' is to be locked{}", name,
                       project::did_you_mean(name, names))
        .hint(names.empty() ? "nothing here needs a lock" : "there are " + join(names, ", "));
  }

  Session& session_;
  LockState& state_;
};

class LockVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    flags.toggle("--update", "look the named entries up again; without names, all", update_);
    flags.toggle("--check", "write nothing; fail if the file lacks something or holds too much", check_);
    options_.declare_project(flags);
    options_.declare_network(flags);
    options_.declare_store(flags);
    flags.toggle("-q,--quiet", "print nothing", options_.quiet);
    flags.words("NAME…", WordKind::none, 0, SIZE_MAX, names_);
  }

  int run(Program& program) override {
    if (!names_.empty() && !update_)
      return program.fail(Error(Code::invalid, "names of entries go with --update")
                              .hint("write tierbuild lock --update " + shell_quote(names_[0])));
    if (check_ && update_)
      return program.fail(Error(Code::invalid, "--check writes nothing, so it does not go with --update"));
    if (check_) return check_lock(program, options_);

    LockState state;
    if (int status = collect_lock_state(program, options_, state); status != kDone) return status;
    Session session(program, options_);
    session.set_locking(bindings::Locking::may);
    if (int status = session.evaluate(); status != kDone) return status;
    project::Lock before = state.lock;
    Locker locker(session, state);
    if (update_)
      if (Status forgot = locker.forget(names_); !forgot) return program.fail(forgot.error());
    auto made = locker.run();
    if (!made) return program.fail(made.error());
    if (!(*made == before) || !std::filesystem::exists(state.file))
      if (Status written = fs::write_file(state.file, project::serialise(*made)); !written)
        return program.fail(written.error());
    if (!options_.quiet) program.out().write(changes(before, *made));
    return kDone;
  }

 private:
  static std::string changes(const project::Lock& before, const project::Lock& now) {
    std::string text = changed("base", before.bases, now.bases) +
                       changed("fetch", before.fetches, now.fetches) +
                       changed("git", before.commits, now.commits);
    return text.empty()
               ? fmt::format("{} is up to date: {} bases, {} fetches{}\n", project::kLockFile,
                             now.bases.size(), now.fetches.size(),
                             now.commits.empty() ? "" : fmt::format(", {} repositories", now.commits.size()))
               : text;
  }

  static std::string in_full(const Digest& digest) { return digest.str(); }
  static std::string in_short(const Digest& digest) { return digest.short_hex(); }
  static std::string in_full(const std::string& commit) { return commit; }
  static std::string in_short(const std::string& commit) { return commit.substr(0, 12); }

  template <class Entries>
  static std::string changed(const char* kind, const Entries& before, const Entries& now) {
    std::string text;
    for (const auto& [name, value] : now) {
      auto old = before.find(name);
      if (old == before.end())
        text += fmt::format("added    {} {}  {}\n", kind, name, in_full(value));
      else if (old->second != value)
        text +=
            fmt::format("changed  {} {}  {} (was {})\n", kind, name, in_full(value), in_short(old->second));
    }
    for (const auto& [name, value] : before)
      if (!now.contains(name)) text += fmt::format("dropped  {} {}\n", kind, name);
    return text;
  }

  Options options_;
  std::vector<std::string> names_;
  bool update_ = false, check_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_lock() {
  return std::make_unique<LockVerb>();
}

}  // namespace tierbuild::cli
