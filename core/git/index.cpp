#include "git/index.hpp"

#include <charconv>

namespace tierbuild::git {
namespace {

constexpr size_t kHeader = 12, kChecksum = 20, kFixed = 62;  // bytes of an entry before its path
constexpr uint16_t kAssumeValid = 0x8000, kExtended = 0x4000, kStage = 0x3000;
constexpr uint16_t kSkipWorktree = 0x4000, kIntentToAdd = 0x2000;

uint32_t number(std::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

uint16_t short_number(std::string_view bytes) {
  return static_cast<uint16_t>(static_cast<uint8_t>(bytes[0]) << 8 | static_cast<uint8_t>(bytes[1]));
}

Error damaged() {
  return Error(Code::corrupt, "the git index is damaged").hint("`git status` tells more");
}

class Parser {
 public:
  explicit Parser(std::string_view bytes) : bytes_(bytes) {}

  Status run(Index& index, CachedTree& tree) {
    if (bytes_.size() < kHeader + kChecksum || !bytes_.starts_with("DIRC")) return damaged();
    version_ = number(bytes_.substr(4));
    if (version_ < 2 || version_ > 4)
      return Error::make(Code::invalid, "the git index has the unknown version {}", version_);
    uint32_t count = number(bytes_.substr(8));
    bytes_.remove_suffix(kChecksum);
    at_ = kHeader;
    for (uint32_t i = 0; i < count; ++i) TB_TRY(entry(index));
    while (at_ < bytes_.size()) TB_TRY(extension(tree));
    if (has_nameless_) return damaged();
    return {};
  }

 private:
  Status entry(Index& index) {
    if (bytes_.size() - at_ < kFixed) return damaged();
    std::string_view raw = bytes_.substr(at_);
    auto field = [&](size_t i) { return number(raw.substr(4 * i)); };
    IndexEntry entry;
    entry.stat = {field(0), field(1), field(2), field(3), field(4), field(5), field(7), field(8), field(9)};
    entry.mode = canonical(field(6));
    entry.id = ObjectId::from(raw.data() + 40);
    uint16_t flags = short_number(raw.substr(60)), more = 0;
    size_t fixed = kFixed;
    if ((flags & kExtended) != 0) {
      fixed += 2;
      if (version_ < 3 || raw.size() < fixed) return damaged();
      more = short_number(raw.substr(62));
    }
    entry.assumed = (flags & kAssumeValid) != 0;
    entry.left_out = (more & kSkipWorktree) != 0;
    TB_TRY(path(raw.substr(fixed), fixed));
    if (entry.mode == Mode::none) return damaged();
    has_nameless_ = has_nameless_ || path_.empty();  // as in a split index, which an extension tells
    bool is_set = (flags & kStage) == 0 && (more & kIntentToAdd) == 0;
    if (is_set) index.add(path_, entry);
    return {};
  }

  /// Takes the path that `raw` starts with, and moves on behind its entry.
  Status path(std::string_view raw, size_t fixed) {
    size_t start = 0;
    if (version_ == 4) {
      size_t dropped = 0;
      if (!variable_number(raw, start, dropped) || dropped > path_.size()) return damaged();
      path_.resize(path_.size() - dropped);
    } else {
      path_.clear();
    }
    size_t end = raw.find('\0', start);
    if (end == std::string_view::npos) return damaged();
    path_ += raw.substr(start, end - start);
    // Up to version 3 an entry is filled up with one to eight NUL bytes.
    size_t size = fixed + end;
    at_ += version_ == 4 ? size + 1 : (size + 8) / 8 * 8;
    if (at_ > bytes_.size()) return damaged();
    return {};
  }

  static bool variable_number(std::string_view raw, size_t& at, size_t& value) {
    uint8_t byte = 0x80;
    for (value = 0; (byte & 0x80) != 0;) {
      if (at >= raw.size() || value > UINT32_MAX) return false;
      byte = static_cast<uint8_t>(raw[at]);
      value = (at++ > 0 ? value + 1 : value) << 7 | (byte & 0x7f);
    }
    return true;
  }

  Status extension(CachedTree& tree) {
    if (bytes_.size() - at_ < 8) return damaged();
    std::string_view name = bytes_.substr(at_, 4);
    size_t size = number(bytes_.substr(at_ + 4));
    at_ += 8;
    if (bytes_.size() - at_ < size) return damaged();
    std::string_view content = bytes_.substr(at_, size);
    at_ += size;
    if (name == "TREE") return cached_tree(content, tree, 0);
    // Those with a small first letter change what the entries mean.
    if (name[0] >= 'A' && name[0] <= 'Z') return {};
    return Error::make(Code::invalid, "the git index is {}",
                       name == "link"   ? "split"
                       : name == "sdir" ? "sparse"
                                        : "of an unknown form")
        .hint(name == "link"   ? "git update-index --no-split-index"
              : name == "sdir" ? "git sparse-checkout reapply --no-sparse-index"
                               : "write it anew with another version of git");
  }

  Status cached_tree(std::string_view& content, CachedTree& tree, int depth) {
    constexpr int kDeepest = 2048;
    size_t nul = content.find('\0'), end = content.find('\n');
    if (nul == std::string_view::npos || end == std::string_view::npos || end < nul || depth > kDeepest)
      return damaged();
    tree.name = content.substr(0, nul);
    int entries = 0, children = 0;
    std::string_view numbers = content.substr(nul + 1, end - nul - 1);
    auto first = std::from_chars(numbers.data(), numbers.data() + numbers.size(), entries);
    if (first.ec != std::errc{} || first.ptr == numbers.data() + numbers.size()) return damaged();
    auto second = std::from_chars(first.ptr + 1, numbers.data() + numbers.size(), children);
    if (second.ec != std::errc{} || children < 0) return damaged();
    content.remove_prefix(end + 1);
    tree.valid = entries >= 0;
    if (tree.valid) {
      if (content.size() < ObjectId::kSize) return damaged();
      tree.id = ObjectId::from(content.data());
      content.remove_prefix(ObjectId::kSize);
    }
    for (int i = 0; i < children; ++i) TB_TRY(cached_tree(content, tree.children.emplace_back(), depth + 1));
    std::sort(tree.children.begin(), tree.children.end(),
              [](const CachedTree& a, const CachedTree& b) { return a.name < b.name; });
    return {};
  }

  std::string_view bytes_;
  size_t at_ = 0;
  uint32_t version_ = 0;
  std::string path_;
  bool has_nameless_ = false;
};

}  // namespace

const CachedTree* CachedTree::child(std::string_view wanted) const {
  auto found = std::lower_bound(children.begin(), children.end(), wanted,
                                [](const CachedTree& tree, std::string_view n) { return tree.name < n; });
  return found == children.end() || found->name != wanted ? nullptr : &*found;
}

Result<Index> Index::parse(std::string_view bytes) {
  Index index;
  index.paths_.reserve(bytes.size() / 2);
  index.entries_.reserve(bytes.size() / 96);
  TB_TRY(Parser(bytes).run(index, index.tree_));
  auto out_of_order = std::adjacent_find(
      index.entries_.begin(), index.entries_.end(),
      [&](const IndexEntry& a, const IndexEntry& b) { return index.path(a) >= index.path(b); });
  if (out_of_order != index.entries_.end()) return damaged();
  return index;
}

void Index::add(std::string_view path, IndexEntry entry) {
  entry.path_at = static_cast<uint32_t>(paths_.size());
  entry.path_size = static_cast<uint32_t>(path.size());
  paths_ += path;
  entries_.push_back(entry);
}

const IndexEntry* Index::find(std::string_view wanted) const {
  auto found = std::partition_point(entries_.begin(), entries_.end(),
                                    [&](const IndexEntry& entry) { return path(entry) < wanted; });
  return found == entries_.end() || path(*found) != wanted ? nullptr : &*found;
}

std::pair<size_t, size_t> Index::below(std::string_view directory, size_t from, size_t to) const {
  auto begin = entries_.begin();
  auto first = std::partition_point(begin + static_cast<ptrdiff_t>(from), begin + static_cast<ptrdiff_t>(to),
                                    [&](const IndexEntry& entry) { return path(entry) < directory; });
  auto last = std::partition_point(first, begin + static_cast<ptrdiff_t>(to), [&](const IndexEntry& entry) {
    return path(entry).starts_with(directory);
  });
  return {static_cast<size_t>(first - begin), static_cast<size_t>(last - begin)};
}

}  // namespace tierbuild::git
