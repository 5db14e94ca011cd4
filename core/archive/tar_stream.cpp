#include "archive/tar_stream.hpp"

#include <sys/sysmacros.h>

#include <clocale>

#include "archive/io.hpp"
#include "archive/libarchive.hpp"
#include "archive/path.hpp"
#include "base/scope_guard.hpp"
#include "base/strings.hpp"

namespace tierbuild::archive {
namespace {

/// libarchive converts names to the locale's charset. In the C locale it cannot, and hands out the bytes as
/// they are.
class PlainBytes {
 public:
  PlainBytes() : before_(::uselocale(c_locale())) {}
  PlainBytes(const PlainBytes&) = delete;
  PlainBytes& operator=(const PlainBytes&) = delete;
  ~PlainBytes() { ::uselocale(before_); }

 private:
  static locale_t c_locale() {
    static const locale_t kLocale = ::newlocale(LC_ALL_MASK, "C", nullptr);
    return kLocale;
  }
  locale_t before_;
};

Result<EntryType> type_of(::archive_entry* member) {
  if (archive_entry_hardlink(member) != nullptr) return EntryType::hardlink;
  switch (archive_entry_filetype(member)) {
    case AE_IFREG:
      return EntryType::file;
    case AE_IFDIR:
      return EntryType::directory;
    case AE_IFLNK:
      return EntryType::symlink;
    case AE_IFCHR:
      return EntryType::char_device;
    case AE_IFBLK:
      return EntryType::block_device;
    case AE_IFIFO:
      return EntryType::fifo;
    default:
      return Error(Code::corrupt, "a member of the archive has an unknown type");
  }
}

Result<uint32_t> owner(la_int64_t id, std::string_view path) {
  // The highest number means "leave it" to chown.
  if (id < 0 || id >= la_int64_t{UINT32_MAX})
    return Error::make(Code::corrupt, "{} has an impossible owner: {}", printable(path), id);
  return static_cast<uint32_t>(id);
}

}  // namespace

void TarStream::Free::operator()(::archive* handle) const {
  archive_read_free(handle);
}

TarStream::TarStream(int fd, const UnpackLimits& limits, std::stop_token stop)
    : limits_(limits), stop_(stop), bytes_(fd, limits.bytes, std::move(stop)) {}

TarStream::~TarStream() = default;

ssize_t TarStream::feed(::archive* handle, void* self, const void** out) {
  auto& stream = *static_cast<TarStream*>(self);
  Result<std::string_view> bytes = stream.bytes_.next();
  if (!bytes) {
    stream.feed_error_ = std::move(bytes).error();
    archive_set_error(handle, EIO, "no bytes");
    return ARCHIVE_FATAL;
  }
  stream.fed_ |= !bytes->empty();
  *out = bytes->data();
  return static_cast<ssize_t>(bytes->size());
}

Result<std::unique_ptr<TarStream>> TarStream::open(int fd, const UnpackLimits& limits, std::stop_token stop) {
  TB_TRY(open_libarchive());
  std::unique_ptr<TarStream> stream(new TarStream(fd, limits, std::move(stop)));
  stream->handle_.reset(archive_read_new());
  ::archive* handle = stream->handle_.get();
  archive_read_support_format_tar(handle);
  PlainBytes locale;
  if (archive_read_open(handle, stream.get(), nullptr, feed, nullptr) != ARCHIVE_OK) {
    if (stream->feed_error_ || stream->fed_) return stream->damaged();
    stream->handle_.reset();  // no bytes at all: an archive without members
  }
  return stream;
}

Error TarStream::damaged() {
  if (feed_error_) return *feed_error_;
  const char* text = archive_error_string(handle_.get());
  return Error::make(Code::corrupt, "the archive is damaged: {}",
                     printable(text == nullptr ? "unknown" : text));
}

Result<std::optional<Entry>> TarStream::next() {
  TB_TRY(check_stop(stop_));
  if (!handle_) return std::optional<Entry>();
  PlainBytes locale;
  ::archive_entry* member = nullptr;
  int status = archive_read_next_header(handle_.get(), &member);
  if (status == ARCHIVE_EOF) {
    handle_.reset();
    return std::optional<Entry>();
  }
  // A warning says that a name is not in the locale's charset, which it never has to be.
  if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return damaged();
  TB_LET(Entry entry, to_entry(member));
  TB_TRY(count(entry));
  return std::optional<Entry>(std::move(entry));
}

Result<Entry> TarStream::to_entry(::archive_entry* member) {
  const char* path = archive_entry_pathname(member);
  if (path == nullptr) return Error(Code::corrupt, "a member of the archive has no name");
  Entry entry;
  TB_LET(entry.path, normal_path(path, limits_.depth));
  TB_LET(entry.type, type_of(member));
  if (entry.path.empty() && entry.type != EntryType::directory)
    return Error(Code::corrupt, "the root of the archive is not a directory");
  TB_LET(entry.uid, owner(archive_entry_uid(member), entry.path));
  TB_LET(entry.gid, owner(archive_entry_gid(member), entry.path));
  entry.mode = archive_entry_perm(member) & 07777;
  entry.mtime = archive_entry_mtime(member);

  if (entry.type == EntryType::hardlink) {
    TB_LET(entry.link, normal_path(archive_entry_hardlink(member), limits_.depth));
    if (entry.link.empty())
      return Error::make(Code::corrupt, "{} is a hard link to nothing", printable(entry.path));
  } else if (entry.type == EntryType::symlink) {
    const char* target = archive_entry_symlink(member);
    entry.link = target == nullptr ? "" : target;
    if (entry.link.empty())
      return Error::make(Code::corrupt, "{} is a symlink to nothing", printable(entry.path));
  } else if (entry.type == EntryType::file) {
    la_int64_t size = archive_entry_size(member);
    if (size < 0) return Error::make(Code::corrupt, "{} has a negative size", printable(entry.path));
    entry.size = static_cast<uint64_t>(size);
  } else if (entry.type == EntryType::char_device || entry.type == EntryType::block_device) {
    entry.dev_major = static_cast<uint32_t>(archive_entry_rdevmajor(member));
    entry.dev_minor = static_cast<uint32_t>(archive_entry_rdevminor(member));
  }

  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  archive_entry_xattr_reset(member);
  while (archive_entry_xattr_next(member, &name, &value, &size) == ARCHIVE_OK)
    entry.xattrs.insert_or_assign(name, std::string(static_cast<const char*>(value), size));
  return entry;
}

Status TarStream::count(const Entry& entry) {
  auto exceeds = [](const char* name, uint64_t limit) {
    return Error::make(Code::corrupt, "the archive exceeds the limit `{}` ({})", name, limit);
  };
  if (++entries_ > limits_.entries) return exceeds("entries", limits_.entries);
  if (entry.size > limits_.bytes - content_bytes_) return exceeds("bytes", limits_.bytes);
  content_bytes_ += entry.size;
  uint64_t metadata = entry.path.size() + entry.link.size();
  for (const auto& [name, value] : entry.xattrs) metadata += name.size() + value.size();
  if (metadata > limits_.metadata) return exceeds("metadata", limits_.metadata);
  return {};
}

Result<std::optional<TarStream::Piece>> TarStream::read() {
  TB_TRY(check_stop(stop_));
  if (!handle_) return std::optional<Piece>();
  const void* bytes = nullptr;
  size_t size = 0;
  la_int64_t offset = 0;
  int status = archive_read_data_block(handle_.get(), &bytes, &size, &offset);
  if (status == ARCHIVE_EOF) return std::optional<Piece>();
  if (status != ARCHIVE_OK) return damaged();
  return std::optional<Piece>(Piece{{static_cast<const char*>(bytes), size}, static_cast<uint64_t>(offset)});
}

Result<Digest> TarStream::finish() {
  while (handle_) TB_TRY(next());
  return bytes_.finish();
}

}  // namespace tierbuild::archive
