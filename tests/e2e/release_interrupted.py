"""Interrupts pushes of releases: release_interrupted.py REGISTRY WORKSPACE_A WORKSPACE_B

Two workspaces hold the same ten services with other content. Releases of both are pushed in turns, and each push is
ended at a random point of the time that one takes, of four points one in its last part, where tags move, and another
when the release has just become the current one.

  - After SIGINT all tags are of one release, and of the one that is current.
  - After kill -9 the current release is whole, and tags that do not follow it are a release that the next push or
    rollback ends: after it, all tags are of the current release.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

REGISTRY, WORKSPACES = sys.argv[1], sys.argv[2:4]
POINTS = int(os.environ.get('RELEASE_POINTS', '100'))
SEED = int(os.environ.get('RELEASE_SEED', str(time.time_ns())))
TIERBUILD = os.environ['TIERBUILD']
SERVICES = [f's{i}' for i in range(10)]
INDEX, MANIFEST = 'application/vnd.oci.image.index.v1+json', 'application/vnd.oci.image.manifest.v1+json'
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
print(f'RELEASE_SEED={SEED}')
random.seed(SEED)


def get(path):
    request = urllib.request.Request(f'http://{REGISTRY}/v2/acme/{path}', headers={'Accept': f'{INDEX}, {MANIFEST}'})
    for patience in range(20, -1, -1):
        try:
            with OPENER.open(request, timeout=10) as answer:
                return answer.headers['Docker-Content-Digest'], answer.read()
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None, None
            if error.code < 500 or patience == 0:  # this registry fails while it writes the tag that is asked for
                raise
            time.sleep(0.05)


def tags():
    return {name: get(f'{name}/manifests/latest')[0] for name in SERVICES}


def current():
    """What the current release says, checked to be whole."""
    _, body = get('releases/manifests/current')
    listed = {}
    for entry in json.loads(body)['manifests']:
        name = entry['annotations']['dev.tierbuild.tag'].removeprefix('acme/').removesuffix(':latest')
        listed[name] = entry['digest']
        assert get(f'{name}/manifests/{entry["digest"]}')[0] == entry['digest'], f'{name} of the release is missing'
    assert sorted(listed) == SERVICES, f'the release lists {sorted(listed)}'
    return listed


def start(side, *arguments):
    store = f'{WORKSPACES[side]}.store'
    return subprocess.Popen([TIERBUILD, '-C', WORKSPACES[side], *arguments, '-q'], stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=os.environ | {'TIERBUILD_STORE': store})


def finish(process):
    error = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 0, f'ended with status {process.returncode}: {error}'


number = 0


def push(side):
    global number
    number += 1
    return start(side, 'push', '--release', f'r{number}')


sets = []
for side in (0, 1):
    finish(push(side))
    sets.append(tags())
    assert sets[-1] == current()
assert all(sets[0][name] != sets[1][name] for name in SERVICES)
durations = []
for side in (0, 1, 0):
    begin = time.monotonic()
    finish(push(side))
    durations.append(time.monotonic() - begin)
usual = sorted(durations)[1]
counts = {'unchanged': 0, 'done': 0, 'between': 0, 'cut off': 0}
side = 0
for point in range(POINTS):
    side = 1 - side
    before = tags()
    kill = point % 2 == 0
    released = get('releases/manifests/current')[0]
    process = push(side)
    if point % 8 > 5:
        while process.poll() is None and get('releases/manifests/current')[0] == released:
            pass
    else:
        time.sleep(random.uniform(0.5 * usual if point % 8 > 3 else 0, 1.1 * usual))
        usual *= 0.9 if process.poll() is not None else 1.02  # so that most pushes are met while they last
    process.send_signal(signal.SIGKILL if kill else signal.SIGINT)
    process.communicate(timeout=30)
    counts['cut off'] += process.returncode != 0
    time.sleep(0.1)  # the registry ends what it has begun
    now, release = tags(), current()
    assert release in sets, 'the current release is a mixture'
    assert all(now[name] in (sets[0][name], sets[1][name]) for name in SERVICES)
    kind = 'done' if now == sets[side] and before != now else 'unchanged' if now == before else 'between'
    counts[kind] += 1
    if not kill or process.returncode >= 0:
        assert now == release, f'point {point}: after SIGINT the tags are not those of the current release'
    if now == release:
        continue
    assert release == sets[side], f'point {point}: tags moved before the release was current'
    if random.random() < 0.5:
        finish(push(side))
        assert tags() == sets[side] == current(), f'point {point}: the next push did not end the release'
    else:
        finish(start(side, 'rollback', 'r1'))
        assert tags() == sets[0] == current(), f'point {point}: a rollback did not end the release'
finish(push(0))
assert tags() == sets[0] == current()
assert counts['cut off'] >= POINTS // 4, f'most pushes were over before they were interrupted: {counts}'
print(f'{POINTS} points of {usual * 1000:.0f} ms: {counts}')
