#include "attest/spdx.hpp"

#include "base/strings.hpp"
#include "image/json.hpp"

namespace tierbuild::attest {
namespace {

using Json = image::OrderedJson;

constexpr const char* kNone = "NOASSERTION";
constexpr const char* kDocument = "SPDXRef-DOCUMENT";
constexpr const char* kImage = "SPDXRef-Image";

std::string_view type_of(Package::Kind kind) {
  switch (kind) {
    case Package::Kind::deb:
      return "deb";
    case Package::Kind::apk:
      return "apk";
    case Package::Kind::pypi:
      return "pypi";
    case Package::Kind::npm:
      return "npm";
  }
  return "generic";
}

bool is_plain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '-';
}

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (is_plain(c) || c == '_' || c == '~')
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

// Letters, digits, '.' and '-' alone; the digest keeps apart what that makes equal.
std::string id_of(const Package& package) {
  std::string id = fmt::format("SPDXRef-Package-{}-{}-", type_of(package.kind), package.name);
  for (char& c : id)
    if (!is_plain(c)) c = '-';
  return id + Digest::of(fmt::format("{}\n{}\n{}\n{}", package.name, package.version, package.architecture,
                                     package.path))
                  .short_hex();
}

// "Jane Doe <jane@example.org>" as SPDX writes it.
std::string supplier_of(const std::string& maintainer) {
  if (maintainer.empty()) return kNone;
  size_t open = maintainer.find('<'), close = maintainer.rfind('>');
  bool addressed = open != std::string::npos && close != std::string::npos && open < close;
  std::string name(trim(maintainer.substr(0, open)));
  if (name.empty()) return kNone;
  return addressed ? fmt::format("Organization: {} ({})", name, maintainer.substr(open + 1, close - open - 1))
                   : "Organization: " + name;
}

Json package_json(const Package& package, const Contents& contents) {
  Json json;
  json["name"] = package.name;
  json["SPDXID"] = id_of(package);
  json["versionInfo"] = package.version;
  json["supplier"] = supplier_of(package.supplier);
  json["downloadLocation"] = kNone;
  json["filesAnalyzed"] = false;
  json["sourceInfo"] = "stated in /" + package.path;
  json["licenseConcluded"] = kNone;
  json["licenseDeclared"] = kNone;
  json["copyrightText"] = kNone;
  json["externalRefs"] = Json::array({{{"referenceCategory", "PACKAGE-MANAGER"},
                                       {"referenceType", "purl"},
                                       {"referenceLocator", package_url(package, contents)}}});
  return json;
}

Json relationship(const std::string& from, const char* type, const std::string& to) {
  return {{"spdxElementId", from}, {"relationshipType", type}, {"relatedSpdxElement", to}};
}

}  // namespace

std::string package_url(const Package& package, const Contents& contents) {
  std::string url = fmt::format("pkg:{}/", type_of(package.kind));
  const bool of_distribution = package.kind == Package::Kind::deb || package.kind == Package::Kind::apk;
  if (of_distribution && !contents.distribution.empty()) url += escaped(contents.distribution) + "/";
  std::string_view name = package.name;
  if (size_t slash = name.find('/'); package.kind == Package::Kind::npm && slash != std::string_view::npos) {
    url += escaped(name.substr(0, slash)) + "/";
    name.remove_prefix(slash + 1);
  }
  url += escaped(name) + "@" + escaped(package.version);
  if (!of_distribution) return url;
  std::vector<std::string> qualifiers;
  if (!package.architecture.empty()) qualifiers.push_back("arch=" + escaped(package.architecture));
  if (!contents.distribution.empty() && !contents.release.empty())
    qualifiers.push_back("distro=" + escaped(contents.distribution + "-" + contents.release));
  return qualifiers.empty() ? url : url + "?" + join(qualifiers, "&");
}

std::string spdx_json(const SpdxSubject& subject, const Contents& contents) {
  Json out;
  out["spdxVersion"] = "SPDX-2.3";
  out["dataLicense"] = "CC0-1.0";
  out["SPDXID"] = kDocument;
  out["name"] = subject.name;
  out["documentNamespace"] =
      fmt::format("https://spdx.org/spdxdocs/{}-{}", escaped(subject.name), subject.manifest.hex());
  out["creationInfo"] = {{"created", subject.created}, {"creators", {"Tool: " + subject.tool}}};

  Json image;
  image["name"] = subject.name;
  image["SPDXID"] = kImage;
  image["versionInfo"] = subject.manifest.str();
  image["downloadLocation"] = kNone;
  image["filesAnalyzed"] = false;
  image["primaryPackagePurpose"] = "CONTAINER";
  image["checksums"] = Json::array({{{"algorithm", "SHA256"}, {"checksumValue", subject.manifest.hex()}}});
  image["licenseConcluded"] = kNone;
  image["licenseDeclared"] = kNone;
  image["copyrightText"] = kNone;

  Json packages = Json::array({std::move(image)});
  Json relationships = Json::array({relationship(kDocument, "DESCRIBES", kImage)});
  for (const Package& package : contents.packages) {
    packages.push_back(package_json(package, contents));
    relationships.push_back(relationship(kImage, "CONTAINS", id_of(package)));
  }
  out["packages"] = std::move(packages);
  out["relationships"] = std::move(relationships);
  return image::dump(out) + "\n";
}

}  // namespace tierbuild::attest
