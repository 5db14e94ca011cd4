#include "attest/artifact.hpp"

#include <sys/mman.h>

#include "fs/file.hpp"

namespace tierbuild::attest {
namespace {

constexpr uint64_t kLargestBlob = 64 << 20;

}  // namespace

Result<image::Descriptor> push_bytes(registry::Client& client, const image::Reference& repository,
                                     const std::string& media_type, std::string_view bytes,
                                     std::stop_token stop) {
  image::Descriptor blob{media_type, Digest::of(bytes), bytes.size()};
  UniqueFd fd(::memfd_create("tierbuild", MFD_CLOEXEC));
  if (!fd) return Error::os(errno, "cannot hold a document in memory");
  TB_TRY(fs::write_all(fd.get(), bytes));
  if (::lseek(fd.get(), 0, SEEK_SET) != 0) return Error::os(errno, "cannot hold a document in memory");
  TB_LET(bool sent, client.push_blob(repository, blob, fd.get(), {}, stop));
  std::ignore = sent;
  return blob;
}

Result<std::string> fetch_bytes(registry::Client& client, const image::Reference& repository,
                                const image::Descriptor& blob, std::stop_token stop) {
  if (blob.size > kLargestBlob)
    return Error::make(Code::corrupt, "the blob {} is too large for a document", blob.digest.str());
  std::string bytes;
  TB_TRY(client.blob(
      repository, blob,
      [&](std::string_view piece) -> Status {
        bytes += piece;
        return {};
      },
      stop));
  return bytes;
}

Status push_document(registry::Client& client, const image::Reference& repository,
                     const image::Descriptor& subject, const Document& document, std::stop_token stop) {
  image::Manifest artifact;
  artifact.artifact_type = document.artifact_type;
  artifact.annotations = document.annotations;
  artifact.subject = image::Descriptor{subject.media_type, subject.digest, subject.size};
  TB_LET(artifact.config, push_bytes(client, repository, image::kOciEmpty, "{}", stop));
  TB_LET(image::Descriptor layer, push_bytes(client, repository, document.media_type, document.bytes, stop));
  layer.annotations = document.annotations;
  artifact.layers.push_back(std::move(layer));
  return client.push_referrer(repository, artifact, stop);
}

}  // namespace tierbuild::attest
