#include "archive/layer_writer.hpp"

#include <sys/stat.h>

#include <clocale>
#include <cstdio>
#include <cstdlib>

#include "base/scope_guard.hpp"
#include "base/subprocess.hpp"
#include "layers.hpp"

using namespace tierbuild;
using namespace tierbuild::archive;
using namespace tierbuild::archive::test;

namespace {

std::string noise(size_t size, uint32_t seed) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    seed = seed * 1664525 + 1013904223;
    // Half of it compresses, half does not.
    bytes[i] = static_cast<char>(i & 4096 ? seed >> 24 : (seed >> 30) + 'a');
  }
  return bytes;
}

/// Every type, and every case in which ustar does not suffice.
std::vector<Member> all_kinds() {
  std::vector<Member> members;
  auto add = [&](Member member) -> Entry& { return members.emplace_back(std::move(member)).entry; };
  add(directory(""));
  add(file("a", "hello", 04755));
  add(directory("d", 01777)).mtime = 1000;
  add(file("d.txt", ""));
  Entry& capable = add(file("d/capable", "x"));
  capable.xattrs = {{"security.capability", std::string("\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20)},
                    {"user.a b%20", "line\nend"},
                    {"user.empty", ""}};
  auto node = [&](std::string path, EntryType type, uint32_t major, uint32_t minor) {
    Entry& made = add(file(std::move(path), "", 0660));
    made.type = type;
    made.dev_major = major;
    made.dev_minor = minor;
  };
  node("d/null", EntryType::char_device, 1, 3);
  node("d/ram", EntryType::block_device, 1, 99999);
  node("d/zpipe", EntryType::fifo, 0, 0);
  Entry& rich = add(file("e", "big owner"));
  rich.uid = 3'000'000'000;
  rich.gid = 2'097'152;
  add(file("f", "before the epoch")).mtime = -86400;
  add(hard_link("g", "a"));
  add(soft_link("h", "../../etc/passwd"));
  std::string deep = "i/" + std::string(60, 'j') + '/' + std::string(90, 'k');
  add(file(deep, "prefix and name"));
  add(file("l" + std::string(200, 'm'), "too long for ustar"));
  add(hard_link("n", "l" + std::string(200, 'm')));
  add(soft_link("o", std::string(300, 'p')));
  add(file("q\xc3\xa9", "utf-8"));
  add(file("r\xff\xfe", "not utf-8"));
  add(file("s" + std::string(200, '\xff'), "long and not utf-8"));
  add(soft_link("t", std::string(200, '\xfe')));
  add(file("u", noise(3'000'000, 1)));
  return members;
}

Status outcome(const Result<LayerBlob>& blob) {
  return blob ? Status() : Status(blob.error());
}

}  // namespace

TEST_CASE("every kind of member survives the way into a tar and out of it") {
  auto compression = GENERATE(Compression::none, Compression::gzip, Compression::zstd);
  UniqueFd out = scratch_file();
  std::vector<Member> members = all_kinds();
  Result<LayerBlob> blob = write_layer(out.get(), members, {.compression = compression});
  REQUIRE_OK(blob);
  REQUIRE(blob->entries == members.size());
  REQUIRE(blob->digest == Digest::of(bytes_of(out)));
  REQUIRE(blob->size == bytes_of(out).size());
  Result<std::vector<Member>> read = read_layer(rewound(out));
  REQUIRE_OK(read);
  REQUIRE(read->size() == members.size());
  for (size_t i = 0; i < members.size(); ++i) {
    INFO(members[i].entry.path);
    REQUIRE((*read)[i].entry.path == members[i].entry.path);
    REQUIRE((*read)[i].entry.xattrs == members[i].entry.xattrs);
    REQUIRE((*read)[i].entry.link == members[i].entry.link);
    REQUIRE(((*read)[i].content == members[i].content));
    REQUIRE((*read)[i].entry == members[i].entry);
  }
}

TEST_CASE("the tar has the same bytes today as ever") {
  UniqueFd out = scratch_file();
  Result<LayerBlob> plain = write_layer(out.get(), all_kinds(), {.compression = Compression::none});
  REQUIRE_OK(plain);
  REQUIRE(plain->diff_id.hex() == "40ee97a7046b6e50b907cff80af78b7e33f9a911c7790edb4c78e24cb48719cf");
  Result<LayerBlob> gzip = write_layer(out.get(), all_kinds(), {.compression = Compression::gzip});
  REQUIRE_OK(gzip);
  REQUIRE(gzip->diff_id == plain->diff_id);
}

TEST_CASE("the bytes depend neither on workers nor on time zone, umask or locale") {
  auto compression = GENERATE(Compression::gzip, Compression::zstd);
  std::vector<Member> members = {file("a", noise(5'000'000, 2)), file("b", noise(1'234'567, 3)),
                                 file("c\xc3\xa9", "x")};
  auto digest = [&](unsigned workers) {
    UniqueFd out = scratch_file();
    Result<LayerBlob> blob =
        write_layer(out.get(), members, {.compression = compression, .workers = workers});
    REQUIRE_OK(blob);
    return blob->digest;
  };
  Digest first = digest(1);
  for (unsigned workers : {0U, 2U, 4U, 7U}) REQUIRE(digest(workers) == first);

  mode_t mask = ::umask(077);
  std::string locale = std::setlocale(LC_ALL, nullptr);
  ::setenv("TZ", "Asia/Kolkata", 1);
  ::tzset();
  bool have_locale = std::setlocale(LC_ALL, "C.UTF-8") != nullptr;
  Digest other = digest(2);
  std::setlocale(LC_ALL, locale.c_str());
  ::unsetenv("TZ");
  ::tzset();
  ::umask(mask);
  REQUIRE(have_locale);
  REQUIRE(other == first);
}

TEST_CASE("times later than the clamp become the clamp, earlier ones stay") {
  UniqueFd out = scratch_file();
  Member late = file("a", "1");
  late.entry.mtime = 2'000'000'000;
  Member early = file("b", "2");
  early.entry.mtime = 5;
  REQUIRE_OK(write_layer(out.get(), {late, early}, {.clamp_mtime = 1'000'000'000}));
  Result<std::vector<Member>> read = read_layer(rewound(out));
  REQUIRE_OK(read);
  REQUIRE((*read)[0].entry.mtime == 1'000'000'000);
  REQUIRE((*read)[1].entry.mtime == 5);
}

TEST_CASE("an archive without members is two empty blocks") {
  UniqueFd out = scratch_file();
  Result<LayerBlob> blob = write_layer(out.get(), {}, {.compression = Compression::none});
  REQUIRE_OK(blob);
  REQUIRE(bytes_of(out) == std::string(1024, '\0'));
  REQUIRE(blob->tar_size == 1024);
  Result<std::vector<Member>> read = read_layer(rewound(out));
  REQUIRE_OK(read);
  REQUIRE(read->empty());
}

TEST_CASE("members that are out of order or come twice are refused") {
  auto wrong = GENERATE(std::vector<std::string>{"b", "a"}, std::vector<std::string>{"a", "a"},
                        std::vector<std::string>{"a/b", "a"}, std::vector<std::string>{"a/b", "a.txt"},
                        std::vector<std::string>{"a/b", "a/.wh..wh..opq"}, std::vector<std::string>{"b", ""});
  UniqueFd out = scratch_file();
  Result<LayerWriter> writer = LayerWriter::create(out.get(), {});
  REQUIRE_OK(writer);
  REQUIRE_OK(writer->add(file(wrong[0], "").entry));
  REQUIRE_CODE(writer->add(file(wrong[1], "").entry), Code::internal);
  REQUIRE_CODE(writer->finish(), Code::internal);
}

TEST_CASE("an opaque marker comes before everything in its directory") {
  UniqueFd out = scratch_file();
  REQUIRE_OK(write_layer(out.get(), {directory(""), file(".wh..wh..opq", ""), file("!", ""), directory("a"),
                                     file("a-b", ""), file("a/.wh..wh..opq", ""), file("a/!first", "")}));
}

TEST_CASE("what a tar cannot say is an error and not another file") {
  UniqueFd out = scratch_file();
  Result<LayerWriter> writer = LayerWriter::create(out.get(), {});
  Member odd = file("a", "");
  SECTION("an xattr name with =") {
    odd.entry.xattrs["user.a=b"] = "1";
  }
  SECTION("a path with a zero byte") {
    odd.entry.path = std::string("a\0b", 3);
  }
  SECTION("a huge device number") {
    odd.entry.type = EntryType::char_device;
    odd.entry.dev_major = 1U << 30;
  }
  REQUIRE_CODE(writer->add(odd.entry), Code::invalid);
}

TEST_CASE("a file that is not as long as announced is noticed") {
  Temp temp;
  std::filesystem::path source = temp.write("source", std::string(2'000'000, 'x'));
  auto announced = GENERATE(uint64_t{1'999'999}, uint64_t{2'000'001}, uint64_t{0});
  UniqueFd out = scratch_file();
  Result<LayerWriter> writer = LayerWriter::create(out.get(), {});
  Entry entry = file("a", "").entry;
  entry.size = announced;
  Status status = writer->add_file(entry, source);
  if (status) status = outcome(writer->finish());
  REQUIRE_CODE(status, Code::failed);
  REQUIRE(status.error().str().find("changed while it was read") != std::string::npos);
  REQUIRE_CODE(writer->finish(), Code::failed);
}

TEST_CASE("a file comes from its path, a symlink there is not followed") {
  Temp temp;
  std::filesystem::path source = temp.write("source", "content");
  std::filesystem::create_symlink(source, temp / "link");
  UniqueFd out = scratch_file();
  Result<LayerWriter> writer = LayerWriter::create(out.get(), {});
  Entry entry = file("a", "content").entry;
  REQUIRE_OK(writer->add_file(entry, source));
  entry.path = "b";
  REQUIRE_OK(writer->add_file(entry, temp / "link"));  // nobody has looked yet
  REQUIRE_CODE(writer->finish(), Code::io);
  REQUIRE_CODE(writer->add(file("c", "").entry), Code::io);
}

TEST_CASE("a full disk ends the writer with no_space") {
  auto compression = GENERATE(Compression::none, Compression::gzip);
  UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  REQUIRE(full);
  Result<LayerBlob> blob =
      write_layer(full.get(), {file("a", noise(8'000'000, 4))}, {.compression = compression, .workers = 2});
  REQUIRE_CODE(blob, Code::no_space);
}

TEST_CASE("a stopped writer ends with cancelled, and one that is dropped half-way does not hang") {
  UniqueFd out = scratch_file();
  std::stop_source stop;
  Result<LayerWriter> writer = LayerWriter::create(out.get(), {.workers = 3, .stop = stop.get_token()});
  REQUIRE_OK(writer->add(file("a", "").entry, noise(6'000'000, 5)));
  stop.request_stop();
  REQUIRE_CODE(writer->add(file("b", "").entry), Code::cancelled);
}

TEST_CASE("other programs read what is written") {
  Temp temp;
  auto compression = GENERATE(Compression::none, Compression::gzip, Compression::zstd);
  std::filesystem::path blob = temp / "layer";
  UniqueFd out(::open(blob.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  REQUIRE_OK(write_layer(out.get(), all_kinds(), {.compression = compression}));
  auto succeeds = [&](std::vector<std::string> argv) {
    if (find_program(argv[0]).empty()) {
      tierbuild::test::skip(argv[0] + " is not installed");
      return std::string();
    }
    Result<Completed> done = run_command({argv, {}, {}, {}});
    REQUIRE_OK(done);
    INFO(done->err);
    REQUIRE(done->exit_code == 0);
    return done->out;
  };
  if (compression == Compression::gzip) succeeds({"gzip", "-t", "-S", "layer", blob.native()});
  if (compression == Compression::zstd) succeeds({"zstd", "-q", "-t", blob.native()});
  std::string listing = succeeds({"tar", "tvf", blob.native()});
  REQUIRE((listing.empty() || listing.find("h -> ../../etc/passwd") != std::string::npos));
  if (compression != Compression::zstd) {
    std::string names = succeeds({"python3", "-c",
                                  "import sys,tarfile\n"
                                  "for m in tarfile.open(sys.argv[1]): print(ascii(m.name), m.size, m.uid)",
                                  blob.native()});
    REQUIRE((names.empty() || names.find("'e' 9 3000000000") != std::string::npos));
  }
}

TEST_CASE("prints the digest of a gzip layer", "[.digest]") {
  UniqueFd out = scratch_file();
  Result<LayerBlob> blob = write_layer(out.get(), {file("a", noise(1'500'000, 6))}, {});
  REQUIRE_OK(blob);
  std::printf("digest=%s\n", blob->digest.str().c_str());
}

TEST_CASE("the compressed bytes do not depend on the processor") {
  std::string self = std::filesystem::read_symlink("/proc/self/exe").native();
  // A program with a sanitizer does not start there at all.
  Result<Completed> starts = run_command({{"qemu-x86_64-static", self, "-?"}, {}, {}, {}});
  if (!starts || starts->exit_code != 0) {
    tierbuild::test::skip("no qemu-x86_64-static that can run this program");
    return;
  }
  UniqueFd out = scratch_file();
  Result<LayerBlob> blob = write_layer(out.get(), {file("a", noise(1'500'000, 6))}, {});
  REQUIRE_OK(blob);
  for (const char* cpu : {"Nehalem", "Haswell"}) {
    Result<Completed> done =
        run_command({{"qemu-x86_64-static", "-cpu", cpu, self, "[.digest]"}, {}, {}, {}});
    REQUIRE_OK(done);
    INFO(cpu << ": " << done->err);
    REQUIRE(done->exit_code == 0);
    REQUIRE(done->out.find("digest=" + blob->digest.str()) != std::string::npos);
  }
}
