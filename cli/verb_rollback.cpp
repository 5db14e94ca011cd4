// `tierbuild rollback` and `tierbuild releases`.
#include "build/release.hpp"
#include "cli/exit_status.hpp"
#include "cli/session.hpp"
#include "cli/text_table.hpp"
#include "cli/verb.hpp"

namespace tierbuild::cli {
namespace {

/// The releases of each declared registry.
Result<std::vector<build::Releases>> declared_releases(Session& session) {
  std::vector<build::Releases> out;
  for (const project::RegistryDecl& declared : session.project().registries) {
    TB_LET(build::Releases releases,
           build::Releases::open(session.registry(), declared.name, session.options().jobs));
    out.push_back(std::move(releases));
  }
  if (out.empty())
    return Error(Code::invalid, "the Buildfile declares no registry, and so has no releases")
        .hint("registry 'ghcr.io/acme' {} says where images are pushed");
  return out;
}

class RollbackVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    options_.declare_display(flags);
    options_.declare_project(flags);
    flags.words("NAME", WordKind::none, 1, 1, words_);
  }

  int run(Program& program) override {
    Session session(program, options_);
    if (int status = session.evaluate(); status != kDone) return status;
    if (Status named = build::Releases::check_name(words_[0]); !named) return program.fail(named.error());
    auto registries = declared_releases(session);
    if (!registries) return program.fail(registries.error());
    TextTable table({{"REFERENCE", Align::left}, {"DIGEST", Align::left}});
    bool found = false;
    for (build::Releases& releases : *registries) {
      auto release = releases.roll_back(words_[0], program.interrupt().token());
      if (!release) return program.fail(release.error());
      if (!*release) continue;
      found = true;
      for (const build::Release::Entry& entry : (*release)->entries)
        table.add({entry.tag, entry.manifest.digest.str()});
    }
    if (!found)
      return program.fail(Error::make(Code::not_found, "there is no release '{}'", words_[0])
                              .hint("`tierbuild releases` lists them"));
    if (!options_.quiet) program.out().write(table.str(program.out()));
    return kDone;
  }

 private:
  Options options_;
  std::vector<std::string> words_;
};

class ReleasesVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    options_.declare_display(flags);
    options_.declare_project(flags);
  }

  int run(Program& program) override {
    Session session(program, options_);
    if (int status = session.evaluate(); status != kDone) return status;
    auto registries = declared_releases(session);
    if (!registries) return program.fail(registries.error());
    TextTable table({{"RELEASE", Align::left},
                     {"CREATED", Align::left},
                     {"TAGS", Align::right},
                     {"", Align::left},
                     {"REGISTRY", Align::left}});
    std::string names;
    for (size_t i = 0; i < registries->size(); ++i) {
      auto listed = (*registries)[i].list(program.interrupt().token());
      if (!listed) return program.fail(listed.error());
      for (const build::Releases::Listed& one : *listed) {
        table.add({one.release.name, one.release.created, std::to_string(one.release.entries.size()),
                   one.current ? "*" : "", session.project().registries[i].name});
        names += one.release.name + "\n";
      }
    }
    program.out().write(options_.quiet ? names : table.str(program.out()));
    return kDone;
  }

 private:
  Options options_;
};

}  // namespace

std::unique_ptr<Verb> make_rollback() {
  return std::make_unique<RollbackVerb>();
}

std::unique_ptr<Verb> make_releases() {
  return std::make_unique<ReleasesVerb>();
}

}  // namespace tierbuild::cli
