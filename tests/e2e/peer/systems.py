"""Compares the images that two tools made of one system, target by target: trees and configs. What the first
built the second must have built as well.

    systems.py NAME=BLOBS:METADATA NAME=BLOBS:METADATA

BLOBS is a directory with the blobs of a content store, METADATA what `--metadata-file` wrote.
"""

import functools
import json
import re
import sys
from pathlib import Path

import compare
import images

# What differs by nature between two builds. A path that matches must be there in both; only what it is may differ.
PATHS_MAY_DIFFER = {
    r'/var/log/(apt/.*|dpkg\.log|alternatives\.log)': 'times',
    r'/var/cache/apt/(src)?pkgcache\.bin': 'times of what it is made from',
    r'/var/cache/ldconfig/aux-cache': 'inodes and times',
}
LABELS_MAY_DIFFER = {
    'org.opencontainers.image.created': 'a time',
}


def content_of(path, data):
    """What is compared of a file: without the time of the source, or its hash where SOURCE_DATE_EPOCH is set, with which
    compiled modules begin, and without the day on which a password was changed."""
    if path.endswith('.pyc'):
        return data[16:]
    if path in ('etc/shadow', 'etc/shadow-'):
        return re.sub(rb'(?m)^([^:]*:[^:]*):\d*:', rb'\1::', data)
    return data


def chosen_prober(check, other):
    """tierbuild looks into the image for a program that asks; an exported Dockerfile has the choice made at run time."""
    test, own = check.get('Test') or [], other.get('Test') or []
    if test and test[-1].startswith('if command -v ') and own[:1] == ['CMD']:
        plain = re.compile(r'[\w@%+=:,./-]+')
        words = [word if plain.fullmatch(word) else "'" + word.replace("'", "'\\''") + "'" for word in own[1:]]
        if f'; then {" ".join(words)}; ' in test[-1]:
            return check | {'Test': own}
    return check


class Side:
    def __init__(self, word):
        self.name, _, places = word.partition('=')
        blobs, _, metadata = places.partition(':')
        self.blobs = Path(blobs)
        # Names of bake have no dots.
        self.digests = {target.replace('.', '_'): facts['containerimage.digest']
                        for target, facts in json.loads(Path(metadata).read_text()).items()
                        if 'containerimage.digest' in facts}

    def blob(self, digest):
        return (self.blobs / digest.removeprefix('sha256:')).read_bytes()

    @staticmethod
    @functools.cache
    def members_at(path):
        with path.open('rb') as file:
            return images.members_of(file, content_of)

    def members(self, digest):
        return self.members_at(self.blobs / digest.removeprefix('sha256:'))

    def image(self, target):
        found = json.loads(self.blob(self.digests[target]))
        while 'manifests' in found:
            real = [entry for entry in found['manifests'] if 'vnd.docker.reference.type' not in entry.get('annotations', {})]
            found = json.loads(self.blob(real[0]['digest']))
        config, tree = images.whole(found, self.blob, self.members)
        labels = config.get('config', {}).get('Labels') or {}
        for label in LABELS_MAY_DIFFER.keys() & labels.keys():
            labels[label] = LABELS_MAY_DIFFER[label]
        excused = [re.compile(pattern) for pattern in PATHS_MAY_DIFFER]
        lines = {path: 'excused' if any(pattern.fullmatch(path) for pattern in excused) else line
                 for path, line in tree.lines().items()}
        return compare.fields_of(config), lines


def main(first, second):
    sides = Side(first), Side(second)
    names = [side.name for side in sides]
    if missing := sides[0].digests.keys() - sides[1].digests.keys():
        print(f'{names[1]} did not build {" ".join(sorted(missing))}, but {" ".join(sorted(sides[1].digests))}')
        return 1
    differ, paths = 0, 0
    for target in sorted(sides[0].digests):
        (fields, tree), (other_fields, other_tree) = (side.image(target) for side in sides)
        paths += len(tree)
        if 'import' in names:  # variables are fields of a table, which has no order
            for one in (fields, other_fields):
                one['config.Env'] = sorted(one.get('config.Env', []))
        if 'config.Healthcheck' in fields.keys() & other_fields.keys():
            check = fields['config.Healthcheck']
            other_fields['config.Healthcheck'] = chosen_prober(other_fields['config.Healthcheck'], check)
        found = [*compare.differences('config', fields, other_fields, names),
                 *compare.tree_differences(tree, other_tree, names)]
        if found:
            differ += 1
            print(f'{target}: {len(found)} differences', *(line[:400] for line in found[:40]), sep='\n  ')
    print(f'{len(sides[0].digests)} images with {paths} paths, {differ} differ: {" and ".join(names)}')
    return 1 if differ else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
