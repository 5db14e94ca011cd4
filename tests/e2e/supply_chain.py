"""Checks what stands beside an image in a registry: REGISTRY PUBLIC_KEY DIRECTORY NAME CANARY."""

import base64
import hashlib
import json
import re
import subprocess
import sys
import urllib.error
import urllib.request

registry, public_key, directory, name, canary = sys.argv[1:]
INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
seen_bytes = []


def get(path):
    request = urllib.request.Request(f"http://{registry}/v2/acme/{name}/{path}")
    request.add_header("Accept", f"{INDEX}, {MANIFEST}")
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def blob(descriptor):
    data = get("blobs/" + descriptor["digest"])
    assert digest_of(data) == descriptor["digest"] and len(data) == descriptor["size"], descriptor
    seen_bytes.append(data)
    return data


def manifest(reference):
    data = get("manifests/" + reference)
    assert ":" not in reference or digest_of(data) == reference
    return data, json.loads(data)


def referrers(digest):
    """By the tag that stands in for the API; each is an artifact whose subject is the digest."""
    data, index = manifest(digest.replace(":", "-"))
    assert index["mediaType"] == INDEX and index["schemaVersion"] == 2
    out = {}
    assert len({entry["digest"] for entry in index["manifests"]}) == len(index["manifests"]), "listed twice"
    for entry in index["manifests"]:
        raw, artifact = manifest(entry["digest"])
        assert entry["mediaType"] == MANIFEST == artifact["mediaType"] and entry["size"] == len(raw)
        assert artifact["subject"]["digest"] == digest and artifact["subject"]["size"] == len(get("manifests/" + digest))
        assert entry["artifactType"] == artifact["artifactType"]
        assert entry.get("annotations", {}) == artifact.get("annotations", {})
        blob(artifact["config"])
        out.setdefault(entry["artifactType"], []).append(artifact)
    return out


def verify_signature(layer, digest):
    assert layer["mediaType"] == "application/vnd.dev.cosign.simplesigning.v1+json"
    payload = blob(layer)
    document = json.loads(payload)
    critical = document["critical"]
    assert critical["type"] == "cosign container image signature"
    assert critical["image"] == {"docker-manifest-digest": digest}
    assert critical["identity"] == {"docker-reference": f"{registry}/acme/{name}"}
    assert "optional" in document
    open(f"{directory}/payload", "wb").write(payload)
    signature = base64.b64decode(layer["annotations"]["dev.cosignproject.cosign/signature"], validate=True)
    open(f"{directory}/signature", "wb").write(signature)
    command = ["openssl", "dgst", "-sha256", "-verify", public_key, "-signature", f"{directory}/signature"]
    result = subprocess.run(command + [f"{directory}/payload"], capture_output=True, text=True)
    assert result.stdout.strip() == "Verified OK", result


def check_signatures(digest, artifacts):
    _, tagged = manifest(digest.replace(":", "-") + ".sig")
    config = json.loads(blob(tagged["config"]))
    assert tagged["config"]["mediaType"] == "application/vnd.oci.image.config.v1+json"
    assert config["rootfs"]["diff_ids"] == [layer["digest"] for layer in tagged["layers"]]
    assert len(tagged["layers"]) == 1
    verify_signature(tagged["layers"][0], digest)
    (artifact,) = artifacts["application/vnd.dev.cosign.artifact.sig.v1+json"]
    (layer,) = artifact["layers"]
    verify_signature(layer, digest)


def check_spdx(document, digest, config):
    """The rules of SPDX 2.3 for what is there, and the packages that dpkg, pip and npm would list."""
    assert document["spdxVersion"] == "SPDX-2.3" and document["dataLicense"] == "CC0-1.0"
    assert document["SPDXID"] == "SPDXRef-DOCUMENT" and document["name"]
    assert re.fullmatch(r"https?://[^\s#]+", document["documentNamespace"])
    info = document["creationInfo"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", info["created"])
    assert info["created"] == config["created"], "the time of the image"
    assert info["creators"] and all(re.match(r"(Tool|Organization|Person): \S", c) for c in info["creators"])
    ids = {"SPDXRef-DOCUMENT"}
    for package in document["packages"]:
        assert re.fullmatch(r"SPDXRef-[a-zA-Z0-9.-]+", package["SPDXID"]), package
        assert package["SPDXID"] not in ids, f"twice: {package}"
        ids.add(package["SPDXID"])
        assert package["name"] and package["downloadLocation"] == "NOASSERTION"
        assert package["filesAnalyzed"] is False and "packageVerificationCode" not in package
        supplier = package.get("supplier", "NOASSERTION")
        assert supplier == "NOASSERTION" or re.match(r"(Organization|Person): \S", supplier)
        for checksum in package.get("checksums", []):
            assert checksum["algorithm"] == "SHA256" and re.fullmatch(r"[0-9a-f]{64}", checksum["checksumValue"])
        for reference in package.get("externalRefs", []):
            assert reference["referenceCategory"] == "PACKAGE-MANAGER" and reference["referenceType"] == "purl"
            assert re.fullmatch(r"pkg:[a-z]+/[^\s@]+@[^\s?]+(\?\S+)?", reference["referenceLocator"])
    for relation in document["relationships"]:
        assert relation["spdxElementId"] in ids and relation["relatedSpdxElement"] in ids, relation
        assert relation["relationshipType"] in ("DESCRIBES", "CONTAINS")
    described = [r for r in document["relationships"] if r["relationshipType"] == "DESCRIBES"]
    assert len(described) == 1
    (image,) = [p for p in document["packages"] if p["SPDXID"] == described[0]["relatedSpdxElement"]]
    assert image["checksums"][0]["checksumValue"] == digest[7:]
    others = {p["SPDXID"] for p in document["packages"]} - {image["SPDXID"]}
    assert others == {r["relatedSpdxElement"] for r in document["relationships"] if r["relationshipType"] == "CONTAINS"}
    return [p for p in document["packages"] if p is not image]


def purls(packages):
    return {p["externalRefs"][0]["referenceLocator"] for p in packages}


def check_dpkg(packages):
    """The list is that of dpkg-query."""
    lines = [line.split() for line in open("host/expected")]
    expected = sorted((line[0], line[1], line[2]) for line in lines if line[3] == "installed")
    found = []
    for package in packages:
        (architecture,) = re.findall(r"[?&]arch=([^&]+)", purls([package]).pop())
        found.append((package["name"], package["versionInfo"], architecture))
    assert sorted(found) == expected, set(found) ^ set(expected)
    print(f"{len(found)} packages, as dpkg-query lists them")


def check_provenance(statement, digest):
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://slsa.dev/provenance/v1"
    (subject,) = statement["subject"]
    assert subject == {"name": f"{registry}/acme/{name}", "digest": {"sha256": digest[7:]}}
    definition = statement["predicate"]["buildDefinition"]
    assert re.match(r"[a-z]+:", definition["buildType"])
    parameters = definition["externalParameters"]
    assert parameters["target"] == f"service:{name}" and parameters["buildfile"] == "Buildfile.lua"
    assert parameters["args"] == {"flavour": "x***"}, parameters
    assert re.match(r"[a-z]+:", statement["predicate"]["runDetails"]["builder"]["id"])
    inputs = {d["uri"]: d["digest"] for d in definition["resolvedDependencies"]}
    for uri, digests in inputs.items():
        assert re.match(r"[a-z+]+:", uri) and digests, uri
    own = {"web": ["tree/var/lib/dpkg/status"], "job": ["base.lua", "busybox"], "host": ["host/status"]}
    for file in ["Buildfile.lua"] + own[name]:
        expected = hashlib.sha256(open(file, "rb").read()).hexdigest()
        assert inputs[f"file:{file}"] == {"sha256": expected}, (file, inputs)


def check_image(digest):
    _, image = manifest(digest)
    config = json.loads(get("blobs/" + image["config"]["digest"]))
    artifacts = referrers(digest)
    check_signatures(digest, artifacts)
    (sbom,) = artifacts["application/spdx+json"]
    found = check_spdx(json.loads(blob(sbom["layers"][0])), digest, config)
    if name == "web":
        assert purls(found) == {
            "pkg:deb/debian/bash@5.2.15-2%2Bb7?arch=amd64&distro=debian-12",
            "pkg:deb/debian/libc6@2%3A2.36-9%2Bdeb12u4?arch=amd64&distro=debian-12",
            "pkg:pypi/demo-pkg@1.5",
            "pkg:npm/%40scope/left@1.2.3",
        }, found
    if name == "host":
        check_dpkg(found)
    (provenance,) = artifacts["application/vnd.in-toto+json"]
    assert provenance["annotations"] == {"in-toto.io/predicate-type": "https://slsa.dev/provenance/v1"}
    check_provenance(json.loads(blob(provenance["layers"][0])), digest)


raw, top = manifest("latest")
top_digest = digest_of(raw)
if top["mediaType"] == INDEX:
    assert {e["platform"]["architecture"] for e in top["manifests"]} == {"amd64", "arm64"}
    assert len(top["manifests"]) == 2, "nothing but images in the index"
    check_signatures(top_digest, referrers(top_digest))
    for entry in top["manifests"]:
        check_image(entry["digest"])
else:
    check_image(top_digest)
assert not any(canary.encode() in data for data in seen_bytes), "the secret is in what was pushed"
