#include "build/remote_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/layer_reader.hpp"
#include "base/strings.hpp"
#include "fs/file.hpp"
#include "fs/lstat.hpp"
#include "fs/root_path.hpp"
#include "git/clones.hpp"
#include "registry/base64.hpp"
#include "registry/url.hpp"
#include "store/file_lock.hpp"
#include "store/layout.hpp"

namespace tierbuild::build {
namespace {

namespace stdfs = std::filesystem;
using dockerfile::GitAddress;

constexpr const char* kCommits = "git commit";
constexpr uint64_t kMostText = 4 << 20;

/// Makes `contexts/<name>` of the store, unless it is there: `fill` gets an empty directory.
template <class Fill>
Result<std::string> directory_called(const BuildContext& world, const Digest& name, Fill fill) {
  TB_TRY(world.store.use(name));
  stdfs::path contexts = world.store.root() / store::kContexts;
  stdfs::path path = contexts / name.hex();
  std::error_code failure;
  if (stdfs::is_directory(path, failure)) {
    ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0);  // what was used last goes last
    return path.string();
  }
  TB_TRY(fs::make_directories(contexts));
  TB_LET(fs::TempDir made, fs::TempDir::make(world.store.tmp(), "context"));
  TB_TRY(fill(made.path()));
  ::chmod(made.path().c_str(), 0755);
  // A directory that has its name is never looked into again: it must be whole after a crash, too.
  UniqueFd top(::open(made.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!top || ::syncfs(top.get()) != 0) return Error::os(errno, "cannot flush {}", made.path().string());
  stdfs::rename(made.path(), path, failure);
  if (failure && !stdfs::is_directory(path))
    return Error::os(failure.value(), "cannot make {}", path.string());
  return path.string();
}

Result<std::string> secret_of(const BuildOptions& options, const std::string& id) {
  auto found = options.secrets.find(id);
  if (found == options.secrets.end()) return std::string();
  const SecretSource& source = found->second;
  if (source.file.empty()) {
    const char* value = std::getenv(source.env.c_str());
    return std::string(value == nullptr ? "" : value);
  }
  TB_LET(std::string text, fs::read_file(source.file, 1 << 20), "while reading the secret '{}'", id);
  return std::string(trim(text));
}

/// As BuildKit: the secrets GIT_AUTH_HEADER and GIT_AUTH_TOKEN, or those with `.HOST` behind them. The plain
/// ones are for the host of `main`, and nobody else.
git::RemoteAccess access_of(const BuildOptions& options, const std::string& main, const std::string& url) {
  git::RemoteAccess access;
  if (auto agent = options.ssh.find("default"); agent != options.ssh.end()) access.agent = agent->second;
  auto asked = registry::parse_url(url), first = registry::parse_url(main);
  if (!asked) return access;
  std::vector<std::string> suffixes{"." + asked->host};
  if (first && asked->origin == first->origin) suffixes.emplace_back();
  for (const std::string& suffix : suffixes) {
    if (auto header = secret_of(options, "GIT_AUTH_HEADER" + suffix); header && !header->empty()) {
      access.header = *header;
      return access;
    }
    if (auto token = secret_of(options, "GIT_AUTH_TOKEN" + suffix); token && !token->empty()) {
      access.header = "basic " + registry::base64("x-access-token:" + *token);
      return access;
    }
  }
  return access;
}

Result<git::Clones> clones_of(const BuildContext& world, const BuildOptions& options,
                              const GitAddress& address, const std::stop_token& stop) {
  using Network = git::Clones::Network;
  return git::Clones::open(
      world.store.root() / store::kClones,
      [&options, main = address.remote](const std::string& url) { return access_of(options, main, url); },
      options.offline ? Network::none : Network::any, stop);
}

Error no_commit(const GitAddress& address) {
  return Error::make(Code::network, "which commit {} is was never asked, and --offline forbids it",
                     address.moving())
      .hint("build once without --offline");
}

/// `refs/heads/main OBJECT COMMIT`; the name is `-` where there is none.
std::string text_of(const git::RemoteRef& ref) {
  return fmt::format("{} {} {}", ref.name.empty() ? "-" : ref.name, ref.object.hex(), ref.commit.hex());
}
std::optional<git::RemoteRef> parse_ref(std::string_view text) {
  std::vector<std::string_view> words = split(text, ' ');
  if (words.size() != 3) return std::nullopt;
  auto object = git::parse_id(words[1]), commit = git::parse_id(words[2]);
  if (!object || !commit) return std::nullopt;
  return git::RemoteRef{words[0] == "-" ? "" : std::string(words[0]), *object, *commit};
}

Result<git::RemoteRef> ref_of(const BuildContext& world, const BuildOptions& options, git::Clones& clones,
                              const GitAddress& address, const std::string& locked) {
  std::string named = address.commit();
  if (named.empty()) named = locked;
  git::RemoteRef ref;
  if (!named.empty()) {
    TB_LET(ref, clones.find(address.remote, named));
  } else if (options.offline) {
    TB_LET(std::optional<std::string> known, world.store.records().value(kCommits, address.moving()));
    auto parsed = known ? parse_ref(*known) : std::nullopt;
    if (!parsed) return no_commit(address);
    ref = *parsed;
  } else {
    TB_LET(ref, clones.find(address.remote, address.ref));
    TB_TRY(world.store.records().put_value(kCommits, address.moving(), text_of(ref)));
  }
  if (!ref.commit.hex().starts_with(address.checksum))
    return Error::make(Code::invalid, "{} is the commit {}, expected is {}", address.moving(),
                       ref.commit.hex(), address.checksum)
        .hint("if the new commit is what you want, change the checksum");
  return ref;
}

/// `subdir` of the checkout; as in BuildKit, no symlink leads there.
Result<std::string> directory_in(const std::string& top, const GitAddress& address) {
  std::string path = top, subdir = fs::lexical_path(address.subdir);
  for (std::string_view name : split(subdir, '/')) {
    if (!name.empty()) path.append("/").append(name);
    std::error_code failure;
    if (stdfs::is_directory(stdfs::symlink_status(path, failure))) continue;
    return Error::make(Code::not_found, "{} has no directory '{}'", address.moving(),
                       printable(address.subdir));
  }
  return path;
}

}  // namespace

Result<RemoteFiles> checkout_of(const BuildContext& world, const BuildOptions& options,
                                const GitAddress& address, const std::string& locked, std::stop_token stop) {
  TB_LET(git::Clones clones, clones_of(world, options, address, stop));
  TB_LET(git::RemoteRef ref, ref_of(world, options, clones, address, locked));
  git::CheckoutOptions how;
  how.submodules = address.submodules;
  how.keep_git_dir = address.keep_git_dir && fs::lexical_path(address.subdir).empty();
  Digest name = Digest::of(fmt::format("git 1 {} {} {} {}", address.remote, ref.commit.hex(), how.submodules,
                                       how.keep_git_dir ? text_of(ref) : ""));
  TB_LET(std::string top, directory_called(world, name, [&](const stdfs::path& to) -> Status {
           stdfs::path clones_at = world.store.root() / store::kClones;
           TB_TRY(fs::make_directories(clones_at));
           TB_LET(store::FileLock lock,
                  store::FileLock::acquire(clones_at / "lock", store::FileLock::Mode::exclusive, stop));
           return clones.check_out(address.remote, ref, to, how);
         }));
  RemoteFiles files;
  TB_LET(files.directory, directory_in(top, address));
  files.commit = ref.commit.hex();
  return files;
}

Result<RemoteFiles> unpacked_blob(const BuildContext& world, const Digest& blob, std::stop_token stop) {
  TB_LET(UniqueFd file, world.store.blobs().open(blob));
  TB_LET(bool is_archive, archive::is_archive(file.get(), stop));
  RemoteFiles files;
  if (is_archive) {
    archive::UnpackOptions how;
    how.whiteouts = archive::Whiteouts::apply;
    how.own = false;
    TB_LET(files.directory, directory_called(world, Digest::of("archive 1 " + blob.hex()),
                                             [&](const stdfs::path& to) -> Status {
                                               TB_TRY(archive::unpack_layer(file.get(), to, how, stop));
                                               return {};
                                             }));
    return files;
  }
  TB_LET(files.text, fs::read_file(fmt::format("/proc/self/fd/{}", file.get()), kMostText),
         "while reading the Dockerfile");
  TB_LET(files.directory,
         directory_called(world, Digest::of("file 1 " + blob.hex()), [&](const stdfs::path& to) {
           return fs::write_file(to / "context", *files.text, fs::Sync::no, 0600);
         }));
  return files;
}

}  // namespace tierbuild::build
