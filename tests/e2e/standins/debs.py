#!/usr/bin/env python3
"""Writes the mirror with the packages of debs.txt: debs.py LIST CONTENTS OUT."""

import hashlib
import pathlib
import shutil
import subprocess
import sys
import tempfile

# The epoch is higher than any: Python's real packages break old versions of their neighbours.
CONTROL = """Package: {name}
Version: 99:0~standin
Architecture: all
Maintainer: Tests <tests@example.org>
Description: empty stand-in for {name}
"""


def build(name: str, contents: pathlib.Path, pool: pathlib.Path) -> str:
    with tempfile.TemporaryDirectory() as scratch:
        tree = pathlib.Path(scratch, name)
        tree.mkdir(mode=0o755)
        if (contents / name).is_dir():
            shutil.copytree(contents / name, tree, dirs_exist_ok=True)
        (tree / 'DEBIAN').mkdir(mode=0o755)
        control = CONTROL.format(name=name)
        (tree / 'DEBIAN' / 'control').write_text(control)
        package = pool / f'{name}.deb'
        subprocess.run(['dpkg-deb', '--root-owner-group', '-Znone', '--build', tree, package], check=True,
                       stdout=subprocess.DEVNULL)
    data = package.read_bytes()
    return f'{control}Filename: pool/{name}.deb\nSize: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}\n'


def main() -> None:
    listing, contents, out = (pathlib.Path(argument) for argument in sys.argv[1:4])
    pool = out / 'pool'
    pool.mkdir(parents=True, exist_ok=True)
    lines = [line for line in listing.read_text().splitlines() if not line.startswith('#')]
    entries = [build(name, contents, pool) for line in lines for name in line.split()]
    for suite in ('bookworm', 'bookworm-updates', 'bookworm-security'):
        index = '\n'.join(entries).encode() if suite == 'bookworm' else b''
        place = out / 'dists' / suite
        for architecture in ('all', 'amd64', 'arm64'):
            packages = place / 'main' / f'binary-{architecture}' / 'Packages'
            packages.parent.mkdir(parents=True, exist_ok=True)
            packages.write_bytes(index)
        sums = ''.join(f' {hashlib.sha256(index).hexdigest()} {len(index)} main/binary-{one}/Packages\n'
                       for one in ('all', 'amd64', 'arm64'))
        (place / 'Release').write_text(f'Origin: Stand-ins\nSuite: {suite}\nCodename: {suite}\n'
                                       f'Date: Tue, 01 Jan 1980 00:00:00 UTC\nArchitectures: all amd64 arm64\nComponents: main\nSHA256:\n{sums}')


main()
