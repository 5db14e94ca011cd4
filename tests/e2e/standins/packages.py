#!/usr/bin/env python3
"""Writes the wheels of packages.txt: packages.py LIST MODULES OUT."""

import base64
import hashlib
import pathlib
import platform
import re
import sys
import zipfile

EPOCH = (1980, 1, 1, 0, 0, 0)
# The programs that a package brings: NAME = module:function.
SCRIPTS = {'uvicorn': 'uvicorn:main', 'pytest': 'pytest:main'}


def parse(line: str):
    """(name, modules, tag, versions, dependencies, {extra: dependencies})"""
    head, *extras = line.split('|')
    words, _, dependencies = head.partition(':')
    name, *versions = words.split()
    tag = f'py3-none-linux_{platform.machine()}' if name.endswith('!') else 'py3-none-any'
    name, _, modules = name.rstrip('!').partition('=')
    found = {}
    for extra in extras:
        title, _, wanted = extra.partition(':')
        found[title.strip()] = wanted.split()
    return name, (modules or name.replace('-', '_')).split(','), tag, versions, dependencies.split(), found


def files_of(module: str, version: str, code: pathlib.Path) -> dict[str, str]:
    """The files of one module: its code where there is some, else a package that knows its version."""
    text = f"__version__ = '{version}'\n"
    own = code / f'{module}.py'
    if own.exists():
        text += own.read_text()
    files = {}
    parts = module.split('.')
    files['/'.join(parts) + '/__init__.py'] = text
    for extra in sorted(code.glob(f'{module}.*.py')):
        files['/'.join(parts) + '/' + extra.name[len(module) + 1:]] = extra.read_text().replace('@VERSION@', version)
    return files


def wheel(out: pathlib.Path, code: pathlib.Path, name, modules, tag, version, dependencies, extras) -> None:
    distribution = re.sub(r'[-_.]+', '_', name).lower()
    info = f'{distribution}-{version}.dist-info'
    files = {}
    for module in modules:
        files.update(files_of(module, version, code))
    metadata = [f'Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Python: >=3.8']
    metadata += [f'Requires-Dist: {wanted}' for wanted in dependencies]
    for extra, wanted in extras.items():
        metadata.append(f'Provides-Extra: {extra}')
        metadata += [f'Requires-Dist: {one} ; extra == "{extra}"' for one in wanted]
    files[f'{info}/METADATA'] = '\n'.join(metadata) + '\n'
    files[f'{info}/WHEEL'] = f'Wheel-Version: 1.0\nGenerator: standins\nRoot-Is-Purelib: true\nTag: {tag}\n'
    if name in SCRIPTS:
        files[f'{info}/entry_points.txt'] = f'[console_scripts]\n{name} = {SCRIPTS[name]}\n'
    program = code / f'{name}.script'  # one file, as a compiled program would be
    if program.exists():
        files[f'{distribution}-{version}.data/scripts/{name}'] = '#!/usr/bin/env python3\n' + program.read_text()
    record = ''
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=').decode()
        record += f'{path},sha256={digest},{len(text.encode())}\n'
    files[f'{info}/RECORD'] = record + f'{info}/RECORD,,\n'
    with zipfile.ZipFile(out / f'{distribution}-{version}-{tag}.whl', 'w') as archive:
        for path, text in files.items():
            entry = zipfile.ZipInfo(path, EPOCH)
            entry.external_attr = (0o100755 if '.data/scripts/' in path else 0o100644) << 16
            archive.writestr(entry, text)


def main() -> None:
    listing, code, out = (pathlib.Path(argument) for argument in sys.argv[1:4])
    out.mkdir(parents=True, exist_ok=True)
    for line in listing.read_text().splitlines():
        if not line.strip() or line.startswith('#'):
            continue
        name, modules, tag, versions, dependencies, extras = parse(line)
        for version in versions:
            wheel(out, code, name, modules, tag, version, dependencies, extras)


main()
