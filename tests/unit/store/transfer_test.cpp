#include "store/transfer.hpp"

#include <fcntl.h>

#include "archive/layer_reader.hpp"
#include "base/strings.hpp"
#include "base/subprocess.hpp"
#include "image/json.hpp"
#include "unit/store/fixture.hpp"

using namespace tierbuild;
using namespace tierbuild::store;
using test::make_image;
using test::make_layer;
using test::open_store;
using test::slurp;

namespace {

const image::Platform kHost = image::Platform::host();

// Runs a program; nothing if it is not installed.
std::optional<std::string> run(std::vector<std::string> argv) {
  if (find_program(argv[0]).empty()) {
    test::skip(argv[0] + " is not installed");
    return std::nullopt;
  }
  auto done = run_command({argv, {}, "", ""});
  REQUIRE_OK(done);
  INFO(join(argv, " ") << "\n" << done->out << done->err);
  REQUIRE(done->exit_code == 0);
  return done->out;
}

// An image of three layers, in all compressions, with a whiteout.
struct Sample {
  test::Temp temp;
  std::unique_ptr<Store> store = open_store(temp / "from");
  std::vector<LayerRecord> layers{
      make_layer(*store, {{"etc/", ""}, {"etc/motd", "one"}, {"etc/gone", "x"}}, archive::Compression::gzip),
      make_layer(*store, {{"etc/", ""}, {"etc/.wh.gone", ""}}, archive::Compression::none),
      make_layer(*store, {{"etc/", ""}, {"etc/motd", "two"}}, archive::Compression::gzip)};
  image::Descriptor image = make_image(*store, layers);
  std::unique_ptr<Store> other = open_store(temp / "to");

  void write(OutputFormat format, const std::string& dest, const std::vector<std::string>& tags = {"app:1"}) {
    REQUIRE_OK(export_images(*store, {{image, tags}}, format, dest));
  }
  // What was exported arrives whole in another store.
  image::Descriptor read(const std::filesystem::path& path, const std::string& name = "") {
    auto imported = import_image(*other, path, name, kHost);
    REQUIRE_OK(imported);
    CHECK(imported->platform == kHost);
    for (const LayerRecord& layer : layers) {
      auto records = other->records().layer(layer.diff_id);
      REQUIRE_OK(records);
      REQUIRE(records->size() == 1);
      CHECK(records->at(0).blob.digest == layer.blob.digest);
      CHECK(records->at(0).blob.media_type == layer.blob.media_type);
      REQUIRE_OK(other->snapshots().acquire(layer.diff_id));
    }
    CHECK(other->verify(false)->empty());
    return *imported;
  }
};

std::map<std::string, std::string> tar_of(const std::filesystem::path& file) {
  UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  auto reader = archive::TarReader::open(fd.get());
  REQUIRE_OK(reader);
  std::map<std::string, std::string> out;
  for (;;) {
    auto entry = reader->next();
    REQUIRE_OK(entry);
    if (!*entry) return out;
    auto content = (*entry)->type == archive::EntryType::file ? reader->read_all(1 << 20) : std::string("/");
    REQUIRE_OK(content);
    out[(*entry)->path] = *content;
  }
}

}  // namespace

TEST_CASE("an OCI tar goes out and comes in with the same digests") {
  Sample s;
  s.write(OutputFormat::oci, s.temp / "a.tar");
  image::Descriptor imported = s.read(s.temp / "a.tar");
  CHECK(imported.digest == s.image.digest);
  s.write(OutputFormat::oci, s.temp / "b.tar");
  CHECK(slurp(s.temp / "a.tar") == slurp(s.temp / "b.tar"));
  CHECK(std::filesystem::is_empty(s.store->tmp()));
  run({"skopeo", "inspect", "oci-archive:" + (s.temp / "a.tar").string() + ":app:1"});
}

TEST_CASE("an OCI directory goes out and comes in, and takes more images later") {
  Sample s;
  const std::string dest = (s.temp / "layout").string();
  s.write(OutputFormat::oci, dest + "/", {"app:1", "app:latest"});
  s.image = make_image(*s.store, s.layers, kHost, "second");
  s.write(OutputFormat::oci, dest, {"app:2", "app:latest"});
  image::Descriptor imported = s.read(dest, "app:latest");
  CHECK(imported.digest == s.image.digest);
  CHECK(s.read(dest, "app:1").digest != s.image.digest);
  CHECK(s.read(dest, "docker.io/library/app:2").digest == s.image.digest);
  REQUIRE_CODE(import_image(*s.other, dest, "app:3", kHost), Code::not_found);
  auto several = import_image(*s.other, dest, "", kHost);
  REQUIRE_CODE(several, Code::invalid);
  CHECK(several.error().message().find("app:1") != std::string::npos);
  if (auto out = run({"skopeo", "inspect", "oci:" + dest + ":app:2"}))
    CHECK(out->find(s.image.digest.str()) != std::string::npos);
  if (run({"umoci", "unpack", "--rootless", "--image", dest + ":app:2", (s.temp / "bundle").string()})) {
    CHECK(slurp(s.temp / "bundle/rootfs/etc/motd") == "two");
    CHECK_FALSE(std::filesystem::exists(s.temp / "bundle/rootfs/etc/gone"));
  }
}

TEST_CASE("the store itself is a layout that others read") {
  Sample s;
  REQUIRE_OK(s.store->set_ref("app", s.image));
  if (auto out = run({"skopeo", "inspect", "--raw", "oci:" + s.store->root().string() + ":app"}))
    CHECK(Digest::of(*out) == s.image.digest);
}

TEST_CASE("a docker tar goes out and comes in") {
  Sample s;
  s.write(OutputFormat::docker, s.temp / "d.tar", {"docker.io/library/app:1", "ghcr.io/me/app:1"});
  auto files = tar_of(s.temp / "d.tar");
  auto manifest = image::parse_json(files["manifest.json"], "manifest.json");
  REQUIRE_OK(manifest);
  CHECK((*manifest)[0]["RepoTags"] == image::Json{"app:1", "ghcr.io/me/app:1"});
  CHECK((*manifest)[0]["Layers"].size() == 3);
  image::Descriptor imported = s.read(s.temp / "d.tar", "app:1");
  CHECK(imported.media_type == image::kOciManifest);
  CHECK(imported.digest == s.image.digest);  // the same config and blobs
  REQUIRE_CODE(import_image(*s.other, s.temp / "d.tar", "app:2", kHost), Code::not_found);
  if (auto out = run({"skopeo", "inspect", "docker-archive:" + (s.temp / "d.tar").string()}))
    CHECK(out->find("\"Layers\"") != std::string::npos);
}

TEST_CASE("an archive that another program wrote comes in") {
  Sample s;
  s.write(OutputFormat::oci, (s.temp / "layout").string() + "/");
  const std::string from = "oci:" + (s.temp / "layout").string() + ":app:1";
  for (const char* kind : {"docker-archive:", "oci-archive:"}) {
    INFO(kind);
    const auto file = s.temp / (kind[0] == 'd' ? "docker.tar" : "oci.tar");
    if (!run({"skopeo", "--insecure-policy", "copy", from, kind + file.string() + ":app:1"})) return;
    auto other = open_store(s.temp / (std::string("to ") + kind[0]));
    auto imported = import_image(*other, file, "app:1", kHost);
    REQUIRE_OK(imported);
    for (const LayerRecord& layer : s.layers) REQUIRE_OK(other->snapshots().acquire(layer.diff_id));
    CHECK(other->verify(false)->empty());
  }
}

TEST_CASE("the plain tree of an image has its whiteouts carried out") {
  Sample s;
  s.write(OutputFormat::tar, s.temp / "root.tar");
  CHECK(tar_of(s.temp / "root.tar") == std::map<std::string, std::string>{{"etc", "/"}, {"etc/motd", "two"}});
  s.write(OutputFormat::tar, s.temp / "again.tar");
  CHECK(slurp(s.temp / "root.tar") == slurp(s.temp / "again.tar"));
  s.write(OutputFormat::local, s.temp / "root");
  CHECK(slurp(s.temp / "root/etc/motd") == "two");
  CHECK_FALSE(std::filesystem::exists(s.temp / "root/etc/gone"));
  REQUIRE_CODE(export_images(*s.store, {{s.image, {}}}, OutputFormat::local, s.temp / "root"), Code::exists);
  for (OutputFormat format : {OutputFormat::tar, OutputFormat::local}) {
    REQUIRE_CODE(export_images(*s.store, {{s.image, {}}, {s.image, {}}}, format, s.temp / "two"),
                 Code::invalid);
    REQUIRE_CODE(export_images(*s.store, {}, format, s.temp / "none"), Code::invalid);
  }
}

TEST_CASE("a damaged or missing blob is not exported") {
  Sample s;
  const auto blob = s.store->root() / "blobs/sha256" / s.layers[1].blob.digest.hex();
  const std::string bytes = slurp(blob);
  Code expected = Code::corrupt;
  SECTION("damaged") {
    std::ofstream(blob) << std::string(bytes.size(), 'x');
  }
  SECTION("missing") {
    std::filesystem::remove(blob);
    expected = Code::not_found;
  }
  for (OutputFormat format : {OutputFormat::oci, OutputFormat::docker, OutputFormat::tar}) {
    REQUIRE_CODE(export_images(*s.store, {{s.image, {}}}, format, s.temp / "out.tar"), expected);
    CHECK_FALSE(std::filesystem::exists(s.temp / "out.tar"));
  }
}

TEST_CASE("an index is exported whole to OCI, and for this machine elsewhere") {
  Sample s;
  const image::Platform foreign{"linux", kHost.architecture == "s390x" ? "amd64" : "s390x", ""};
  image::Index index;
  index.manifests = {make_image(*s.store, s.layers, foreign), s.image};
  std::string text = index.json();
  const image::Descriptor both{image::kOciIndex, *s.store->blobs().put(text), text.size()};
  REQUIRE_OK(export_images(*s.store, {{both, {"app"}}}, OutputFormat::oci, s.temp / "both.tar"));
  CHECK(s.read(s.temp / "both.tar").digest == s.image.digest);
  CHECK(import_image(*s.other, s.temp / "both.tar", "app", foreign)->digest == index.manifests[0].digest);
  REQUIRE_CODE(import_image(*s.other, s.temp / "both.tar", "app", {"linux", "riscv64", ""}), Code::not_found);
  REQUIRE_OK(export_images(*s.store, {{both, {"app"}}}, OutputFormat::docker, s.temp / "one.tar"));
  CHECK(s.read(s.temp / "one.tar").digest == s.image.digest);
}

TEST_CASE("an image that lies about its layers is refused") {
  Sample s;
  image::Config config;
  config.platform = kHost;
  std::string layers, media_types;
  auto with = [&](const std::vector<Digest>& diff_ids) {
    config.diff_ids = diff_ids;
    std::string text = config.json();
    image::Manifest manifest;
    manifest.config = {image::kOciConfig, *s.store->blobs().put(text), text.size()};
    manifest.layers = {s.layers[0].blob};
    text = manifest.json();
    s.image = {image::kOciManifest, *s.store->blobs().put(text), text.size(), kHost, {}};
    s.write(OutputFormat::oci, s.temp / "lie.tar");
    return import_image(*s.other, s.temp / "lie.tar", "", kHost);
  };
  REQUIRE_OK(with({s.layers[0].diff_id}));
  REQUIRE_CODE(with({Digest::of("another")}), Code::corrupt);
  REQUIRE_CODE(with({}), Code::corrupt);
  CHECK(s.other->records().layer(Digest::of("another"))->empty());
}

TEST_CASE("archives with wrong bytes, names or contents are refused") {
  test::Temp temp;
  auto store = open_store(temp / "s");
  auto tar = [&](const std::map<std::string, std::string>& files) {
    UniqueFd fd(::open((temp / "x.tar").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    auto writer = archive::LayerWriter::create(fd.get(), {archive::Compression::none});
    REQUIRE_OK(writer);
    for (const auto& [path, content] : files) {
      archive::Entry entry;
      entry.path = path;
      REQUIRE_OK(writer->add(entry, content));
    }
    REQUIRE_OK(writer->finish());
    return import_image(*store, temp / "x.tar", "", kHost);
  };
  REQUIRE_CODE(tar({{"README", "x"}}), Code::invalid);
  REQUIRE_CODE(tar({{"index.json", "{"}}), Code::corrupt);
  REQUIRE_CODE(tar({{"index.json", R"({"schemaVersion":2,"manifests":[]})"}}), Code::not_found);
  REQUIRE_CODE(tar({{"blobs/sha256/" + Digest::of("a").hex(), "b"}}), Code::corrupt);
  REQUIRE_CODE(tar({{"manifest.json", "{}"}}), Code::corrupt);
  REQUIRE_CODE(tar({{"manifest.json", R"([{"Config":"../../etc/passwd","Layers":[]}])"}}), Code::not_found);
  REQUIRE_CODE(tar({{"manifest.json", R"([{"Config":7}])"}}), Code::corrupt);
  REQUIRE_CODE(
      tar({{"c", R"({"os":"linux","architecture":")" + kHost.architecture + R"(","rootfs":{"diff_ids":[]}})"},
           {"manifest.json", R"([{"Config":"c","Layers":["gone.tar"]}])"}}),
      Code::corrupt);
  REQUIRE_CODE(import_image(*store, temp / "missing", "", kHost), Code::not_found);
  REQUIRE_CODE(import_image(*store, temp.path(), "", kHost), Code::invalid);
  temp.write("garbage", "this is no archive");
  CHECK_FALSE(import_image(*store, temp / "garbage", "", kHost));
}

TEST_CASE("a layout whose blobs are not what their names say is refused") {
  Sample s;
  const auto layout = s.temp / "layout";
  s.write(OutputFormat::oci, layout.string() + "/");
  const auto blob = layout / "blobs/sha256" / s.layers[0].blob.digest.hex();
  SECTION("other bytes") {
    std::ofstream(blob) << std::string(s.layers[0].blob.size, 'x');
  }
  SECTION("fewer bytes") {
    std::ofstream(blob) << "x";
  }
  SECTION("a link out of the layout") {
    std::filesystem::rename(blob, s.temp / "elsewhere");
    std::filesystem::create_symlink(s.temp / "elsewhere", blob);
  }
  CHECK_FALSE(import_image(*s.other, layout, "", kHost));
  CHECK(s.other->records().layer(s.layers[0].diff_id)->empty());
}
