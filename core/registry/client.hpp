// Client: pull and push by the distribution spec 1.1 over a Transport.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "image/manifest.hpp"
#include "image/reference.hpp"
#include "registry/client_options.hpp"
#include "registry/credentials.hpp"
#include "registry/transport.hpp"

namespace tierbuild::registry {

/// A manifest or index as received, verified against the digest that asked for it.
struct Fetched {
  image::Descriptor descriptor;
  std::string bytes;
};

/// Who may answer: mirrors may be behind, so whoever changes a registry asks it alone.
enum class Ask : uint8_t { mirrors, registry };

/// Thread-safe. Plain HTTP is used for loopback hosts (127/8, ::1, localhost) without certificates and for
/// `insecure` ones only, never as a fall-back of a failed TLS handshake. Credentials go to the host that they
/// belong to and to the token server that this host named, nowhere else. Every error names the image and the
/// host, with a hint.
class Client {
 public:
  Client(Transport& transport, Credentials& credentials, ClientOptions options = {});
  ~Client();

  /// The descriptor that a tag points at now (HEAD, else GET); `not_found`, `denied`, `network`.
  Result<image::Descriptor> resolve(const image::Reference& reference, std::stop_token stop = {},
                                    Ask ask = Ask::mirrors);
  Result<Fetched> manifest(const image::Reference& reference, std::stop_token stop = {},
                           Ask ask = Ask::mirrors);
  /// Streams a blob to the sink; `corrupt` if size or digest differ.
  Status blob(const image::Reference& reference, const image::Descriptor& blob, const BodySink& sink,
              std::stop_token stop = {});

  bool has_blob(const image::Reference& reference, const Digest& digest, std::stop_token stop = {});
  /// Uploads `size` bytes of `fd` (position 0) as a blob unless the registry has it; `mount_from` names a
  /// repository of the same registry that may hold it. Returns whether bytes were sent. A blob that this
  /// client has sent to another repository of the registry is mounted from there; of two calls for the same
  /// blob the second waits.
  Result<bool> push_blob(const image::Reference& reference, const image::Descriptor& blob, int fd,
                         const PushOptions& options = {}, std::stop_token stop = {});
  /// Whether the repository has the blob now, maybe because it could be mounted from `from`, another
  /// repository of the registry. Sends no bytes.
  Result<bool> mount_blob(const image::Reference& reference, const Digest& digest, const std::string& from,
                          std::stop_token stop = {});
  /// Puts a manifest or index under the reference's tag, or under its digest if it has no tag.
  Status push_manifest(const image::Reference& reference, const image::Descriptor& descriptor,
                       std::string_view bytes, std::stop_token stop = {});
  /// Whether the registry itself has this manifest under the reference's tag; false if it cannot tell.
  bool has_manifest(const image::Reference& reference, const Digest& digest, std::stop_token stop = {});
  /// Changes what the tag points at: `change` gets what is there (null: nothing), and gives what is to be
  /// there, or nothing if all is well. It is asked again until nothing is to be changed, as others may write
  /// meanwhile.
  using Revision = std::function<Result<std::optional<Fetched>>(const Fetched* now)>;
  Status revise(const image::Reference& reference, const Revision& change, std::stop_token stop = {});
  /// The artifacts of the repository that refer to a manifest or index of it, whether it exists or not.
  Result<std::vector<image::Descriptor>> referrers(const image::Reference& repository, const Digest& subject,
                                                   std::stop_token stop = {});
  /// Puts an artifact that has a subject, whose blobs are there, and sees to it that `referrers` finds it.
  Status push_referrer(const image::Reference& repository, const image::Manifest& artifact,
                       std::stop_token stop = {});
  /// All tags of the repository, sorted, as the registry itself has them.
  Result<std::vector<std::string>> tags(const image::Reference& reference, std::stop_token stop = {});

  /// Whether the registry at `host` accepts the login that the credentials have for it; returns the identity
  /// token that is to be kept in place of the password, "" if there is none.
  Result<std::string> login(const std::string& host, std::stop_token stop = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tierbuild::registry
