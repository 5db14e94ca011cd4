// A layer that takes blocks over from an earlier one has the bytes of one that was made from nothing.
#include <algorithm>
#include <fstream>
#include <random>
#include <set>

#include "archive/recompress.hpp"
#include "layers.hpp"

using namespace tierbuild;
using namespace tierbuild::archive;
using namespace tierbuild::archive::test;

namespace {

/// A tree on disk that can be edited, and written as a layer whose files have known digests.
class Tree {
 public:
  explicit Tree(unsigned seed) : random_(seed) {}

  void fill(size_t files) {
    for (size_t i = 0; i < files; ++i) put(fmt::format("f{:05}", i), 100 + random_() % 9000);
  }
  void put(const std::string& name, size_t size) {
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>('a' + random_() % 13);
    files_[name] = Digest::of(bytes);
    temp_.write(name, bytes);
  }
  void drop(const std::string& name) {
    files_.erase(name);
    std::filesystem::remove(temp_ / name);
  }
  std::string any() {
    return std::next(files_.begin(), static_cast<ptrdiff_t>(random_() % files_.size()))->first;
  }
  size_t number(size_t below) { return random_() % below; }
  std::filesystem::path path(const std::string& name) const { return temp_ / name; }

  Result<LayerBlob> write(int fd, const LayerOptions& options, bool known = true) const {
    TB_LET(LayerWriter writer, LayerWriter::create(fd, options));
    for (const auto& [name, digest] : files_) {
      Entry entry;
      entry.path = name;
      entry.size = std::filesystem::file_size(temp_ / name);
      TB_TRY(writer.add_file(entry, temp_ / name, known ? digest : Digest()));
    }
    return writer.finish();
  }

 private:
  Temp temp_;
  std::mt19937 random_;
  std::map<std::string, Digest> files_;
};

EarlierLayer earlier(const UniqueFd& file, const LayerBlob& blob) {
  return {UniqueFd(::dup(file.get())), blob.blocks};
}

/// How many blocks of `now` stood in `before`.
size_t shared_blocks(const LayerBlob& before, const LayerBlob& now) {
  std::set<Digest> known;
  for (const BlockPart& part : before.blocks) known.insert(part.identity);
  return static_cast<size_t>(std::count_if(now.blocks.begin(), now.blocks.end(), [&](const BlockPart& part) {
    return known.contains(part.identity);
  }));
}

}  // namespace

TEST_CASE("blocks that are taken over give the bytes of a layer made from nothing, whatever was edited") {
  auto compression = GENERATE(Compression::gzip, Compression::zstd);
  auto seed = GENERATE(1U, 2U, 3U);
  Tree tree(seed);
  tree.fill(600);
  tree.put("large", 3'000'000);
  LayerOptions options{.compression = compression, .workers = 2};
  UniqueFd before = scratch_file();
  Result<LayerBlob> blob = tree.write(before.get(), options);
  REQUIRE_OK(blob);
  for (int round = 0; round < 12; ++round) {
    switch (tree.number(4)) {
      case 0:
        tree.put(tree.any(), tree.number(20'000));
        break;
      case 1:
        tree.drop(tree.any());
        break;
      case 2:
        tree.put(fmt::format("f{:05}-new", tree.number(600)), tree.number(400'000));
        break;
      default:
        tree.put("large", 2'000'000 + tree.number(2'000'000));
    }
    EarlierLayer old = earlier(before, *blob);
    LayerOptions reusing = options;
    reusing.earlier = &old;
    UniqueFd fresh = scratch_file(), reused = scratch_file(), again = scratch_file();
    Result<LayerBlob> one = tree.write(fresh.get(), options);
    Result<LayerBlob> two = tree.write(reused.get(), reusing);
    Result<LayerBlob> three = recompress(rewound(fresh), again.get(), options);
    REQUIRE_OK(one);
    REQUIRE_OK(two);
    REQUIRE_OK(three);
    REQUIRE(one->digest == two->digest);
    REQUIRE(one->diff_id == two->diff_id);
    REQUIRE(one->digest == three->digest);
    REQUIRE(bytes_of(fresh) == bytes_of(reused));
    before = std::move(reused);
    blob = std::move(two);
  }
}

TEST_CASE("one edited file costs its own block: files of the others are not opened") {
  Tree tree(7);
  tree.fill(2000);
  LayerOptions options{.workers = 2};
  UniqueFd before = scratch_file(), after = scratch_file();
  Result<LayerBlob> blob = tree.write(before.get(), options);
  REQUIRE_OK(blob);
  REQUIRE(blob->blocks.size() > 10);
  tree.put("f01000", 12'345);
  // A file of the first block gets other bytes behind the back of its digest: only who reads it notices.
  std::string content = slurp(tree.path("f00000"));
  { std::ofstream(tree.path("f00000")) << std::string(content.size(), '-'); }
  EarlierLayer old = earlier(before, *blob);
  options.earlier = &old;
  Result<LayerBlob> now = tree.write(after.get(), options);
  REQUIRE_OK(now);
  REQUIRE(shared_blocks(*blob, *now) >= blob->blocks.size() - 2);
  Result<std::vector<Member>> members = read_layer(rewound(after));
  REQUIRE_OK(members);
  REQUIRE(members->front().content == content);
}

TEST_CASE("a damaged block of the earlier layer is made anew") {
  auto compression = GENERATE(Compression::gzip, Compression::zstd);
  Tree tree(9);
  tree.fill(600);
  LayerOptions options{.compression = compression, .workers = 2};
  UniqueFd before = scratch_file(), after = scratch_file();
  Result<LayerBlob> blob = tree.write(before.get(), options);
  REQUIRE_OK(blob);
  for (uint64_t at = 1000; at < blob->size; at += 70'000) {
    char byte;
    REQUIRE(::pread(before.get(), &byte, 1, static_cast<off_t>(at)) == 1);
    byte = static_cast<char>(byte ^ 0x10);
    REQUIRE(::pwrite(before.get(), &byte, 1, static_cast<off_t>(at)) == 1);
  }
  SECTION("flipped bits") {}
  SECTION("a blob that ends early") {
    REQUIRE(::ftruncate(before.get(), static_cast<off_t>(blob->size / 2)) == 0);
  }
  EarlierLayer old = earlier(before, *blob);
  options.earlier = &old;
  Result<LayerBlob> again = tree.write(after.get(), options);
  REQUIRE_OK(again);
  REQUIRE(again->digest == blob->digest);
}

TEST_CASE("a layer of another compression is no use and does no harm") {
  Tree tree(11);
  tree.fill(300);
  UniqueFd gzip = scratch_file(), zstd = scratch_file(), direct = scratch_file();
  Result<LayerBlob> before = tree.write(gzip.get(), {.compression = Compression::gzip});
  REQUIRE_OK(before);
  EarlierLayer old = earlier(gzip, *before);
  LayerOptions options{.compression = Compression::zstd};
  Result<LayerBlob> expected = tree.write(direct.get(), options);
  options.earlier = &old;
  Result<LayerBlob> found = tree.write(zstd.get(), options);
  REQUIRE_OK(found);
  REQUIRE(found->digest == expected->digest);
}

TEST_CASE("files whose digest is not known give blocks without an identity") {
  Tree tree(13);
  tree.fill(100);
  UniqueFd out = scratch_file();
  Result<LayerBlob> blob = tree.write(out.get(), {}, false);
  REQUIRE_OK(blob);
  for (const BlockPart& part : blob->blocks) REQUIRE(part.identity.empty());
}

TEST_CASE("a block map survives the way through bytes, and nothing else is taken for one") {
  BlockMap map = {{Digest::of("a"), 100, 200}, {Digest(), 5, 6}};
  Digest blob = Digest::of("blob");
  std::string bytes = to_bytes(blob, map);
  std::optional<DescribedBlob> read = block_map_from(bytes);
  REQUIRE(read);
  REQUIRE(read->blob == blob);
  REQUIRE(read->blocks.size() == 2);
  REQUIRE(read->blocks[0].identity == map[0].identity);
  REQUIRE(read->blocks[1].size == 5);
  REQUIRE(read->blocks[1].tar_size == 6);
  for (size_t cut : {size_t{0}, size_t{3}, size_t{20}, bytes.size() - 1})
    REQUIRE_FALSE(block_map_from(bytes.substr(0, cut)));
  REQUIRE_FALSE(block_map_from("tbm2" + bytes.substr(4)));
}
