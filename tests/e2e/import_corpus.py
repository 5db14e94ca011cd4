"""Imports the corpus of Dockerfiles, and compares what the Buildfile builds with what the Dockerfiles build.

    import_corpus.py DIRECTORY REGISTRY [NAME…]

DIRECTORY is for its files; REGISTRY, on the loopback interface, has the base images. All of the corpus is one bake file
and is imported at once, so that the targets share what they begin with.
"""

import io
import json
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / 'peer'))
sys.path.insert(0, str(HERE))
import contexts  # noqa: E402
import dockerfile_peer as peer  # noqa: E402
import images  # noqa: E402

TIERBUILD = os.environ['TIERBUILD']

# What may differ, and why.
CASES_MAY_DIFFER = {'run_mount_cache_kept': 'it counts its runs in a cache, which both ways share'}


def target_of(case, work, registry):
    """The case as a target of a bake file; nothing if it needs flags that such a file has not."""
    file = work / 'files' / f'{case.name}.dockerfile'
    file.write_bytes(case.path.read_bytes())
    if case.ignore:
        Path(f'{file}.dockerignore').write_text('\n'.join(case.ignore) + '\n')
    target = {'dockerfile': str(file), 'context': f'contexts/{case.context}', 'args': {},
              'contexts': {name: f'docker-image://{registry}/{name}:latest'
                           for name in ('busybox', 'rich', 'trigger', 'no-config')}}
    target['contexts']['busybox:1.35'] = f'docker-image://{registry}/busybox:latest'
    words = iter(case.flags)
    for word in words:
        if word == '--build-arg':
            name, _, value = next(words).partition('=')
            target['args'][name] = value
        elif word == '--target':
            target['target'] = next(words)
        else:
            return None
    return target


def tierbuild(work, *words, **how):
    return subprocess.run([TIERBUILD, *words], cwd=work, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          errors='replace', **how)


def bake_file(work, targets):
    file = work / 'all.json'
    file.write_text(json.dumps({'group': {'default': {'targets': sorted(targets)}}, 'target': targets}))
    return file


def image_of(layout, entry):
    def blob(digest):
        return layout.extractfile('blobs/' + digest.replace(':', '/')).read()

    config, tree = images.whole(json.loads(blob(entry['digest'])), blob,
                                lambda digest: images.members_of(io.BytesIO(blob(digest))))
    fields = peer.fields_of(config)
    fields['config.Env'] = sorted(fields.get('config.Env', []))
    return fields, tree.lines()


def built(work, file, names):
    """All targets that can be built, in one layout: name -> config and tree."""
    output, names = work / 'out.tar', sorted(names)
    while True:
        done = tierbuild(work, 'build', '-k', '-f', file, *names, '-o', f'type=oci,dest={output}')
        if done.returncode == 0:
            break
        failed = {name for name in re.findall(r'service:([a-z0-9_.-]+)/\S+  failed', done.stderr + done.stdout)}
        if not failed & set(names):
            sys.exit(f'{file}: {done.stderr[-3000:]}')
        names = [name for name in names if name not in failed]
    found = {}
    with tarfile.open(output) as layout:
        for entry in json.loads(layout.extractfile('index.json').read())['manifests']:
            name = entry['annotations']['org.opencontainers.image.ref.name'].removesuffix(':latest')
            found[name] = image_of(layout, entry)
    output.unlink()
    return found


def main(work, registry, *names):
    work = Path(work)
    work.mkdir()
    (work / 'contexts').mkdir()
    (work / 'files').mkdir()
    contexts.make(work / 'contexts', peer.CORPUS)
    cases = [peer.Case(path) for path in sorted(peer.CORPUS.glob('*.dockerfile')) if not names or path.stem in names]
    targets = {case.name: target for case in cases if (target := target_of(case, work, registry))}

    def imported():
        done = tierbuild(work, 'import', '--print', str(bake_file(work, targets)))
        if done.returncode != 0:
            sys.exit(f'import: {done.stderr}')
        return done.stdout

    kept = set(re.findall(r'^--   (\S+) stays on its Dockerfile', imported(), re.M))
    targets = {name: target for name, target in targets.items() if name not in kept}
    text = imported()
    (work / 'Buildfile.lua').write_text(text)

    theirs, ours = built(work, 'all.json', targets), built(work, 'Buildfile.lua', targets)

    def compare(name):
        one, other = theirs.get(name), ours.get(name)
        if one is None or other is None:
            return [] if one is other else ['only one of both fails']
        return [*peer.differences('config', one[0], other[0]), *peer.differences('tree', one[1], other[1])]

    wrong = 0
    for name in sorted(targets):
        if (found := compare(name)) and name not in CASES_MAY_DIFFER:
            wrong += 1
            print(f'{name}:', *(line.replace('BuildKit', 'Dockerfile').replace('tierbuild', 'Buildfile')
                                for line in found), sep='\n  ', flush=True)
    print(f'{len(targets)} Dockerfiles of {len(cases)} are imported, {len(kept)} stay, {len(theirs)} can be built, '
          f'{wrong} differ')
    if wrong or (not names and len(theirs) < 300):
        sys.exit(1)


main(*sys.argv[1:])
