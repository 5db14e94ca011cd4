#include "attest/signing.hpp"

#include "attest/cosign.hpp"
#include "attest/provenance.hpp"
#include "base/subprocess.hpp"
#include "support/catch.hpp"
#include "support/temp.hpp"

namespace tierbuild::attest {
namespace {

// A pair of keys made by openssl, in PEM.
struct Pair {
  explicit Pair(const std::string& group) {
    openssl({"ecparam", "-genkey", "-name", group, "-noout", "-out", private_key()});
    openssl({"ec", "-in", private_key(), "-pubout", "-out", public_key()});
  }
  std::string private_key() const { return (dir / "key.pem").string(); }
  std::string public_key() const { return (dir / "key.pub").string(); }
  static Completed openssl(std::vector<std::string> words) {
    words.insert(words.begin(), "openssl");
    auto done = run_command({std::move(words), {}, "", ""});
    REQUIRE_OK(done);
    REQUIRE(done->exit_code == 0);
    return *done;
  }
  test::Temp dir;
};

bool has_openssl() {
  return !find_program("openssl").empty();
}

}  // namespace

TEST_CASE("openssl verifies what is signed, and what openssl signs is verified") {
  if (!has_openssl()) return test::skip("needs openssl");
  Pair pair("prime256v1");
  auto signer = Key::load_private(pair.private_key()), verifier = Key::load_public(pair.public_key());
  REQUIRE_OK(signer);
  REQUIRE_OK(verifier);
  auto signature = signer->sign("bytes");
  REQUIRE_OK(signature);
  CHECK(verifier->verifies("bytes", *signature));
  CHECK(signer->verifies("bytes", *signature));
  CHECK_FALSE(verifier->verifies("other bytes", *signature));
  CHECK_FALSE(verifier->verifies("bytes", "garbage"));
  CHECK_FALSE(verifier->verifies("bytes", ""));

  std::string payload = pair.dir.write("payload", "bytes").string();
  std::string made = pair.dir.write("signature", *signature).string();
  Completed done =
      Pair::openssl({"dgst", "-sha256", "-verify", pair.public_key(), "-signature", made, payload});
  CHECK(done.out == "Verified OK\n");
}

TEST_CASE("other keys are refused, and nobody is asked for a password") {
  if (!has_openssl()) return test::skip("needs openssl");
  Pair other("secp384r1");
  REQUIRE_CODE(Key::load_private(other.private_key()), Code::invalid);
  REQUIRE_CODE(Key::load_public(other.public_key()), Code::invalid);
  Pair pair("prime256v1");
  REQUIRE_CODE(Key::load_public(pair.private_key()), Code::invalid);
  std::string locked = (pair.dir / "locked.pem").string();
  Pair::openssl({"pkcs8", "-topk8", "-in", pair.private_key(), "-passout", "pass:x", "-out", locked});
  auto refused = Key::load_private(locked);
  REQUIRE_CODE(refused, Code::invalid);
  CHECK(refused.error().message().find("password") != std::string::npos);
  REQUIRE_CODE(Key::load_private((pair.dir / "none").string()), Code::not_found);
}

TEST_CASE("the payload is what cosign signs") {
  auto reference = image::Reference::parse("ghcr.io/acme/web:1.0");
  Digest digest = Digest::of("x");
  CHECK(
      signing_payload(*reference, digest) ==
      R"({"critical":{"identity":{"docker-reference":"ghcr.io/acme/web"},"image":{"docker-manifest-digest":")" +
          digest.str() + R"("},"type":"cosign container image signature"},"optional":null})");
  CHECK(signature_tag(digest) == "sha256-" + digest.hex() + ".sig");
}

TEST_CASE("URLs lose their logins and queries") {
  CHECK(without_login("https://user:secret@example.org/a.tar?token=secret") == "https://example.org/a.tar");
  CHECK(without_login("https://example.org/~a@b/c") == "https://example.org/~a@b/c");
  CHECK(without_login("plain text") == "plain text");
}

}  // namespace tierbuild::attest
