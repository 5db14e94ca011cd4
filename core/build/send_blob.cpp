#include "build/send_blob.hpp"

namespace tierbuild::build {

Result<bool> send_blob(store::Store& store, registry::Client& client, const image::Reference& to,
                       const image::Descriptor& blob, registry::PushOptions options, std::stop_token stop) {
  if (std::optional<store::Promise> promise = store.promised(blob.digest)) {
    if (promise->from.starts_with(to.registry + "/"))
      options.mount_from = promise->from.substr(to.registry.size() + 1);
    TB_LET(bool there, client.mount_blob(to, blob.digest, options.mount_from, stop));
    if (there) return false;
  }
  TB_LET(UniqueFd fd, store.blobs().open(blob.digest));
  return client.push_blob(to, blob, fd.get(), options, stop);
}

}  // namespace tierbuild::build
