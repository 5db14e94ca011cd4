#include "git/objects.hpp"

#include <charconv>

#include "base/strings.hpp"

namespace tierbuild::git {
namespace {

Error damaged(const ObjectId& id) {
  return Error::make(Code::corrupt, "the git object {} is damaged", id.hex()).hint("`git fsck` tells more");
}

template <class Number>
bool parse_number(std::string_view text, Number& value, int base = 10) {
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return failure == std::errc{} && end == text.data() + text.size();
}

}  // namespace

ObjectId id_of(const git_oid& id) {
  return ObjectId::from(id.id);
}

std::optional<ObjectId> parse_id(std::string_view hex) {
  ObjectId id;
  if (hex.size() != 2 * ObjectId::kSize) return std::nullopt;
  for (size_t i = 0; i < ObjectId::kSize; ++i)
    if (!parse_number(hex.substr(2 * i, 2), id.bytes[i], 16)) return std::nullopt;
  return id;
}

git_oid oid_of(const ObjectId& id) {
  git_oid oid;
  std::memcpy(oid.id, id.bytes.data(), ObjectId::kSize);
  return oid;
}

Result<Objects> Objects::open(git_repository* repository) {
  OdbHandle odb;
  int code = acquire(odb, git_repository_odb, repository);
  if (code != 0) return git_failure(code, "cannot open the objects of the git repository");
  return Objects(std::move(odb));
}

bool Objects::has(const ObjectId& id) const {
  git_oid oid = oid_of(id);
  return git_odb_exists(odb_.get(), &oid) != 0;
}

Result<std::string> Objects::read(const ObjectId& id, git_object_t kind) const {
  Handle<git_odb_object, git_odb_object_free> object;
  git_oid oid = oid_of(id);
  int code = acquire(object, git_odb_read, odb_.get(), &oid);
  if (code != 0) return git_failure(code, fmt::format("cannot read the git object {}", id.hex()));
  if (git_odb_object_type(object.get()) != kind) return damaged(id);
  return std::string(static_cast<const char*>(git_odb_object_data(object.get())),
                     git_odb_object_size(object.get()));
}

Result<std::vector<NamedEntry>> Objects::tree(const ObjectId& id) const {
  TB_LET(std::string bytes, read(id, GIT_OBJECT_TREE));
  std::vector<NamedEntry> entries;
  for (std::string_view rest = bytes; !rest.empty();) {
    size_t blank = rest.find(' '), nul = rest.find('\0');
    uint32_t mode = 0;
    if (blank == std::string_view::npos || nul == std::string_view::npos || nul < blank ||
        rest.size() - nul <= ObjectId::kSize || !parse_number(rest.substr(0, blank), mode, 8))
      return damaged(id);
    entries.push_back({std::string(rest.substr(blank + 1, nul - blank - 1)),
                       {canonical(mode), ObjectId::from(rest.data() + nul + 1)}});
    rest.remove_prefix(nul + 1 + ObjectId::kSize);
  }
  return entries;
}

Result<std::string> Objects::blob(const ObjectId& id) const {
  return read(id, GIT_OBJECT_BLOB);
}

Result<CommitFacts> Objects::commit(const ObjectId& id) const {
  TB_LET(std::string bytes, read(id, GIT_OBJECT_COMMIT));
  CommitFacts facts;
  bool has_tree = false;
  for (std::string_view line : split(bytes, '\n')) {
    if (line.empty()) break;  // the message follows
    std::string_view word = line.substr(0, line.find(' '));
    std::string_view value = line.substr(std::min(line.size(), word.size() + 1));
    if (word == "tree" || word == "parent") {
      auto named = parse_id(value);
      if (!named) return damaged(id);
      if (word == "parent") facts.parents.push_back(*named);
      if (word == "tree") facts.tree = *named;
      has_tree = has_tree || word == "tree";
    } else if (word == "committer") {
      std::string_view times = value.substr(std::min(value.size(), value.rfind('>') + 1));
      times = trim(times);
      if (!parse_number(times.substr(0, times.find(' ')), facts.time)) facts.time = 0;
    }
  }
  if (!has_tree) return damaged(id);
  return facts;
}

}  // namespace tierbuild::git
