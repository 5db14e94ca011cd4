#include "cli/locking.hpp"

#include "cli/exit_status.hpp"

namespace tierbuild::cli {
namespace {

void add_platforms(const project::Project& project, std::vector<image::Platform>& platforms) {
  auto add = [&](const image::Platform& platform) {
    if (std::find(platforms.begin(), platforms.end(), platform) == platforms.end())
      platforms.push_back(platform);
  };
  for (const image::Platform& platform : project.platforms) add(platform);
  for (const project::TargetDecl& target : project.targets)
    for (const image::Platform& platform : target.platforms) add(platform);
}

}  // namespace

int collect_lock_state(Program& program, const Options& options, LockState& state) {
  Options each = options;
  each.locked = false;
  if (auto named = options.platforms(); named && options.names_several_platforms())
    each.platform = named->empty() ? "" : named->front().str();
  std::vector<image::Platform> platforms;
  for (size_t done = 0; done == 0 || done < platforms.size(); ++done) {
    if (done > 0) each.platform = platforms[done].str();
    Session session(program, each);
    session.set_locking(bindings::Locking::may);
    if (int status = session.load(); status != kDone) return status;
    if (done == 0) {
      const project::Project& project = session.project();
      platforms.push_back(session.platform());
      state.file = std::filesystem::path(project.file).parent_path() / project::kLockFile;
      state.lock = project.lock;
      state.registries = project.registries;
    }
    add_platforms(session.project(), platforms);
    state.uses.merge(session.lock_uses());
  }
  return kDone;
}

int check_lock(Program& program, const Options& options) {
  LockState state;
  if (int status = collect_lock_state(program, options, state); status != kDone) return status;
  std::vector<Error> errors = project::stale_entries(state.lock, state.uses, state.file.filename().string());
  return errors.empty() ? kDone : program.fail(errors);
}

}  // namespace tierbuild::cli
