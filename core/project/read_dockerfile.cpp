#include "project/read_dockerfile.hpp"

namespace tierbuild::project {

Result<ContextDirectory> context_directory(const std::filesystem::path& directory,
                                           const dockerfile::ReadFile& read) {
  TB_LET(dockerfile::IgnoreFile ignore, dockerfile::ignore_file_of({}, directory, read));
  return ContextDirectory{directory.string(), std::move(ignore.lines), {}};
}

Result<Dockerfile> read_dockerfile(const std::filesystem::path& file, const std::filesystem::path& context,
                                   const dockerfile::ReadFile& read) {
  TB_LET(std::optional<std::string> text, read(file));
  if (!text) return Error::make(Code::not_found, "there is no Dockerfile '{}'", file.string());
  TB_LET(dockerfile::IgnoreFile ignore, dockerfile::ignore_file_of(file, context, read));
  Dockerfile made;
  made.name = file.string();
  made.text = *std::move(text);
  made.context = {context.string(), std::move(ignore.lines), {}};
  return made;
}

}  // namespace tierbuild::project
