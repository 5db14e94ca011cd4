// The client does the same with a registry in memory and with a real docker-registry.
#include <fcntl.h>

#include "base/unique_fd.hpp"
#include "contract/registry/fake_registry.hpp"
#include "registry/client.hpp"
#include "support/registry.hpp"

namespace tierbuild::registry {
namespace {

enum class Kind { fake, real };

/// A registry of either kind, and what it takes to talk to it.
struct Subject {
  explicit Subject(Kind kind, std::optional<std::pair<std::string, std::string>> login = {}) {
    if (kind == Kind::fake) {
      std::optional<std::string> pair;
      if (login) pair = login->first + ":" + login->second;
      transport = std::make_unique<FakeRegistry>(pair);
      host = "127.0.0.1:5000";
      return;
    }
    real = std::make_unique<test::RealRegistry>(test::RealRegistry::Options{login});
    transport = curl_transport();
    host = real->host();
  }

  image::Reference reference(const std::string& rest) const {
    auto parsed = image::Reference::parse(host + "/" + rest);
    REQUIRE_OK(parsed);
    return *parsed;
  }

  std::unique_ptr<test::RealRegistry> real;
  std::unique_ptr<Transport> transport;
  std::string host;
};

/// Runs the case with both kinds; says so where there is no docker-registry.
template <class Case>
void with_both(const Case& run) {
  SECTION("fake") {
    run(Kind::fake);
  }
  SECTION("real") {
    if (test::RealRegistry::available())
      run(Kind::real);
    else
      test::skip("docker-registry, htpasswd or openssl is not installed");
  }
}

struct Blob {
  explicit Blob(const std::string& bytes)
      : descriptor{image::kOciLayerGzip, Digest::of(bytes), bytes.size()},
        fd(::open(temp.write("blob", bytes).c_str(), O_RDONLY | O_CLOEXEC)) {}
  test::Temp temp;
  image::Descriptor descriptor;
  UniqueFd fd;
};

Result<std::string> pull(Client& client, const image::Reference& reference, const image::Descriptor& blob) {
  std::string bytes;
  TB_TRY(client.blob(reference, blob, [&](std::string_view piece) {
    bytes += piece;
    return Status();
  }));
  return bytes;
}

/// Pushes a config and a manifest that names it and the layers.
image::Descriptor push_image(Client& client, const image::Reference& reference,
                             std::vector<image::Descriptor> layers = {}) {
  Blob config("{\"architecture\":\"amd64\",\"os\":\"linux\"}");
  config.descriptor.media_type = image::kOciConfig;
  REQUIRE_OK(client.push_blob(reference, config.descriptor, config.fd.get()));
  image::Manifest manifest;
  manifest.config = config.descriptor;
  manifest.layers = std::move(layers);
  const std::string document = manifest.json();
  image::Descriptor descriptor{image::kOciManifest, Digest::of(document), document.size()};
  REQUIRE_OK(client.push_manifest(reference, descriptor, document));
  return descriptor;
}

}  // namespace

TEST_CASE("a pushed blob comes back byte for byte and is not pushed twice") {
  with_both([](Kind kind) {
    Subject subject(kind);
    auto anonymous = no_credentials();
    Client client(*subject.transport, *anonymous);
    const image::Reference app = subject.reference("team/app:1");
    std::string bytes(3 << 20, '\0');
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31 >> 3);
    Blob blob(bytes);

    CHECK_FALSE(client.has_blob(app, blob.descriptor.digest));
    auto first = client.push_blob(app, blob.descriptor, blob.fd.get());
    REQUIRE_OK(first);
    CHECK(*first);
    CHECK(client.has_blob(app, blob.descriptor.digest));
    auto second = client.push_blob(app, blob.descriptor, blob.fd.get());
    REQUIRE_OK(second);
    CHECK_FALSE(*second);
    auto pulled = pull(client, app, blob.descriptor);
    REQUIRE_OK(pulled);
    CHECK((*pulled == bytes));
  });
}

TEST_CASE("a blob that goes in pieces arrives whole, and says how far it is") {
  with_both([](Kind kind) {
    Subject subject(kind);
    auto anonymous = no_credentials();
    ClientOptions options;
    options.limits["127.0.0.1"].chunk = 100'000;
    Client client(*subject.transport, *anonymous, options);
    std::string bytes(1'234'567, '\0');
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31 >> 3);
    Blob blob(bytes);
    PushOptions push;
    uint64_t last = 0;
    push.on_progress = [&](uint64_t now) { last = now; };
    REQUIRE_OK(client.push_blob(subject.reference("app"), blob.descriptor, blob.fd.get(), push));
    if (kind == Kind::real) CHECK(last == bytes.size());
    auto pulled = pull(client, subject.reference("app"), blob.descriptor);
    REQUIRE_OK(pulled);
    CHECK((*pulled == bytes));
  });
}

TEST_CASE("an empty blob can be pushed and pulled") {
  with_both([](Kind kind) {
    Subject subject(kind);
    auto anonymous = no_credentials();
    Client client(*subject.transport, *anonymous);
    Blob blob("");
    REQUIRE_OK(client.push_blob(subject.reference("app"), blob.descriptor, blob.fd.get()));
    auto pulled = pull(client, subject.reference("app"), blob.descriptor);
    REQUIRE_OK(pulled);
    CHECK(pulled->empty());
  });
}

TEST_CASE("a blob of another repository is mounted, an unknown one is sent") {
  with_both([](Kind kind) {
    Subject subject(kind);
    auto anonymous = no_credentials();
    Client client(*subject.transport, *anonymous);
    Blob known("known"), unknown("unknown");
    REQUIRE_OK(client.push_blob(subject.reference("base"), known.descriptor, known.fd.get()));
    auto mounted = client.push_blob(subject.reference("app"), known.descriptor, known.fd.get(), "base");
    REQUIRE_OK(mounted);
    CHECK_FALSE(*mounted);
    CHECK(client.has_blob(subject.reference("app"), known.descriptor.digest));
    auto sent = client.push_blob(subject.reference("app"), unknown.descriptor, unknown.fd.get(), "base");
    REQUIRE_OK(sent);
    CHECK(*sent);
  });
}

TEST_CASE("a manifest is found by its tag and by its digest") {
  with_both([](Kind kind) {
    Subject subject(kind);
    auto anonymous = no_credentials();
    Client client(*subject.transport, *anonymous);
    Blob layer("layer");
    const image::Reference app = subject.reference("app:1");
    REQUIRE_OK(client.push_blob(app, layer.descriptor, layer.fd.get()));
    const image::Descriptor pushed = push_image(client, app, {layer.descriptor});

    auto resolved = client.resolve(app);
    REQUIRE_OK(resolved);
    CHECK(*resolved == pushed);
    auto by_tag = client.manifest(app);
    auto by_digest = client.manifest(subject.reference("app@" + pushed.digest.str()));
    REQUIRE_OK(by_tag);
    REQUIRE_OK(by_digest);
    CHECK(by_tag->descriptor == pushed);
    CHECK(by_tag->bytes == by_digest->bytes);
    auto manifest = image::Manifest::parse(by_tag->bytes);
    REQUIRE_OK(manifest);
    CHECK(manifest->layers.at(0) == layer.descriptor);
  });
}

TEST_CASE("a manifest can be pushed by its digest alone, and a tag can move") {
  with_both([](Kind kind) {
    Subject subject(kind);
    auto anonymous = no_credentials();
    Client client(*subject.transport, *anonymous);
    const image::Descriptor first = push_image(client, subject.reference("app:1"));
    Blob layer("layer");
    REQUIRE_OK(client.push_blob(subject.reference("app"), layer.descriptor, layer.fd.get()));
    image::Manifest manifest;
    auto fetched = client.manifest(subject.reference("app:1"));
    REQUIRE_OK(fetched);
    manifest = *image::Manifest::parse(fetched->bytes);
    manifest.layers = {layer.descriptor};
    const std::string document = manifest.json();
    const image::Descriptor second{image::kOciManifest, Digest::of(document), document.size()};
    const image::Reference by_digest = subject.reference("app@" + second.digest.str());
    REQUIRE_OK(client.push_manifest(by_digest, second, document));
    REQUIRE_OK(client.manifest(by_digest));
    CHECK(client.resolve(subject.reference("app:1"))->digest == first.digest);
    REQUIRE_OK(client.push_manifest(subject.reference("app:1"), second, document));
    CHECK(client.resolve(subject.reference("app:1"))->digest == second.digest);
  });
}

TEST_CASE("what is not there is not found") {
  with_both([](Kind kind) {
    Subject subject(kind);
    auto anonymous = no_credentials();
    Client client(*subject.transport, *anonymous);
    push_image(client, subject.reference("app:1"));
    REQUIRE_CODE(client.resolve(subject.reference("app:2")), Code::not_found);
    REQUIRE_CODE(client.manifest(subject.reference("app:2")), Code::not_found);
    REQUIRE_CODE(client.manifest(subject.reference("other:1")), Code::not_found);
    REQUIRE_CODE(pull(client, subject.reference("app"), Blob("x").descriptor), Code::not_found);
    REQUIRE_CODE(client.tags(subject.reference("other")), Code::not_found);
  });
}

TEST_CASE("tags are listed in order") {
  with_both([](Kind kind) {
    Subject subject(kind);
    auto anonymous = no_credentials();
    Client client(*subject.transport, *anonymous);
    for (const char* tag : {"b", "a", "1.0", "c"})
      push_image(client, subject.reference(std::string("app:") + tag));
    auto tags = client.tags(subject.reference("app"));
    REQUIRE_OK(tags);
    CHECK(*tags == std::vector<std::string>{"1.0", "a", "b", "c"});
  });
}

TEST_CASE("a file that is not the blob it is said to be is refused") {
  with_both([](Kind kind) {
    Subject subject(kind);
    auto anonymous = no_credentials();
    Client client(*subject.transport, *anonymous);
    Blob blob("these bytes");
    image::Descriptor wrong = blob.descriptor;
    wrong.digest = Digest::of("other bytes");
    REQUIRE_CODE(client.push_blob(subject.reference("app"), wrong, blob.fd.get()), Code::network);
    CHECK_FALSE(client.has_blob(subject.reference("app"), wrong.digest));
  });
}

TEST_CASE("a manifest whose layers are missing is refused") {
  with_both([](Kind kind) {
    Subject subject(kind);
    auto anonymous = no_credentials();
    Client client(*subject.transport, *anonymous);
    push_image(client, subject.reference("app:1"));
    image::Manifest manifest = *image::Manifest::parse(client.manifest(subject.reference("app:1"))->bytes);
    manifest.layers = {Blob("nowhere").descriptor};
    const std::string document = manifest.json();
    const image::Descriptor descriptor{image::kOciManifest, Digest::of(document), document.size()};
    REQUIRE_CODE(client.push_manifest(subject.reference("app:2"), descriptor, document), Code::network);
    REQUIRE_CODE(client.resolve(subject.reference("app:2")), Code::not_found);
  });
}

TEST_CASE("a registry with a login serves who has it") {
  with_both([](Kind kind) {
    Subject subject(kind, std::pair("ann", "secret"));
    const image::Reference app = subject.reference("app:1");
    auto right = fixed_credentials(subject.host, {"ann", "secret"});
    Client client(*subject.transport, *right);
    push_image(client, app);
    REQUIRE_OK(client.resolve(app));

    auto none = no_credentials();
    auto wrong = fixed_credentials(subject.host, {"ann", "guess"});
    auto foreign = fixed_credentials("other.example", {"ann", "secret"});
    for (Credentials* credentials : {none.get(), wrong.get(), foreign.get()}) {
      Client stranger(*subject.transport, *credentials);
      auto refused = stranger.resolve(app);
      REQUIRE_CODE(refused, Code::denied);
      CHECK_THAT(refused.error().hint(), Catch::Matchers::Contains("tierbuild login " + subject.host));
      REQUIRE_CODE(stranger.push_blob(app, Blob("x").descriptor, -1), Code::denied);
    }
  });
}

}  // namespace tierbuild::registry
