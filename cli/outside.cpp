#include "cli/outside.hpp"

#include <unistd.h>

#include "build/base_facts.hpp"
#include "build/remote_files.hpp"
#include "cli/session.hpp"
#include "fs/file.hpp"

namespace tierbuild::cli {
namespace {

class Silence final : public build::EventSink {
 public:
  void on(const build::Event&) override {}
};

}  // namespace

Status SessionOutside::open() {
  static Silence silence;
  if (context_) return {};
  TB_LET(store::Store * store, session_.store());
  TB_LET(options_, session_.build_options());
  context_.emplace(session_.build_context(*store, silence));
  return {};
}

Result<image::Config> SessionOutside::config(const graph::Base& base, const image::Platform& platform) {
  if (base.kind == graph::Base::Kind::scratch || base.kind == graph::Base::Kind::debian)
    return project::NoOutside().config(base, platform);
  TB_TRY(open());
  std::string name = fmt::format("{} {} {}", base.reference, base.name, platform.str());
  if (auto known = configs_.find(name); known != configs_.end()) return known->second;
  TB_LET(image::Config config,
         build::base_config(*context_, options_, base, platform, session_.program().interrupt().token()));
  return configs_[name] = std::move(config);
}

Result<std::string> SessionOutside::sha256(const std::string& url) {
  TB_TRY(open());
  if (auto known = digests_.find(url); known != digests_.end()) return known->second;
  TB_LET(std::string digest,
         build::sha256_of(*context_, options_, url, session_.program().interrupt().token()));
  return digests_[url] = std::move(digest);
}

// A branch may move while this runs: all of a run see one commit.
Result<dockerfile::RemoteFiles> SessionOutside::checkout(const dockerfile::GitAddress& address,
                                                         const std::string& locked) {
  TB_TRY(open());
  std::string name = fmt::format("{}\n{}\n{}\n{}{}\n{}", address.moving(), address.subdir, address.checksum,
                                 address.keep_git_dir, address.submodules, locked);
  if (auto known = checkouts_.find(name); known != checkouts_.end()) return known->second;
  TB_LET(dockerfile::RemoteFiles files,
         build::checkout_of(*context_, options_, address, locked, session_.program().interrupt().token()));
  return checkouts_[name] = std::move(files);
}

Result<dockerfile::RemoteFiles> SessionOutside::download(const std::string& url) {
  TB_TRY(open());
  if (auto known = downloads_.find(url); known != downloads_.end()) return known->second;
  Digest blob;
  if (url == "-") {
    TB_LET(blob, take_standard_input());
  } else {
    TB_LET(std::string sha256, this->sha256(url));
    TB_LET(blob, Digest::from_hex(sha256));
  }
  TB_LET(dockerfile::RemoteFiles files,
         build::unpacked_blob(*context_, blob, session_.program().interrupt().token()), "while reading {}",
         url == "-" ? "standard input" : url);
  return downloads_[url] = std::move(files);
}

Result<Digest> SessionOutside::take_standard_input() {
  TB_LET(std::unique_ptr<store::BlobWriter> writer, context_->store.blobs().begin());
  Sha256 hash;
  uint64_t size = 0;
  std::vector<char> buffer(1 << 16);
  for (;;) {
    ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR && !session_.program().interrupt().token().stop_requested()) continue;
    if (got < 0) return Error::os(errno, "cannot read standard input");
    if (got == 0) break;
    std::string_view bytes(buffer.data(), static_cast<size_t>(got));
    hash.update(bytes);
    size += bytes.size();
    TB_TRY(fs::write_all(writer->fd(), bytes));
  }
  Digest digest = hash.finish();
  TB_TRY(writer->commit(digest, size, store::BlobWriter::Verify::no));
  return digest;
}

}  // namespace tierbuild::cli
