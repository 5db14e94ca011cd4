#include "archive/recompress.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "base/unique_fd.hpp"
#include "support/temp.hpp"

using namespace tierbuild;
using archive::Compression;
using archive::LayerBlob;
using archive::LayerOptions;

namespace {

UniqueFd file(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  REQUIRE(fd);
  return fd;
}

LayerOptions options_of(Compression compression) {
  LayerOptions options;
  options.compression = compression;
  options.workers = 2;
  return options;
}

LayerBlob write_layer(int fd, Compression compression, size_t size) {
  auto writer = archive::LayerWriter::create(fd, options_of(compression));
  REQUIRE_OK(writer);
  archive::Entry entry;
  entry.path = "data";
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 % 251);
  REQUIRE_OK(writer->add(entry, bytes));
  auto blob = writer->finish();
  REQUIRE_OK(blob);
  return *blob;
}

}  // namespace

TEST_CASE("a layer compressed anew has the bytes that a writer gives at once") {
  test::Temp temp;
  for (size_t size : {size_t{0}, size_t{1000}, (size_t{1} << 20) - 1536, size_t{3} << 20})
    for (Compression from : {Compression::none, Compression::gzip, Compression::zstd})
      for (Compression to : {Compression::none, Compression::gzip, Compression::zstd}) {
        UniqueFd in = file(temp / "in"), out = file(temp / "out"), direct = file(temp / "direct");
        LayerBlob first = write_layer(in.get(), from, size);
        LayerBlob expected = write_layer(direct.get(), to, size);
        ::lseek(in.get(), 0, SEEK_SET);
        auto blob = archive::recompress(in.get(), out.get(), options_of(to));
        REQUIRE_OK(blob);
        INFO(archive::name_of(from) << " to " << archive::name_of(to) << ", " << size << " bytes");
        REQUIRE(blob->diff_id == first.diff_id);
        REQUIRE(blob->digest == expected.digest);
        REQUIRE(blob->size == expected.size);
        REQUIRE(blob->tar_size == expected.tar_size);
      }
}

TEST_CASE("a truncated blob is not compressed anew") {
  test::Temp temp;
  UniqueFd in = file(temp / "in"), out = file(temp / "out");
  LayerBlob blob = write_layer(in.get(), Compression::gzip, 1 << 20);
  REQUIRE(::ftruncate(in.get(), static_cast<off_t>(blob.size / 2)) == 0);
  ::lseek(in.get(), 0, SEEK_SET);
  REQUIRE_CODE(archive::recompress(in.get(), out.get(), options_of(Compression::zstd)), Code::corrupt);
}
