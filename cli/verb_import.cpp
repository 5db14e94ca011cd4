// `tierbuild import`.
#include <algorithm>

#include "bake/bake.hpp"
#include "cli/bake_files.hpp"
#include "cli/error_printer.hpp"
#include "cli/exit_status.hpp"
#include "cli/session.hpp"
#include "cli/verb.hpp"
#include "compose/model.hpp"
#include "fs/file.hpp"
#include "import/buildfile.hpp"
#include "project/requests.hpp"

namespace tierbuild::cli {
namespace {

namespace stdfs = std::filesystem;
using imports::Import, imports::Imported;

class ImportVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    flags.toggle("--print", "print the Buildfile and write nothing", print_);
    flags.toggle("--keep-dockerfiles", "leave every target on its Dockerfile, to move one at a time", keep_);
    Options::declare_directory(flags);
    options_.declare_network(flags);
    options_.declare_store(flags);
    flags.words("FILE…", WordKind::files, 0, SIZE_MAX, files_);
  }

  int run(Program& program) override {
    std::string root = program.current_directory();
    auto imported = read(program, root);
    if (!imported) return program.fail(imported.error());
    std::map<std::string, std::string> files = std::move(imported->dockerfiles);
    if (print_) {
      program.out().write(imported->buildfile);
      for (const auto& [name, text] : files)
        program.err().write(fmt::format("'{}' would be written beside it\n", name));
      return kDone;
    }
    files["Buildfile.lua"] = std::move(imported->buildfile);
    for (const auto& [name, text] : files)
      if (stdfs::exists(root + "/" + name))
        return program.fail(Error::make(Code::invalid, "'{}' exists already", root + "/" + name)
                                .hint("`tierbuild import --print` shows what would be written"));
    for (const auto& [name, text] : files) {
      if (auto written = fs::write_file(root + "/" + name, text); !written)
        return program.fail(written.error());
      program.out().write(fmt::format("wrote {}\n", name));
    }
    return kDone;
  }

 private:
  Result<Imported> read(Program& program, const std::string& root) const {
    TB_LET(std::vector<std::string> files, files_in(root));
    Import import;
    if (keep_) import.dockerfiles = imports::Dockerfiles::keep;
    std::vector<std::string> bake_files;
    for (const std::string& file : files) {
      import.files.push_back(relative_name(file, root));
      Options one;
      one.file = file;
      if (!bake_files_of(one).empty()) {
        bake_files.push_back(file);
        continue;
      }
      if (!stdfs::is_regular_file(file)) return Error::make(Code::not_found, "there is no file '{}'", file);
      import.requests.push_back(of_dockerfile(file, import.requests));
      import.chosen.insert(import.requests.back().name);
    }
    if (!bake_files.empty()) {
      TB_LET(BakeRequests all, bake_requests(program, bake_files, {}));
      for (const Error& warning : all.warnings)
        import.left_out.push_back(relative_name(warning.where().str(), root) + ": " + warning.message());
      for (const std::string& name : all.names) import.chosen.insert(name);
      std::move(all.requests.begin(), all.requests.end(), std::back_inserter(import.requests));
    }
    Session session(program, options_);
    project::Project nothing;
    nothing.workspace.root = root;
    session.take(std::move(nothing));
    if (session.evaluate() != kDone) return Error(Code::invalid, "the bases cannot be asked for");
    // A registry that does not answer is asked once.
    std::map<std::pair<std::string, image::Platform>, Result<image::Config>> configs;
    imports::World world{imports::places_of(import.requests, root), program.environment(),
                         [&](const std::string& reference, const image::Platform& platform) {
                           auto known = configs.find({reference, platform});
                           if (known != configs.end()) return known->second;
                           graph::Base base;
                           base.kind = graph::Base::Kind::registry;
                           base.reference = reference;
                           auto config = session.outside().config(base, platform);
                           return configs.try_emplace({reference, platform}, std::move(config)).first->second;
                         }};
    return imports::imported_buildfile(std::move(import), world);
  }

  // The words, else what bake reads here, else the Dockerfile.
  Result<std::vector<std::string>> files_in(const std::string& root) const {
    std::vector<std::string> files;
    for (const std::string& file : files_) files.push_back(compose::absolute(file, root));
    std::sort(files.begin(), files.end());
    if (!files.empty()) return files;
    auto exists = [](const std::string& path) { return stdfs::is_regular_file(path); };
    files = bake::default_files(root, exists);
    if (files.empty() && exists(root + "/Dockerfile")) files.push_back(root + "/Dockerfile");
    if (files.empty())
      return Error(Code::not_found, "there is no compose file, no bake file and no Dockerfile here")
          .hint("name the files: tierbuild import web/Dockerfile api/Dockerfile");
    return files;
  }

  // `web/Dockerfile` and `web.dockerfile` are called `web`, a second one of a name `web-2`.
  static dockerfile::Request of_dockerfile(const std::string& file,
                                           const std::vector<dockerfile::Request>& others) {
    stdfs::path path = file;
    dockerfile::Request request;
    request.dockerfile = file;
    request.context = path.parent_path().string();
    std::string extension = path.extension().string(), stem = path.stem().string();
    std::string own = extension == ".dockerfile" || extension == ".Dockerfile" ? stem
                      : stem == "Dockerfile" && !extension.empty()             ? extension.substr(1)
                                                                               : request.context;
    std::string name = project::target_name_of(own);
    request.name = name;
    auto is_taken = [&](const dockerfile::Request& other) { return other.name == request.name; };
    for (int n = 2; std::any_of(others.begin(), others.end(), is_taken); ++n)
      request.name = fmt::format("{}-{}", name, n);
    return request;
  }

  std::vector<std::string> files_;
  Options options_;
  bool print_ = false, keep_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_import() {
  return std::make_unique<ImportVerb>();
}

}  // namespace tierbuild::cli
