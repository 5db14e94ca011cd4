// `tierbuild import`.
#include <algorithm>

#include "bake/bake.hpp"
#include "cli/bake_files.hpp"
#include "cli/error_printer.hpp"
#include "cli/exit_status.hpp"
#include "cli/import_text.hpp"
#include "cli/verb.hpp"
#include "compose/model.hpp"
#include "fs/file.hpp"
#include "project/requests.hpp"

namespace tierbuild::cli {
namespace {

namespace stdfs = std::filesystem;

class ImportVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    flags.toggle("--print", "print the Buildfile and write nothing", print_);
    Options::declare_directory(flags);
    flags.words("FILE…", WordKind::files, 0, SIZE_MAX, files_);
  }

  int run(Program& program) override {
    std::string root = program.current_directory();
    auto text = read(program, root);
    if (!text) return program.fail(text.error());
    if (print_) {
      program.out().write(*text);
      return kDone;
    }
    std::string file = root + "/Buildfile.lua";
    if (stdfs::exists(file))
      return program.fail(Error::make(Code::invalid, "'{}' exists already", file)
                              .hint("`tierbuild import --print` shows what would be written"));
    if (auto written = fs::write_file(file, *text); !written) return program.fail(written.error());
    program.out().write("wrote Buildfile.lua\n");
    return kDone;
  }

 private:
  Result<std::string> read(Program& program, const std::string& root) const {
    TB_LET(std::vector<std::string> files, files_in(root));
    Import import;
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
    return imported_buildfile(std::move(import), root);
  }

  // The words, else what bake reads here, else the Dockerfile.
  Result<std::vector<std::string>> files_in(const std::string& root) const {
    std::vector<std::string> files;
    for (const std::string& file : files_) files.push_back(compose::absolute(file, root));
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
  bool print_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_import() {
  return std::make_unique<ImportVerb>();
}

}  // namespace tierbuild::cli
