#include "archive/tar_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/strings.hpp"

namespace tierbuild::archive {
namespace {

// Offsets and lengths of POSIX.1-1988 ustar.
struct Field {
  size_t offset;
  size_t length;
};
constexpr Field kName{0, 100}, kMode{100, 8}, kUid{108, 8}, kGid{116, 8}, kSize{124, 12}, kMtime{136, 12},
    kChecksum{148, 8}, kType{156, 1}, kLink{157, 100}, kMagic{257, 8}, kMajor{329, 8}, kMinor{337, 8},
    kPrefix{345, 155};
constexpr uint64_t kMax7 = (1ULL << 21) - 1;   // seven octal digits
constexpr uint64_t kMax11 = (1ULL << 33) - 1;  // eleven

using Header = std::array<char, kTarBlock>;

void put(Header& header, Field field, std::string_view text) {
  std::copy_n(text.begin(), std::min(text.size(), field.length), header.begin() + field.offset);
}

void put(Header& header, Field field, uint64_t number) {
  put(header, field, fmt::format("{:0{}o}", number, field.length - 1));
}

char type_flag(EntryType type) {
  switch (type) {
    case EntryType::file:
      return '0';
    case EntryType::hardlink:
      return '1';
    case EntryType::symlink:
      return '2';
    case EntryType::char_device:
      return '3';
    case EntryType::block_device:
      return '4';
    case EntryType::directory:
      return '5';
    case EntryType::fifo:
      return '6';
  }
  TB_CHECK(false);
}

/// Where a path is cut into prefix and name, if ustar can hold it: 0 for no prefix.
std::optional<size_t> ustar_cut(std::string_view path) {
  if (path.size() <= kName.length) return 0;
  size_t from = path.size() - kName.length - 1;
  size_t cut = path.find('/', from);
  if (cut == std::string_view::npos || cut == 0 || cut > kPrefix.length || cut + 1 == path.size()) return {};
  return cut;
}

bool is_utf8(std::string_view text) {
  auto at = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  auto follows = [&](size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
    return at(i) >= low && at(i) <= high;
  };
  for (size_t i = 0; i < text.size();) {
    unsigned lead = at(i);
    if (lead < 0x80)
      i += 1;
    else if (lead >= 0xc2 && lead <= 0xdf && follows(i + 1))
      i += 2;
    else if ((lead & 0xf0) == 0xe0 &&
             follows(i + 1, lead == 0xe0 ? 0xa0 : 0x80, lead == 0xed ? 0x9f : 0xbf) && follows(i + 2))
      i += 3;
    else if (lead >= 0xf0 && lead <= 0xf4 &&
             follows(i + 1, lead == 0xf0 ? 0x90 : 0x80, lead == 0xf4 ? 0x8f : 0xbf) && follows(i + 2) &&
             follows(i + 3))
      i += 4;
    else
      return false;
  }
  return true;
}

/// One pax record: its own length in decimal, a blank, key=value and a line end.
void append_record(std::string& out, std::string_view key, std::string_view value) {
  size_t rest = key.size() + value.size() + 3;
  size_t length = rest + 1;
  while (std::to_string(length).size() + rest != length) length = std::to_string(length).size() + rest;
  fmt::format_to(std::back_inserter(out), "{} {}=", length, key);
  out.append(value);
  out.push_back('\n');
}

void append_padded(std::string& out, std::string_view bytes) {
  out.append(bytes);
  out.append((kTarBlock - bytes.size() % kTarBlock) % kTarBlock, '\0');
}

void seal(std::string& out, Header& header) {
  put(header, kMagic, std::string_view("ustar\00000", kMagic.length));
  put(header, kChecksum, "        ");
  unsigned sum = 0;
  for (char c : header) sum += static_cast<unsigned char>(c);
  std::string checksum = fmt::format("{:06o}", sum);
  checksum += std::string_view("\0 ", 2);
  put(header, kChecksum, checksum);
  out.append(header.data(), header.size());
}

Status append_pax(std::string& out, const std::string& records) {
  Header header{};
  put(header, kName, "././@PaxHeader");
  put(header, kMode, uint64_t{0644});
  put(header, kUid, uint64_t{0});
  put(header, kGid, uint64_t{0});
  put(header, kSize, records.size());
  put(header, kMtime, uint64_t{0});
  put(header, kType, "x");
  seal(out, header);
  append_padded(out, records);
  return {};
}

Status check(const Entry& entry) {
  if (entry.path.find('\0') != std::string::npos || entry.link.find('\0') != std::string::npos)
    return Error::make(Code::invalid, "a tar cannot hold the path {}", printable(entry.path));
  if (entry.dev_major > kMax7 || entry.dev_minor > kMax7)
    return Error::make(Code::invalid, "a tar cannot hold the device number of {}", entry.path);
  for (const auto& [name, value] : entry.xattrs)
    if (name.find('=') != std::string::npos || name.find('\0') != std::string::npos)
      return Error::make(Code::invalid, "a tar cannot hold the extended attribute {} of {}", name,
                         entry.path);
  return {};
}

}  // namespace

Status append_header(std::string& out, const Entry& entry) {
  TB_TRY(check(entry));
  bool is_file = entry.type == EntryType::file;
  bool is_device = entry.type == EntryType::char_device || entry.type == EntryType::block_device;
  bool is_link = entry.type == EntryType::symlink || entry.type == EntryType::hardlink;
  uint64_t size = is_file ? entry.size : 0;
  std::string path = entry.path.empty() ? "." : entry.path;
  if (entry.type == EntryType::directory) path += '/';
  std::string_view link = is_link ? std::string_view(entry.link) : std::string_view();

  std::optional<size_t> cut = ustar_cut(path);
  bool long_link = link.size() > kLink.length;
  bool odd_time = entry.mtime < 0 || static_cast<uint64_t>(entry.mtime) > kMax11;

  std::string records;
  if ((!cut && !is_utf8(path)) || (long_link && !is_utf8(link)))
    append_record(records, "hdrcharset", "BINARY");
  if (!cut) append_record(records, "path", path);
  if (long_link) append_record(records, "linkpath", link);
  if (size > kMax11) append_record(records, "size", std::to_string(size));
  if (entry.uid > kMax7) append_record(records, "uid", std::to_string(entry.uid));
  if (entry.gid > kMax7) append_record(records, "gid", std::to_string(entry.gid));
  if (odd_time) append_record(records, "mtime", std::to_string(entry.mtime));
  for (const auto& [name, value] : entry.xattrs) append_record(records, "SCHILY.xattr." + name, value);
  if (!records.empty()) TB_TRY(append_pax(out, records));

  Header header{};
  std::string_view name = path;
  if (cut && *cut > 0) {
    put(header, kPrefix, name.substr(0, *cut));
    name.remove_prefix(*cut + 1);
  }
  put(header, kName, name);
  put(header, kMode, uint64_t{entry.mode & 07777});
  put(header, kUid, entry.uid > kMax7 ? uint64_t{0} : entry.uid);
  put(header, kGid, entry.gid > kMax7 ? uint64_t{0} : entry.gid);
  put(header, kSize, size > kMax11 ? uint64_t{0} : size);
  put(header, kMtime, odd_time ? uint64_t{0} : static_cast<uint64_t>(entry.mtime));
  put(header, kType, std::string_view(std::array{type_flag(entry.type)}.data(), 1));
  put(header, kLink, link);
  put(header, kMajor, is_device ? entry.dev_major : uint64_t{0});
  put(header, kMinor, is_device ? entry.dev_minor : uint64_t{0});
  seal(out, header);
  return {};
}

}  // namespace tierbuild::archive
