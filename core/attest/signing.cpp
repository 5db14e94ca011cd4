#include "attest/signing.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "fs/file.hpp"

namespace tierbuild::attest {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* what) const {
    Free(what);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using BioPtr = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using ContextPtr = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;

constexpr uint64_t kLargestKey = 64 << 10;
constexpr const char* kMakeOne =
    "openssl ecparam -genkey -name prime256v1 -noout -out key.pem; openssl ec -in key.pem -pubout -out "
    "key.pub";

// Nobody is asked for a password.
int no_password(char*, int, int, void*) {
  return -1;
}

bool is_p256(const EVP_PKEY* key) {
  std::array<char, 64> group{};
  size_t length = 0;
  return EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size(),
                                        &length) == 1 &&
         std::string_view(group.data(), length) == "prime256v1";
}

enum class Half { private_, public_ };

Result<KeyPtr> load(const std::filesystem::path& file, Half half) {
  TB_LET(std::string pem, fs::read_file(file, kLargestKey), "while reading a key");
  if (pem.find("BEGIN ENCRYPTED") != std::string::npos)
    return Error::make(Code::invalid, "the key {} is guarded by a password", file.string())
        .hint("take one without, kept as a secret of the CI: " + std::string(kMakeOne));
  BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  KeyPtr key(half == Half::private_ ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr)
                                    : PEM_read_bio_PUBKEY(bio.get(), nullptr, no_password, nullptr));
  if (!key || !is_p256(key.get()))
    return Error::make(Code::invalid, "{} holds no {} ECDSA key over P-256 as PEM", file.string(),
                       half == Half::private_ ? "private" : "public")
        .hint(kMakeOne);
  return key;
}

const unsigned char* octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

struct Key::State {
  KeyPtr key;
};

Key::Key(std::unique_ptr<State> state) : state_(std::move(state)) {}
Key::Key(Key&&) noexcept = default;
Key& Key::operator=(Key&&) noexcept = default;
Key::~Key() = default;

Result<Key> Key::load_private(const std::filesystem::path& file) {
  TB_LET(KeyPtr key, load(file, Half::private_));
  return Key(std::make_unique<State>(State{std::move(key)}));
}

Result<Key> Key::load_public(const std::filesystem::path& file) {
  TB_LET(KeyPtr key, load(file, Half::public_));
  return Key(std::make_unique<State>(State{std::move(key)}));
}

Result<std::string> Key::sign(std::string_view bytes) const {
  ContextPtr context(EVP_MD_CTX_new());
  size_t size = 0;
  std::string signature;
  bool done = EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, state_->key.get()) == 1 &&
              EVP_DigestSign(context.get(), nullptr, &size, octets(bytes), bytes.size()) == 1;
  signature.resize(size);
  auto* out = reinterpret_cast<unsigned char*>(signature.data());
  if (!done || EVP_DigestSign(context.get(), out, &size, octets(bytes), bytes.size()) != 1)
    return Error(Code::failed, "the key cannot sign");
  signature.resize(size);
  return signature;
}

bool Key::verifies(std::string_view bytes, std::string_view signature) const {
  ContextPtr context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, state_->key.get()) == 1 &&
         EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(bytes), bytes.size()) ==
             1;
}

}  // namespace tierbuild::attest
