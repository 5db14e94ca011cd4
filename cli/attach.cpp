#include "cli/attach.hpp"

#include <set>

#include "attest/artifact.hpp"
#include "attest/cosign.hpp"
#include "attest/provenance.hpp"
#include "attest/spdx.hpp"
#include "base/strings.hpp"
#include "build/image_index.hpp"
#include "cli/stamps.hpp"
#include "fs/file.hpp"

namespace tierbuild::cli {
namespace {

// Files that evaluation read, by content. Globs and questions whether a file exists stand beside them in the
// list.
constexpr std::string_view kRead = "read ";
std::vector<attest::Material> read_by_evaluation(const project::Project& project) {
  std::filesystem::path root = project.workspace.root;
  std::set<std::filesystem::path> paths{
      project.file, std::filesystem::path(project.file).parent_path() / project::kLockFile};
  for (std::string_view read : project.reads)
    if (read.starts_with(kRead)) paths.insert(root / read.substr(kRead.size()));
  std::vector<attest::Material> out;
  std::error_code failure;
  for (const std::filesystem::path& path : paths) {
    if (!std::filesystem::is_regular_file(path, failure)) continue;
    if (auto text = fs::read_file(path))
      out.push_back({"file:" + path.lexically_relative(root).string(), Digest::of(*text)});
  }
  return out;
}

}  // namespace

void AttachRequest::declare(FlagSet& flags) {
  flags.toggle("--sbom", "push a list of the packages in each image beside it (SPDX)", sbom);
  flags.toggle("--provenance", "push what each image was made of beside it (SLSA)", provenance);
  flags.text("--sign", "KEY", "sign the images with a private key, as cosign does", sign_key)
      .from_env("TIERBUILD_SIGN");
}

Result<Attacher> Attacher::open(Session& session, store::Store& store, const build::BuildReport& report,
                                const AttachRequest& request, std::stop_token stop) {
  Attacher attacher(session, store, report, request, std::move(stop));
  if (!request.sign_key.empty()) {
    TB_LET(attacher.key_, attest::Key::load_private(request.sign_key));
  }
  return attacher;
}

Status Attacher::attach(const build::PublishItem& item) {
  if (!request_.any()) return {};
  TB_LET(std::vector<image::Descriptor> images, build::images_of(store_, item.manifest));
  std::set<std::string> done;
  for (const std::string& tag : item.tags) {
    TB_LET(image::Reference reference, image::Reference::parse(tag));
    if (!done.insert(reference.name()).second) continue;
    for (const image::Descriptor& image : images) {
      for (const build::TargetResult& result : report_.targets)
        if (result.name == item.name && result.manifest.digest == image.digest)
          TB_TRY(attach(reference, result), "for {}", result.title);
      TB_TRY(sign(reference, image));
    }
    if (image::is_index(item.manifest.media_type)) TB_TRY(sign(reference, item.manifest));
  }
  return {};
}

Status Attacher::sign(const image::Reference& repository, const image::Descriptor& manifest) {
  if (!key_) return {};
  TB_TRY(attest::sign(session_.registry(), repository, manifest, *key_, stop_), "while signing {}",
         repository.name());
  return {};
}

Status Attacher::attach(const image::Reference& repository, const build::TargetResult& result) {
  registry::Client& client = session_.registry();
  if (request_.sbom) {
    TB_LET(const std::string* bytes, sbom(result), "while listing packages");
    TB_TRY(attest::push_document(client, repository, result.manifest,
                                 {attest::kSpdxType, attest::kSpdxType, {}, *bytes}, stop_));
  }
  if (request_.provenance) {
    TB_LET(std::string bytes, provenance(repository, result), "while stating the provenance");
    TB_TRY(attest::push_document(client, repository, result.manifest,
                                 {attest::kInTotoType,
                                  attest::kInTotoType,
                                  {{attest::kPredicateAnnotation, attest::kSlsaPredicate}},
                                  std::move(bytes)},
                                 stop_));
  }
  return {};
}

Result<const std::string*> Attacher::sbom(const build::TargetResult& result) {
  auto [slot, is_new] = sboms_.try_emplace(result.manifest.digest);
  if (!is_new) return &slot->second;
  // To read all layers takes time, and the same image has the same list.
  constexpr const char* kSpace = "sbom " TIERBUILD_VERSION;
  TB_LET(std::optional<std::string> known, store_.records().value(kSpace, result.manifest.digest.hex()));
  if (auto digest = Digest::from_hex(known.value_or("")); digest && store_.blobs().has(*digest)) {
    TB_LET(slot->second, store_.blobs().read(*digest));
    return &slot->second;
  }
  TB_LET(std::string manifest_json, store_.blobs().read(result.manifest.digest));
  TB_LET(image::Manifest manifest, image::Manifest::parse(manifest_json));
  TB_LET(std::string config_json, store_.blobs().read(manifest.config.digest));
  TB_LET(image::Config config, image::Config::parse(config_json));
  TB_LET(attest::Contents contents, attest::contents_of(store_, manifest, stop_));
  slot->second = attest::spdx_json({session_.graph()[result.target].name, result.manifest.digest,
                                    config.created, "tierbuild-" TIERBUILD_VERSION},
                                   contents);
  TB_LET(Digest digest, store_.blobs().put(slot->second));
  TB_TRY(store_.records().put_value(kSpace, result.manifest.digest.hex(), digest.hex()));
  return &slot->second;
}

Result<std::string> Attacher::provenance(const image::Reference& repository,
                                         const build::TargetResult& result) {
  const project::Project& project = session_.project();
  attest::Provenance made;
  made.name = repository.name();
  made.manifest = result.manifest.digest;
  made.target = result.name;
  made.platform = session_.graph()[result.target].platform.str();
  made.tool_version = TIERBUILD_VERSION;
  for (const auto& [name, value] : session_.options().args) made.args[name] = without_secrets(value);
  made.buildfile = std::filesystem::path(project.file).lexically_relative(project.workspace.root).string();
  TB_LET(build::BuildOptions options, session_.build_options());
  made.compression = archive::name_of(options.compression);
  made.epoch = options.epoch;
  TB_LET(auto stamps, find_stamps({"git.sha", "git.dirty"}, project.workspace.root,
                                  session_.program().environment(), Clock::system()));
  if (stamps["git.dirty"] != "true") made.revision = stamps["git.sha"];
  TB_LET(made.materials, attest::materials_of(store_.records(), session_.graph(), result.target));
  for (attest::Material& read : read_by_evaluation(project)) made.materials.push_back(std::move(read));
  return attest::provenance_json(made);
}

// An argument may repeat a secret; what is pushed must not.
std::string Attacher::without_secrets(std::string text) const {
  for (const auto& [id, secret] : session_.options().secrets) {
    std::string value = session_.program().environment().get(secret.env).value_or("");
    if (!secret.file.empty())
      if (auto bytes = fs::read_file(secret.file, 1 << 20)) value = *bytes;
    value = trim(value);
    if (value.empty()) continue;
    for (size_t at = text.find(value); at != std::string::npos; at = text.find(value, at + 3))
      text.replace(at, value.size(), "***");
  }
  return attest::without_login(std::move(text));
}

}  // namespace tierbuild::cli
