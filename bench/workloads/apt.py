"""A sizeable set of Debian packages, installed and shipped."""

from dataclasses import dataclass
from pathlib import Path

from inputs import containerfile
from mirror import Mirror
from suite import Target
from tools import Recipe

TITLE = '`apt-get install build-essential curl git ffmpeg`'
ABOUT = '''
On the same bookworm, made by mmdebstrap once and unpacked before, with the same command line, up to a gzip OCI
layout. All fetch through one proxy on the loopback interface that has every file already: the network is not timed,
and no tool has a cache of its own.
'''

BOUNDS = {'install': '''
the command itself. Of all processor time, 50 % is dpkg-deb (liblzma alone 40 %), 15 % dpkg, 11 % apt with its
transport, and 17 % is tierbuild (deflate, SHA-256, reading what the step wrote), after the command and on all cores. No
fsync reaches the disk. What is left is to unpack and to configure 256 packages, one after the other, which only
another package manager would do faster.
'''}

PACKAGES = 'build-essential curl git ffmpeg'


@dataclass(frozen=True)
class Base:
    """A bookworm, as an OCI layout and as an archive for `docker load`; made once and kept."""
    name: str
    reference: str
    layout: Path
    archive: Path


def debian(bench):
    directory = bench.cache / 'debian'
    base = Base('debian-base', 'localhost/debian:bookworm', directory / 'layout', directory / 'debian.tar')
    if not base.archive.exists():
        directory.mkdir(parents=True, exist_ok=True)
        (directory / 'Buildfile.lua').write_text(
            "tier 'debian' { from = image.debian { suite = 'bookworm' } }\n")
        bench.ours.build(Recipe(directory), '-q', 'debian', '-t', base.reference,
                         '-o', f'type=oci,dest={base.layout}/', '-o', f'type=docker,dest={base.archive}')
    return base


def run(bench):
    base = debian(bench)
    packages = bench.size(PACKAGES, 'hello')
    context = bench.work / 'tree'
    context.mkdir()
    (context / 'layout').symlink_to(base.layout)
    with Mirror(bench.cache / 'mirror') as proxy:
        options = f'-q -o Acquire::http::Proxy={proxy}'
        command = (f'export DEBIAN_FRONTEND=noninteractive; apt-get update {options} && apt-get install -y '
                   f'--no-install-recommends {options} {packages} && rm -rf /var/lib/apt/lists/*')
        (context / 'Buildfile.lua').write_text(f"""
tier 'unpacked' {{ from = image.oci('layout'), steps = {{ run {{ 'true' }} }} }}
service 'app' {{
  from = image.oci('layout'), steps = {{ run {{ '/bin/sh', '-c', [[{command}]], network = true }} }},
}}
""")
        file = containerfile(bench.work / 'recipes', 'app', f'FROM {base.name}\nRUN {command}\n')
        recipe = Recipe(context, {'app': file}, network=True)

        def shipped(tool):
            return tool.build(recipe).then(tool.export(recipe))

        def prepared(tool):
            tool.forget()
            tool.load(base)
            if tool is bench.ours:
                tool.build(recipe, '-q', 'unpacked')  # as the peers have unpacked theirs

        prepared(bench.ours)
        bench.ours.build(recipe)  # fills the proxy
        case = bench.case('install', Target(1 / 3))
        for _ in bench.repetitions(2, minutes=7):
            bench.each(prepared)
            bench.time(case, shipped)
