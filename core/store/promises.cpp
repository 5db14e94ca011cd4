#include "store/promises.hpp"

#include <charconv>

#include "base/strings.hpp"
#include "store/layer_records.hpp"
#include "store/unproven.hpp"

namespace tierbuild::store {
namespace {

constexpr const char* kSpace = "promise";

// A cache may name a blob for a layer that holds another one.
Status check_layer(int fd, const Digest& diff_id) {
  TB_LET(const Plain plain, plain_of(fd));
  if (plain.digest == diff_id) return {};
  return Error::make(Code::corrupt, "what was promised as layer {} is {}", diff_id.str(), plain.digest.str());
}

}  // namespace

Result<std::optional<Promise>> promise_of(Records& records, const Digest& blob) {
  TB_LET(std::optional<std::string> text, records.value(kSpace, blob.hex()));
  if (!text) return std::optional<Promise>();
  std::vector<std::string_view> words = split(*text, ' ');
  if (words.size() != 3) return std::optional<Promise>();
  Promise promise;
  auto [rest, fault] = std::from_chars(words[0].data(), words[0].data() + words[0].size(), promise.size);
  auto diff_id = Digest::from_hex(words[1]);
  if (fault != std::errc() || !diff_id) return std::optional<Promise>();
  promise.diff_id = *diff_id;
  promise.from = words[2];
  return std::optional(std::move(promise));
}

void PromisedBlobs::set_bring(Bring bring) {
  std::lock_guard lock(mutex_);
  bring_ = std::move(bring);
}

Status PromisedBlobs::promise(const Digest& blob, const Promise& promise) {
  return records_.put_value(kSpace, blob.hex(),
                            fmt::format("{} {} {}", promise.size, promise.diff_id.hex(), promise.from));
}

std::optional<Promise> PromisedBlobs::promised(const Digest& blob) const {
  {
    std::lock_guard lock(mutex_);
    if (!bring_) return std::nullopt;
  }
  auto promise = promise_of(records_, blob);
  if (!promise || !*promise) return std::nullopt;
  std::lock_guard lock(mutex_);
  if (broken_sources_.contains((*promise)->from)) return std::nullopt;
  return *std::move(*promise);
}

unsigned PromisedBlobs::broken() const {
  std::lock_guard lock(mutex_);
  return broken_;
}

Status PromisedBlobs::bring(const Digest& digest) const {
  std::shared_ptr<std::mutex> turn;
  Bring bring;
  {
    std::lock_guard lock(mutex_);
    turn = under_way_[digest].lock();
    if (!turn) under_way_[digest] = turn = std::make_shared<std::mutex>();
    bring = bring_;
  }
  std::lock_guard once(*turn);
  if (blobs_->has(digest)) return {};
  std::optional<Promise> promise = promised(digest);
  if (!promise) return Error::make(Code::not_found, "blob {} is not in the store", digest.str());
  TB_LET(std::unique_ptr<BlobWriter> writer, blobs_->begin());
  Status brought;
  if (promise->from.empty())
    brought = Error::make(Code::not_found, "blob {} was made elsewhere and is not kept", digest.str());
  else
    brought = bring(digest, *promise, writer->fd());
  if (brought && !promise->diff_id.empty()) brought = check_layer(writer->fd(), promise->diff_id);
  if (brought) {
    TB_TRY(writer->commit(digest, promise->size, BlobWriter::Verify::no));
    TB_LET(std::vector<LayerRecord> layers, records_.layer(promise->diff_id));
    for (LayerRecord& layer : layers)
      if (layer.blob.digest == digest && layer.blob.annotations.erase(kUnproven) != 0)
        TB_TRY(records_.put(layer));
    return {};
  }
  if (brought.error().code() == Code::cancelled || brought.error().code() == Code::no_space) return brought;
  const Code code = brought.error().code();
  if (code == Code::corrupt || code == Code::not_found) {  // it will not be better the next time
    TB_TRY(records_.forget_blob(digest));
    TB_TRY(records_.put_value(kSpace, digest.hex(), ""));
  }
  std::lock_guard lock(mutex_);
  broken_sources_.insert(promise->from);
  ++broken_;
  return brought;
}

Result<UniqueFd> PromisedBlobs::open(const Digest& digest) const {
  auto fd = blobs_->open(digest);
  if (fd || fd.error().code() != Code::not_found || !promised(digest)) return fd;
  TB_TRY(bring(digest));
  return blobs_->open(digest);
}

Result<std::string> PromisedBlobs::read(const Digest& digest, uint64_t limit) const {
  auto bytes = blobs_->read(digest, limit);
  if (bytes || bytes.error().code() != Code::not_found || !promised(digest)) return bytes;
  TB_TRY(bring(digest));
  return blobs_->read(digest, limit);
}

}  // namespace tierbuild::store
