"""Random edits of a small monorepo, each built twice: where everything before was built, and from nothing.

    random_edits.py SEED EDITS DIRECTORY

After each edit the images must be those of the build from nothing (never a stale image), the steps that ran must be
those whose inputs were never seen before (never a needless step), and `changed --since` must name the targets whose
inputs differ. What the inputs of a step are is said here once more, in Python: the model knows the definition of each
step and which files it selects, and takes the layers below from the images that were built from nothing.
"""

import copy
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys

PROGRAM = os.environ['TIERBUILD']
SERVICES = ['s0', 's1', 's2', 's3']


def digest(*parts):
    return hashlib.sha256(repr(parts).encode()).hexdigest()


class State:
    """What the workspace holds; everything is derived from it, so that an older one can come back."""

    def __init__(self, rng):
        self.files = {}  # path -> ('file', text, executable) or ('link', target)
        self.notes = {'': 'first'}  # comments of the Buildfile
        self.ignored = []
        self.step = {name: 'one' for name in SERVICES}
        self.env = {name: 'quiet' for name in SERVICES}
        self.services = list(SERVICES)
        self.flavour = 'plain'
        self.base_packages = {'alpha': '1.0', 'beta': '1.0'}
        self.packages = {'gamma': '1.0'}
        self.order = 0
        for i in range(5):
            self.files[f'lib/l{i}.py'] = ('file', f'lib {i}\n', False)
        for name in SERVICES:
            for i in range(4):
                self.files[f'services/{name}/f{i}.py'] = ('file', f'{name} {i}\n', i == 3)
            self.files[f'services/{name}/sub/deep.py'] = ('file', f'{name} deep\n', False)
            self.files[f'services/{name}/README.md'] = ('file', 'read me\n', False)
            self.files[f'services/{name}/link'] = ('link', 'f0.py')
        self.files['docs/page.txt'] = ('file', 'no image has this\n', False)

    def buildfile(self):
        lines = [f'-- {note}' for note in self.notes.values()]
        lines += [
            "local flavour = arg 'flavour' { 'plain', choices = { 'plain', 'salt', 'pepper', 'sour' } }",
            "local base = require 'base'",
            "local lib = tier 'lib' { from = base, steps = { copy { 'lib', to = '/lib' },",
            "  run { '/bin/sh', '-c', 'find /lib -type f | sort | xargs cat > /lib.all' } } }",
            # Two flavours have the same first letter: the step runs again to the same bytes.
            "local tools = tier 'tools' { from = lib, steps = { run { '/bin/sh', '-c',",
            "  'echo \"$1\" | cut -c1 > /tools', 'sh', flavour } } }",
        ]
        for name in self.services:
            lines += [
                f"service '{name}' {{ from = {'tools' if name in ('s0', 's1') else 'lib'},",
                f"  env = {{ MODE = '{self.env[name]}' }},",
                f"  steps = {{ copy {{ 'services/{name}', to = '/app', exclude = {{ '**/*.md' }} }},",
                f"    run {{ '/bin/sh', '-c', 'echo {self.step[name]} > /step; ls -lR /app > /list' }} }} }}",
            ]
        lines += [
            "local words = {}",
            "local reqs = python.requirements 'requirements.txt'",
            "for _, name in ipairs(reqs:names()) do table.insert(words, name .. reqs[name].spec) end",
            "service 'packages' { from = lib,",
            "  steps = { run { '/bin/sh', '-c', 'echo \"$@\" > /packages', 'sh', unpack(words) } } }",
        ]
        return '\n'.join(lines) + '\n'

    def requirements(self, packages, head):
        lines = [f'{name}=={version}' for name, version in sorted(packages.items())]
        random.Random(self.order).shuffle(lines)
        return '\n'.join([f'# order {self.order}'] + head + lines) + '\n'

    def tree(self):
        """All files of the workspace: path -> entry."""
        files = dict(self.files)
        files['Buildfile.lua'] = ('file', self.buildfile(), False)
        files['requirements-base.txt'] = ('file', self.requirements(self.base_packages, []), False)
        files['requirements.txt'] = ('file', self.requirements(self.packages, ['-r requirements-base.txt']), False)
        if self.ignored:
            files['.tierbuildignore'] = ('file', '\n'.join(self.ignored) + '\n', False)
        return files

    # --- the model --------------------------------------------------------------------------------------------------

    def is_ignored(self, path):
        for pattern in self.ignored:
            if pattern.startswith('**/*'):
                if path.endswith(pattern[4:]):
                    return True
            elif path == pattern or path.startswith(pattern + '/'):
                return True
        return False

    def selected(self, top, without):
        """What a copy of `top` gets: relative path -> what a key sees of it."""
        found = {'': 'directory'}
        for path, entry in self.files.items():
            if not path.startswith(top + '/') or self.is_ignored(path) or path.endswith(without):
                continue
            rest = path[len(top) + 1:]
            for i, char in enumerate(rest):
                if char == '/':
                    found.setdefault(rest[:i], 'directory')
            found[rest] = entry
        return sorted(found.items())

    def steps(self, target):
        """The steps of a target above the base tier: (label, definition, whether it sees what is below)."""
        lib = [('tier:lib/copy', ('copy', '/lib', self.selected('lib', '\0')), False),
               ('tier:lib/run', ('run', 'cat lib'), True)]
        tools = lib + [('tier:tools/run', ('run', 'flavour', self.flavour), True)]
        if target == 'tier:lib':
            return lib
        if target == 'tier:tools':
            return tools
        if target == 'service:packages':
            words = sorted({**self.base_packages, **self.packages}.items())
            return lib + [('service:packages/run', ('run', words), True)]
        name = target.split(':')[1]
        below = tools if name in ('s0', 's1') else lib
        return below + [
            (target + '/copy', ('copy', '/app', self.selected('services/' + name, '.md')), False),
            (target + '/run', ('run', self.step[name]), True)]

    def targets(self):
        return ['tier:lib', 'tier:tools', 'service:packages'] + ['service:' + name for name in self.services]

    def identity(self, target):
        """All that a target is made from, however it turns out."""
        return digest(self.steps(target), self.env.get(target.split(':')[1]))


class Edits:
    def __init__(self, rng):
        self.rng = rng
        self.count = 0
        self.past = []

    def any_file(self, state, kind='file', below=('lib/', 'services/')):
        paths = [p for p, e in sorted(state.files.items()) if e[0] == kind and p.startswith(below)]
        return self.rng.choice(paths) if paths else None

    def apply(self, state):
        """Edits the state; returns what was done, and paths to touch."""
        self.count += 1
        kinds = ['content', 'content', 'mode', 'rename', 'delete', 'add', 'touch', 'revert', 'link', 'ignore',
                 'requirement', 'reorder', 'note', 'step', 'env', 'service', 'argument', 'outside', 'excluded', 'swap']
        kind = self.rng.choice(kinds)
        rng, n = self.rng, self.count
        if kind == 'content':
            path = self.any_file(state)
            old = state.files[path]
            # Sometimes of the same length, sometimes what another file has.
            text = rng.choice([f'edit {n}\n', old[1][::-1], state.files[self.any_file(state)][1]])
            state.files[path] = ('file', text, old[2])
            return f'content of {path}'
        if kind == 'mode':
            path = self.any_file(state)
            old = state.files[path]
            state.files[path] = ('file', old[1], not old[2])
            return f'mode of {path}'
        if kind == 'rename':
            path = self.any_file(state)
            to = os.path.join(os.path.dirname(path), f'r{n}.py')
            state.files[to] = state.files.pop(path)
            return f'{path} renamed to {to}'
        if kind == 'delete':
            path = self.any_file(state, rng.choice(['file', 'link']))
            top = path and path.split('/')[:2 if path.startswith('services/') else 1]
            rest = [p for p in state.files if top and p.startswith('/'.join(top) + '/') and p.endswith('.py')]
            if not path or len(rest) < 3:
                return self.apply(state)
            del state.files[path]
            return f'{path} deleted'
        if kind == 'add':
            top = os.path.dirname(self.any_file(state))
            path = rng.choice([f'{top}/a{n}.py', f'{top}/new{n}/a.py', f'{top}/a{n}.tmp'])
            state.files[path] = ('file', f'added {n}\n', False)
            return f'{path} added'
        if kind == 'touch':
            return 'touch ' + self.any_file(state)
        if kind == 'revert':
            if not self.past:
                return self.apply(state)
            state.__dict__.update(copy.deepcopy(rng.choice(self.past)).__dict__)
            return 'back to an earlier state'
        if kind == 'link':
            path = self.any_file(state, 'link') or f'services/s0/link{n}'
            state.files[path] = ('link', rng.choice(['f1.py', 'f2.py', '../nowhere', f'new{n}']))
            return f'{path} leads to {state.files[path][1]}'
        if kind == 'ignore':
            pattern = rng.choice(['**/*.tmp', 'services/s1/sub', 'services/s2/f3.py'])
            state.ignored = [p for p in state.ignored if p != pattern] + ([] if pattern in state.ignored else [pattern])
            return f'ignore file: {state.ignored}'
        if kind == 'requirement':
            packages = rng.choice([state.base_packages, state.packages])
            name = rng.choice(['delta', 'epsilon'])
            if name in state.base_packages or name in state.packages:
                packages = state.base_packages if name in state.base_packages else state.packages
                del packages[name]
            else:
                packages[name] = f'{n}.0'
            return f'requirement {name}'
        if kind == 'reorder':
            state.order = n
            return 'requirements in another order'
        if kind == 'note':
            state.notes[''] = f'note {n}'
            return 'comment in the Buildfile'
        if kind == 'step':
            state.step[rng.choice(SERVICES)] = rng.choice(['one', 'two', f'step {n}'])
            return 'step in the Buildfile'
        if kind == 'env':
            state.env[rng.choice(SERVICES)] = rng.choice(['quiet', 'loud', f'mode{n}'])
            return 'env in the Buildfile'
        if kind == 'service':
            name = rng.choice(SERVICES)
            state.services = sorted(set(state.services) ^ {name}) or ['s0']
            return f'services {state.services}'
        if kind == 'argument':
            state.flavour = rng.choice(['plain', 'salt', 'pepper', 'sour'])
            return f'argument {state.flavour}'
        if kind == 'outside':
            state.files['docs/page.txt'] = ('file', f'page {n}\n', False)
            return 'a file that no target has'
        if kind == 'excluded':
            state.files[f'services/{rng.choice(SERVICES)}/README.md'] = ('file', f'text {n}\n', False)
            return 'a file that copies leave out'
        path = f'services/s3/swap'  # a file becomes a directory and the reverse
        if path in state.files:
            del state.files[path]
            state.files[path + '/inner.py'] = ('file', 'inner\n', False)
        else:
            state.files.pop(path + '/inner.py', None)
            state.files[path] = ('file', f'swap {n}\n', False)
        return f'{path} swapped'


class Run:
    def __init__(self, seed, directory):
        self.seed = seed
        self.rng = random.Random(seed)
        self.tree = os.path.join(directory, 'tree')
        self.kept = os.path.join(directory, 'kept')
        self.fresh = os.path.join(directory, 'fresh')
        self.out = os.path.join(directory, 'metadata.json')
        self.seen = set()  # inputs of all steps that the kept store has built
        os.makedirs(self.tree)
        for name in ('busybox', 'base.lua'):
            shutil.copy2(os.path.join(directory, name), self.tree)
        self.written = {}
        self.git('init', '-q', '-b', 'main')

    def git(self, *words):
        subprocess.run(['git', '-c', 'user.name=t', '-c', 'user.email=t@localhost', *words], cwd=self.tree, check=True,
                       stdout=subprocess.DEVNULL)

    def write(self, state):
        """Makes the tree what the state says, and touches nothing else."""
        wanted = state.tree()
        for path in sorted(set(self.written) - set(wanted), reverse=True):
            os.remove(os.path.join(self.tree, path))
            parent = os.path.dirname(path)
            while parent and not os.listdir(os.path.join(self.tree, parent)):
                os.rmdir(os.path.join(self.tree, parent))
                parent = os.path.dirname(parent)
        for path, entry in wanted.items():
            if self.written.get(path) == entry:
                continue
            file = os.path.join(self.tree, path)
            os.makedirs(os.path.dirname(file), exist_ok=True)
            if os.path.lexists(file) and 'link' in (entry[0], self.written.get(path, entry)[0]):
                os.remove(file)
            if entry[0] == 'link':
                os.symlink(entry[1], file)
                continue
            with open(file, 'w') as out:
                out.write(entry[1])
            os.chmod(file, 0o755 if entry[2] else 0o644)
        self.written = wanted

    def program(self, state, store, *words):
        command = [PROGRAM, words[0], '--arg', 'flavour=' + state.flavour, '--store', store, *words[1:]]
        done = subprocess.run(command, cwd=self.tree, capture_output=True, text=True)
        if done.returncode != 0:
            self.fail(f"'{' '.join(command)}' ended with {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def build(self, state, store):
        """Builds all targets: their manifests' digests, and the labels of the steps that ran."""
        done = self.program(state, store, 'build', '--progress=json', '--metadata-file', self.out, 'tier:*', 'service:*')
        events = [json.loads(line) for line in done.stderr.splitlines() if line.startswith('{')]
        ran = sorted(e['step'] for e in events if e.get('event') == 'step_finished' and e['outcome'] == 'ran')
        with open(self.out) as metadata:
            images = {name: image['containerimage.digest'] for name, image in json.load(metadata).items()}
        return images, ran

    def diff_ids(self, store, manifest):
        def blob(name):
            with open(os.path.join(store, 'blobs/sha256', name.split(':')[1])) as file:
                return json.load(file)
        return blob(blob(manifest)['config']['digest'])['rootfs']['diff_ids']

    def needed(self, state, layers):
        """Labels of steps whose inputs the kept store has never seen; they count as seen from now on."""
        needed = {}
        base = layers['base']
        for target in state.targets():
            ids = layers[target.split(':')[1]]
            steps = state.steps(target)
            assert len(ids) == len(base) + len(steps), f'{target} has {len(ids)} layers'
            for i, (label, definition, sees_below) in enumerate(steps):
                inputs = digest(definition, ids[:len(base) + i] if sees_below else None)
                if inputs not in self.seen:
                    self.seen.add(inputs)
                    needed[inputs] = label
        return sorted(needed.values())

    def fail(self, text):
        sys.exit(f'seed {self.seed}, edit {self.number} ({self.what}): {text}')

    def changed(self, state, since):
        """The targets that `changed` names."""
        done = self.program(state, self.kept, 'changed', '--since', since, '--json')
        return {t['target'] for t in json.loads(done.stdout)['targets'] if t['change'] != 'deleted'}

    def check(self, number, what, state, before):
        self.number, self.what = number, what
        self.write(state)
        if what.startswith('touch '):
            os.utime(os.path.join(self.tree, what.split()[1]))
        expected = {t for t in state.targets()
                    if before and (t not in before.targets() or before.identity(t) != state.identity(t))}
        in_tree = number % 2 == 0  # uncommitted edits and commits in turn
        if before and in_tree:
            found = self.changed(state, 'HEAD')
            if found != expected:
                self.fail(f'`changed` names {sorted(found)} instead of {sorted(expected)}')
        self.git('add', '-A')
        self.git('commit', '-q', '--allow-empty', '-m', what)
        if before and not in_tree:
            found = self.changed(state, 'HEAD~1')
            if found != expected:
                self.fail(f'`changed` names {sorted(found)} instead of {sorted(expected)}')
        images, ran = self.build(state, self.kept)
        shutil.rmtree(self.fresh, ignore_errors=True)
        truth, _ = self.build(state, self.fresh)
        if images != truth:
            stale = sorted(name for name in truth if images.get(name) != truth[name])
            self.fail(f'stale images: {stale}')
        layers = {name: self.diff_ids(self.fresh, manifest) for name, manifest in truth.items()}
        needed = self.needed(state, layers)
        if before is None:
            return
        if ran != needed:
            self.fail(f'the steps {ran} ran instead of {needed}')

    def all(self, edits):
        state, before, random_edits = State(self.rng), None, Edits(self.rng)
        self.check(0, 'first', state, None)
        for number in range(1, edits + 1):
            before = copy.deepcopy(state)
            random_edits.past = (random_edits.past + [before])[-20:]
            what = random_edits.apply(state)
            before.flavour = state.flavour  # `changed` gives both sides the same arguments
            self.check(number, what, state, before)


if __name__ == '__main__':
    Run(int(sys.argv[1]), sys.argv[3]).all(int(sys.argv[2]))
