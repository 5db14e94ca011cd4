"""Generated inputs, the same bytes on every machine, and what all recipes begin with."""

import random
import shutil
from pathlib import Path

MIB = 1 << 20

# A stand-in for a distribution image: one static program, so that nothing has to be downloaded.
BASE_LUA = '''
local function step(text) return run { '/bin/sh', '-c', text } end
local base = tier 'base' {
  from = image.scratch(),
  copy = { { 'busybox', to = '/bin/busybox', mode = '0755' }, { 'busybox', to = '/bin/sh', mode = '0755' } },
}
'''
BASE_CONTAINERFILE = 'FROM scratch AS base\nCOPY busybox /bin/busybox\nCOPY busybox /bin/sh\n'


def workspace(directory, buildfile):
    """A new workspace: the Buildfile after the base that all of them have."""
    directory.mkdir(parents=True)
    shutil.copy('/bin/busybox', directory / 'busybox')
    (directory / 'Buildfile.lua').write_text(BASE_LUA + buildfile)
    return directory


class Bytes:
    """Pieces of two pools, larger than any window of gzip: text that shrinks to about a third, and noise."""

    def __init__(self, seed=1):
        self.random = random.Random(seed)
        letters = 'abcdefghijklmnopqrstuvwxyz_'
        words = [''.join(self.random.choices(letters, k=self.random.randint(2, 11))) for _ in range(5000)]
        text, size = [], 0
        while size < 8 * MIB:
            line = ' '.join(self.random.choices(words, k=9))
            text.append(line)
            size += len(line) + 1
        self.text = '\n'.join(text).encode()[:8 * MIB]
        self.noise = self.random.randbytes(8 * MIB)

    def piece(self, size, noise=False):
        pool, start = self.noise if noise else self.text, self.random.randrange(4 * MIB)
        piece = pool[start:start + size]
        while len(piece) < size:
            piece += pool[:size - len(piece)]
        return piece


def tree(directory, *, files, folders, size, noise=4):
    """A directory of so many files of about so many bytes each; every `noise`th does not shrink (0: none)."""
    source = Bytes()
    for folder in range(folders):
        path = directory / f'd{folder:03}'
        path.mkdir(parents=True)
        for number in range(folder, files, folders):
            length = source.random.randint(size // 2, size + size // 2)
            path.joinpath(f'f{number:06}.py').write_bytes(source.piece(length, noise and number % noise == 0))
    return directory


def containerfile(directory, name, text):
    directory.mkdir(parents=True, exist_ok=True)
    path = Path(directory, f'{name}.Containerfile')
    path.write_text(text)
    return path
