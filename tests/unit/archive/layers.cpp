#include "layers.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <cstdlib>
#include <sstream>

namespace tierbuild::archive::test {

UniqueFd scratch_file() {
  std::string name = (std::filesystem::temp_directory_path() / "tierbuild-blob-XXXXXX").string();
  UniqueFd fd(::mkostemp(name.data(), O_CLOEXEC));
  REQUIRE(fd);
  ::unlink(name.c_str());
  return fd;
}

int rewound(const UniqueFd& file) {
  REQUIRE(::lseek(file.get(), 0, SEEK_SET) == 0);
  return file.get();
}

std::string bytes_of(const UniqueFd& file) {
  std::string bytes(static_cast<size_t>(::lseek(file.get(), 0, SEEK_END)), '\0');
  REQUIRE(::pread(file.get(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  return bytes;
}

UniqueFd file_with(std::string_view bytes) {
  UniqueFd fd = scratch_file();
  REQUIRE(::write(fd.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  rewound(fd);
  return fd;
}

namespace {

Member member(std::string path, EntryType type, uint32_t mode) {
  Member made;
  made.entry.path = std::move(path);
  made.entry.type = type;
  made.entry.mode = mode;
  return made;
}

}  // namespace

Member file(std::string path, std::string content, uint32_t mode) {
  Member made = member(std::move(path), EntryType::file, mode);
  made.entry.size = content.size();
  made.content = std::move(content);
  return made;
}

Member directory(std::string path, uint32_t mode) {
  return member(std::move(path), EntryType::directory, mode);
}

Member soft_link(std::string path, std::string target) {
  Member made = member(std::move(path), EntryType::symlink, 0777);
  made.entry.link = std::move(target);
  return made;
}

Member hard_link(std::string path, std::string target) {
  Member made = member(std::move(path), EntryType::hardlink, 0644);
  made.entry.link = std::move(target);
  return made;
}

Result<LayerBlob> write_layer(int out, const std::vector<Member>& members, const LayerOptions& options) {
  TB_LET(LayerWriter writer, LayerWriter::create(out, options));
  for (const Member& each : members)
    TB_TRY(each.entry.type == EntryType::file ? writer.add(each.entry, each.content)
                                              : writer.add(each.entry));
  return writer.finish();
}

Result<std::vector<Member>> read_layer(int in) {
  TB_LET(TarReader reader, TarReader::open(in));
  std::vector<Member> members;
  while (true) {
    TB_LET(std::optional<Entry> entry, reader.next());
    if (!entry) break;
    TB_LET(std::string content, reader.read_all(1 << 30));
    members.push_back({std::move(*entry), std::move(content)});
  }
  TB_TRY(reader.finish());
  return members;
}

std::string tar_of(const std::vector<Member>& members) {
  UniqueFd out = scratch_file();
  REQUIRE_OK(write_layer(out.get(), members, {.compression = Compression::none}));
  return bytes_of(out);
}

std::string describe(const Entry& entry, const std::string& content, Times times) {
  std::ostringstream text;
  text << "type " << int(entry.type) << " mode " << std::oct << entry.mode << std::dec << " owner "
       << entry.uid << ':' << entry.gid;
  if (entry.type == EntryType::file) text << " bytes " << Digest::of(content).short_hex();
  if (entry.type == EntryType::symlink) text << " -> " << entry.link;
  if (entry.dev_major || entry.dev_minor) text << " device " << entry.dev_major << ':' << entry.dev_minor;
  for (const auto& [name, value] : entry.xattrs) text << ' ' << name << '=' << Digest::of(value).short_hex();
  if (times == Times::compare) text << " at " << entry.mtime;
  return text.str();
}

std::string slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

namespace {

void describe_below(const std::filesystem::path& root, const std::string& path, Times times,
                    std::map<std::string, std::string>& out) {
  std::filesystem::path where = path.empty() ? root : root / path;
  struct stat info;
  REQUIRE(::lstat(where.c_str(), &info) == 0);
  if (S_ISSOCK(info.st_mode)) return;
  Entry entry;
  entry.mode = info.st_mode & 07777;
  entry.uid = info.st_uid;
  entry.gid = info.st_gid;
  entry.mtime = info.st_mtim.tv_sec;
  if (times == Times::compare) REQUIRE(info.st_mtim.tv_nsec == 0);
  std::string content;
  switch (info.st_mode & S_IFMT) {
    case S_IFREG:
      content = slurp(where);
      break;
    case S_IFDIR:
      entry.type = EntryType::directory;
      break;
    case S_IFLNK:
      entry.type = EntryType::symlink;
      entry.link = std::filesystem::read_symlink(where).native();
      break;
    case S_IFCHR:
      entry.type = EntryType::char_device;
      break;
    case S_IFBLK:
      entry.type = EntryType::block_device;
      break;
    default:
      entry.type = EntryType::fifo;
  }
  if (S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode)) {
    entry.dev_major = major(info.st_rdev);
    entry.dev_minor = minor(info.st_rdev);
  }
  char names[4096];
  ssize_t size = ::llistxattr(where.c_str(), names, sizeof names);
  for (const char* name = names; size > 0 && name < names + size; name += std::strlen(name) + 1) {
    if (std::string_view(name).starts_with("trusted.overlay.")) continue;
    char value[4096];
    ssize_t length = ::lgetxattr(where.c_str(), name, value, sizeof value);
    REQUIRE(length >= 0);
    entry.xattrs[name] = std::string(value, static_cast<size_t>(length));
  }
  out[path] = describe(entry, content, times);
  if (S_ISDIR(info.st_mode))
    for (const auto& below : std::filesystem::directory_iterator(where))
      describe_below(root, (path.empty() ? "" : path + '/') + below.path().filename().native(), times, out);
}

std::string field(uint64_t number, int digits) {
  std::string text = fmt::format("{:0{}o}", number, digits);
  return text.substr(text.size() - static_cast<size_t>(digits));
}

std::string header(const RawTar::Member& member, size_t size) {
  std::string block(512, '\0');
  auto put = [&](size_t at, const std::string& text) { block.replace(at, text.size(), text); };
  put(0, member.name.substr(0, 100));
  put(100, field(member.mode, 7));
  put(108, field(0, 7));
  put(116, field(0, 7));
  put(124, member.size_field.empty() ? field(size, 11) : member.size_field);
  put(136, field(0, 11));
  put(156, std::string(1, member.type));
  put(157, member.link.substr(0, 100));
  put(257, std::string("ustar\00000", 8));
  put(329, field(member.major, 7));
  put(337, field(member.minor, 7));
  put(148, "        ");
  unsigned sum = 0;
  for (char c : block) sum += static_cast<unsigned char>(c);
  put(148, field(sum, 6) + '\0');
  return block;
}

std::string padded(const std::string& bytes) {
  return bytes + std::string((512 - bytes.size() % 512) % 512, '\0');
}

}  // namespace

std::map<std::string, std::string> describe(const std::filesystem::path& root, Times times) {
  std::map<std::string, std::string> out;
  describe_below(root, "", times, out);
  return out;
}

std::string difference(const std::map<std::string, std::string>& one,
                       const std::map<std::string, std::string>& two) {
  std::string text;
  for (const auto& [path, line] : one)
    if (!two.contains(path) || two.at(path) != line) text += "- " + path + ": " + line + '\n';
  for (const auto& [path, line] : two)
    if (!one.contains(path) || one.at(path) != line) text += "+ " + path + ": " + line + '\n';
  return text;
}

bool is_root() {
  return ::geteuid() == 0;
}

RawTar& RawTar::add(const Member& member) {
  if (!member.pax.empty()) {
    std::string records;
    for (const auto& [key, value] : member.pax) {
      std::string rest = ' ' + key + '=' + value + '\n';
      size_t length = rest.size();
      while (std::to_string(length).size() + rest.size() != length)
        length = std::to_string(length).size() + rest.size();
      records += std::to_string(length) + rest;
    }
    bytes_ += header({.name = "pax", .type = 'x'}, records.size()) + padded(records);
  }
  bytes_ += header(member, member.content.size()) + padded(member.content);
  return *this;
}

}  // namespace tierbuild::archive::test
