"""A package index of pure wheels: package_index.py DIRECTORY [NAME==VERSION[: NEED, ...]]...

Each package is a module that says its version; a need may be `other>=1` or `other; extra == "x"`. The package `uv` has
a program that hands `uv pip install` over to pip, and says so. Serves the directory on a loopback port, which it prints.
"""

import base64
import functools
import hashlib
import http.server
import pathlib
import sys
import zipfile

UV = """#!/bin/sh
[ "$1 $2" = "pip install" ] || exit 64
shift 2
python=python3
set -- "$@" --
while [ "$1" != -- ]; do
  case $1 in
    --python) python=$2; shift ;;
    --compile-bytecode) ;;
    *) set -- "$@" "$1" ;;
  esac
  shift
done
shift
echo "uv installs with $python"
exec "$python" -m pip install "$@"
"""


def wheel(directory, name, version, needs):
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    for need in needs:
        metadata += f"Requires-Dist: {need}\n"
        if "extra ==" in need:
            metadata += f"Provides-Extra: {need.split('==')[-1].strip(' ')[1:-1]}\n"
    files = {
        f"{name}/__init__.py": f"version = '{version}'\n",
        f"{name}/__main__.py": f"print('{name} {version}')\n",
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name}-version = {name}.__main__:print\n",
    }
    if name == "uv":
        files = {path: text for path, text in files.items() if "entry_points" not in path}
        files[f"uv-{version}.data/scripts/uv"] = UV
    record = ""
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(text.encode())}\n"
    files[f"{info}/RECORD"] = record + f"{info}/RECORD,,\n"
    target = directory / "simple" / name.replace("_", "-") / f"{name}-{version}-py3-none-any.whl"
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w") as archive:
        for path, text in files.items():
            entry = zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0))
            entry.external_attr = (0o100755 if "/scripts/" in path else 0o100644) << 16
            archive.writestr(entry, text)
    links = "".join(f'<a href="{file.name}">{file.name}</a>\n' for file in sorted(target.parent.glob("*.whl")))
    (target.parent / "index.html").write_text(f"<!DOCTYPE html>\n<html><body>\n{links}</body></html>\n")


root = pathlib.Path(sys.argv[1])
for package in sys.argv[2:]:
    pin, _, needs = package.partition(":")
    name, _, version = pin.partition("==")
    wheel(root, name, version, [need.strip() for need in needs.split(",") if need.strip()])

handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=root)
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
print(server.server_port, flush=True)
server.serve_forever()
