#!/usr/bin/env python3
"""Makes a wheel of a Python package that Debian installed: repack.py DIST_PACKAGES NAME OUT."""

import pathlib
import sys
import zipfile

place, name, out = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
egg = next(place.glob(f'{name}-*.egg-info'))
version = egg.stem.split('-')[1]
info = f'{name}-{version}.dist-info'
files = {str(path.relative_to(place)): path.read_bytes() for path in sorted((place / name).rglob('*.py'))}
files[f'{info}/METADATA'] = (egg / 'PKG-INFO').read_bytes()
files[f'{info}/entry_points.txt'] = (egg / 'entry_points.txt').read_bytes()
files[f'{info}/WHEEL'] = b'Wheel-Version: 1.0\nGenerator: repack\nRoot-Is-Purelib: true\nTag: py3-none-any\n'
record = ''.join(f'{path},,\n' for path in [*files, f'{info}/RECORD'])
with zipfile.ZipFile(out / f'{name}-{version}-py3-none-any.whl', 'w') as archive:
    for path, data in {**files, f'{info}/RECORD': record.encode()}.items():
        archive.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), data)
