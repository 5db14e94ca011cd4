#include "archive/layer_reader.hpp"

#include <isa-l/igzip_lib.h>
#include <zstd.h>

#include <thread>

#include "base/subprocess.hpp"
#include "layers.hpp"

using namespace tierbuild;
using namespace tierbuild::archive;
using namespace tierbuild::archive::test;

namespace {

std::string gzip(std::string_view bytes) {
  auto stream = std::make_unique<isal_zstream>();
  isal_deflate_init(stream.get());
  stream->gzip_flag = IGZIP_GZIP;
  stream->end_of_stream = 1;
  std::string out(bytes.size() + bytes.size() / 8 + 4096, '\0');
  stream->next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(bytes.data()));
  stream->avail_in = static_cast<uint32_t>(bytes.size());
  stream->next_out = reinterpret_cast<uint8_t*>(out.data());
  stream->avail_out = static_cast<uint32_t>(out.size());
  REQUIRE(isal_deflate(stream.get()) == COMP_OK);
  out.resize(stream->total_out);
  return out;
}

std::string zstd(std::string_view bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3));
  return out;
}

Result<Digest> digest_of(std::string_view blob, const UnpackLimits& limits = {}) {
  UniqueFd in = file_with(blob);
  TB_LET(TarReader reader, TarReader::open(in.get(), limits));
  return reader.finish();
}

long peak_kilobytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
  FAIL("the kernel tells no peak");
  return 0;
}

const std::string& sample() {
  static const std::string kTar =
      tar_of({file("a", "one"), file("b", std::string(3'000'000, 'x')), file("c", "two")});
  return kTar;
}

}  // namespace

TEST_CASE("the diff id covers every byte, also those after the end of the archive") {
  std::string padded = sample() + std::string(9000, '\0') + "and more";
  REQUIRE(*digest_of(sample()) == Digest::of(sample()));
  for (const std::string& blob : {padded, gzip(padded), zstd(padded)})
    REQUIRE(*digest_of(blob) == Digest::of(padded));
}

TEST_CASE("gzip members and zstd frames may follow one another, empty ones too") {
  std::string head = sample().substr(0, 1000), tail = sample().substr(1000);
  Digest whole = Digest::of(sample());
  REQUIRE(*digest_of(gzip(head) + gzip("") + gzip(tail) + gzip("")) == whole);
  REQUIRE(*digest_of(zstd(head) + zstd("") + zstd(tail)) == whole);
  std::string skippable("\x50\x2a\x4d\x18\x04\0\0\0skip", 12);
  REQUIRE(*digest_of(skippable + zstd(head) + skippable + zstd(tail)) == whole);
  std::string members;
  for (size_t at = 0; at < sample().size(); at += 700'001) members += gzip(sample().substr(at, 700'001));
  REQUIRE(*digest_of(members) == whole);
}

TEST_CASE("blobs that other programs compressed are read") {
  Temp temp;
  for (std::vector<std::string> argv :
       {std::vector<std::string>{"gzip", "-9", "-n"}, {"zstd", "-q", "-19"}}) {
    if (find_program(argv[0]).empty()) {
      tierbuild::test::skip(argv[0] + " is not installed");
      continue;
    }
    argv.push_back(temp.write("tar", sample()).native());
    Result<Completed> done = run_command({argv, {}, {}, {}});
    REQUIRE_OK(done);
    REQUIRE(done->exit_code == 0);
    REQUIRE(*digest_of(slurp(temp / (argv[0] == "gzip" ? "tar.gz" : "tar.zst"))) == Digest::of(sample()));
  }
}

TEST_CASE("truncated, damaged and trailing bytes are corrupt") {
  for (const std::string& blob : {gzip(sample()), zstd(sample())}) {
    for (size_t keep : {size_t{5}, size_t{12}, blob.size() / 2, blob.size() - 1})
      REQUIRE_CODE(digest_of(blob.substr(0, keep)), Code::corrupt);
    REQUIRE_CODE(digest_of(blob + "trailing"), Code::corrupt);
    REQUIRE_CODE(digest_of(blob + std::string(100, '\0')), Code::corrupt);
  }
  std::string flipped = gzip(sample());
  flipped[flipped.size() - 6] ^= 1;  // the checksum
  REQUIRE_CODE(digest_of(flipped), Code::corrupt);
  REQUIRE_CODE(digest_of("this is not a tar"), Code::corrupt);
  REQUIRE_CODE(digest_of(std::string(2000, 'x')), Code::corrupt);
  REQUIRE_CODE(digest_of(sample().substr(0, 2'000'000)), Code::corrupt);
}

TEST_CASE("no bytes at all are an archive without members") {
  REQUIRE(*digest_of("") == Digest::of(""));
  REQUIRE(*digest_of(gzip("")) == Digest::of(""));
}

TEST_CASE("a pipe is read as a file is, and an abandoned one does not hang") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  UniqueFd in(ends[0]), out(ends[1]);
  auto feed = [&](size_t bytes) {
    for (size_t at = 0; at < bytes;) {
      ssize_t n = ::write(out.get(), sample().data() + at, std::min<size_t>(10'000, bytes - at));
      if (n < 0) return;
      at += static_cast<size_t>(n);
    }
  };
  SECTION("read to the end") {
    std::jthread feeder([&] {
      feed(sample().size());
      out.reset();
    });
    Result<std::vector<Member>> read = read_layer(in.get());
    REQUIRE_OK(read);
    REQUIRE(read->size() == 3);
    REQUIRE(((*read)[1].content == std::string(3'000'000, 'x')));
  }
  SECTION("dropped while more could come") {
    std::jthread feeder([&] { feed(1'500'000); });
    Result<TarReader> reader = TarReader::open(in.get());
    REQUIRE_OK(reader);
    Result<std::optional<Entry>> first = reader->next();
    REQUIRE_OK(first);
    REQUIRE((*first)->path == "a");
    feeder.join();
  }
}

TEST_CASE("a bomb stops at its cap, with little memory") {
  // 10 GB of zeros: once in a file, once after the end of the archive.
  std::string unit = gzip(std::string(16 << 20, '\0'));
  std::string zeros;
  for (int i = 0; i < 640; ++i) zeros += unit;
  std::string in_file =
      gzip(RawTar().add({.name = "bomb", .size_field = "77777777777"}).str().substr(0, 512)) + zeros;
  std::string at_end = gzip(sample()) + zeros;
  std::ofstream("/proc/self/clear_refs") << "5";  // the peak starts anew
  long before = peak_kilobytes();
  for (const std::string* bomb : {&in_file, &at_end}) {
    Result<Digest> result = digest_of(*bomb, {.bytes = 64 << 20});
    REQUIRE_CODE(result, Code::corrupt);
    REQUIRE(result.error().str().find("`bytes`") != std::string::npos);
  }
  REQUIRE(peak_kilobytes() - before < 32 << 10);
}

TEST_CASE("each cap is named when it is exceeded") {
  auto fails_with = [](const std::string& tar, const UnpackLimits& limits, const std::string& name) {
    Result<Digest> result = digest_of(tar, limits);
    REQUIRE_CODE(result, Code::corrupt);
    INFO(result.error().str());
    REQUIRE(result.error().str().find('`' + name + '`') != std::string::npos);
  };
  fails_with(sample(), {.entries = 2}, "entries");
  fails_with(sample(), {.bytes = 1000}, "bytes");
  fails_with(RawTar().add({.name = "a/b/c/d"}).str(), {.depth = 3}, "depth");
  Member rich = file("a", "");
  rich.entry.xattrs["user.a"] = std::string(5000, 'x');
  fails_with(tar_of({rich}), {.metadata = 5000}, "metadata");
  REQUIRE_OK(digest_of(RawTar().add({.name = "a/b/../c"}).str(), {.depth = 2}));
}

TEST_CASE("a pax header of many megabytes is refused") {
  std::string tar = RawTar().add({.name = "a", .pax = {{"comment", std::string(20 << 20, 'x')}}}).str();
  REQUIRE_CODE(digest_of(gzip(tar)), Code::corrupt);
}

TEST_CASE("foreign tars: GNU long names and sparse files, ustar, version 7") {
  RawTar tar;
  tar.add({.name = "././@LongLink", .type = 'L', .content = std::string(150, 'n') + '\0'});
  tar.add({.name = "short", .content = "long name"});
  tar.add({.name = "././@LongLink", .type = 'K', .content = std::string(150, 't') + '\0'});
  tar.add({.name = "link", .type = '2', .link = "short"});
  tar.add({.name = "seven", .type = '\0', .content = "7"});
  tar.add({.name = "folder/", .type = '\0'});
  UniqueFd in = file_with(tar.str());
  Result<std::vector<Member>> read = read_layer(in.get());
  REQUIRE_OK(read);
  REQUIRE(read->size() == 4);
  REQUIRE((*read)[0].entry.path == std::string(150, 'n'));
  REQUIRE(((*read)[0].content == "long name"));
  REQUIRE((*read)[1].entry.link == std::string(150, 't'));
  REQUIRE(((*read)[2].content == "7"));
  REQUIRE((*read)[3].entry.type == EntryType::directory);
}

TEST_CASE("the holes of a sparse file are zeros") {
  std::string map = "2\n100000\n3\n200000\n0\n";
  RawTar tar;
  tar.add({.name = "GNUSparseFile.0/s",
           .content = map + std::string(512 - map.size(), '\0') + "end",
           .pax = {{"GNU.sparse.major", "1"},
                   {"GNU.sparse.minor", "0"},
                   {"GNU.sparse.name", "sparse"},
                   {"GNU.sparse.realsize", "200000"}}});
  UniqueFd in = file_with(tar.str());
  Result<std::vector<Member>> read = read_layer(in.get());
  REQUIRE_OK(read);
  REQUIRE((*read)[0].entry.path == "sparse");
  std::string expected(200'000, '\0');
  expected.replace(100'000, 3, "end");
  REQUIRE(((*read)[0].content == expected));

  Temp temp;
  REQUIRE_OK(unpack_layer(rewound(in), temp.path(), {.own = is_root()}));
  REQUIRE((slurp(temp / "sparse") == expected));
}

TEST_CASE("a member is given in pieces, or as a whole below a limit") {
  UniqueFd in = file_with(gzip(sample()));
  Result<TarReader> reader = TarReader::open(in.get());
  REQUIRE_OK(reader);
  REQUIRE((*reader->next())->path == "a");
  REQUIRE((*reader->next())->path == "b");
  REQUIRE_CODE(reader->read_all(1000), Code::corrupt);
  REQUIRE((*reader->next())->path == "c");
  REQUIRE_CODE(reader->read([](std::string_view) -> Status { return Error(Code::failed, "enough"); }),
               Code::failed);
  REQUIRE(*reader->finish() == Digest::of(sample()));
}
