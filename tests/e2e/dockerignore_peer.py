"""Generated ignore files over one directory with many paths: what arrives in the image is what BuildKit sends.

    dockerignore_peer.py DIRECTORY FILES SEED

DIRECTORY has the socket of the peer's daemon. Each of the FILES ignore files is asked about each path of the context; a
path is a pair with each pattern of the file. PEER_RESULTS is as in dockerfile_peer.py.
"""

import hashlib
import json
import os
import random
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / 'peer'))
import builders  # noqa: E402

NAMES = ['a', 'b', 'ab', 'ba', 'a.b', '.a', 'a b', 'A', 'a*', 'ä']
# No '\\' in front of a letter: BuildKit takes it for a class of Go's regular expressions.
PARTS = ['*', '?', '**', 'a*', '*b', '*.b', '[ab]', '[^a]', '[a-b]*', '**b', 'a**', '?b', '\\.a', 'a\\*',
         '.*', '..', '.', '[\\]a]']


def paths(rng):
    """Files and empty directories, none below a file."""
    found = {}
    while len(found) < 70:
        path = '/'.join(rng.choice(NAMES) for _ in range(rng.choice((1, 2, 2, 3, 3, 4))))
        above = [path[:i] for i, letter in enumerate(path) if letter == '/']
        if any(found.get(other) == 'file' for other in above) or any(other.startswith(f'{path}/') for other in found):
            continue
        found.setdefault(path, 'directory' if rng.random() < 0.15 else 'file')
    return found


def pattern(rng, known):
    if rng.random() < 0.15:
        text = rng.choice(known)
    else:
        text = '/'.join(rng.choice(PARTS if rng.random() < 0.45 else NAMES) for _ in range(rng.choice((1, 1, 2, 2, 3))))
    text = rng.choice(('', '', '', '', '/', './')) + text + rng.choice(('', '', '', '', '/', '/*', '/**', ' '))
    return rng.choice(('', '', '', '!', '! ')) + text


def main(work, count, seed):
    work, rng = Path(work), random.Random(int(seed))
    context = work / 'context'
    context.mkdir()
    known = paths(rng)
    for path, kind in known.items():
        place = context / path
        (place if kind == 'directory' else place.parent).mkdir(parents=True, exist_ok=True)
        if kind == 'file':
            place.write_text('')
    files = [[pattern(rng, list(known)) for _ in range(rng.choice((1, 1, 2, 3, 5)))] for _ in range(int(count))]
    peer, ours = builders.pair(work)
    if 'PEER_RESULTS' in os.environ:
        peer = builders.Kept(peer, os.environ['PEER_RESULTS'])

    def run(number):
        lines = '\n'.join(files[number]) + '\n'
        file = work / f'{number}.dockerfile'
        file.write_text('FROM scratch\nCOPY . /\n')
        Path(f'{file}.dockerignore').write_text(lines)
        case = builders.Case(f'ignore-{seed}-{number}', hashlib.sha256((lines + repr(known)).encode()).hexdigest())
        return [tool.build(case, file, context, []) for tool in (peer, ours)]

    above = {path[:i] for path in known for i, letter in enumerate(path) if letter == '/'}
    everything = above | set(known)
    pairs = wrong = 0
    with ThreadPoolExecutor(2 + (os.cpu_count() or 1)) as pool:
        for rules, (theirs, own) in zip(files, pool.map(run, range(len(files)))):
            pairs += len(rules) * len(everything)
            if bool(theirs.error) != bool(own.error):
                wrong += 1
                failed = 'BuildKit' if theirs.error else 'tierbuild'
                error = theirs.error or own.error
                print(json.dumps(rules, ensure_ascii=False), f'only {failed} fails:', error[-200:])
            elif not theirs.error:
                more, less = own.tree.keys() - theirs.tree.keys(), theirs.tree.keys() - own.tree.keys()
                if more or less:
                    wrong += 1
                    print(json.dumps(rules, ensure_ascii=False), 'more:', sorted(more), 'less:', sorted(less))
    print(f'{len(files)} ignore files, {pairs} pairs of a pattern and a path: {wrong} files differ')
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
