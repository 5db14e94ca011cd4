"""The tools that are compared: each builds a recipe, forgets what it built, and writes an OCI layout."""

import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import measure


@dataclass
class Recipe:
    """One and the same work for all of them: a directory with a Buildfile.lua, and a Containerfile for each image."""
    context: Path
    containerfiles: dict = field(default_factory=dict)  # name of the image -> file, outside of the context
    network: bool = False
    at_once: int = 1  # images that a peer builds at one time


def first_line(*argv):
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.splitlines()[0].strip()
    except (OSError, subprocess.CalledProcessError, IndexError):
        return 'unknown'


class Tool:
    name = ''
    processes = ()  # how the names of its own processes begin

    def __init__(self, work):
        self.work = work / self.name
        self.work.mkdir()
        self.log = self.work / 'log'
        self.env = {'PATH': os.environ['PATH'], 'HOME': str(self.work), 'LANG': 'C.UTF-8', 'TMPDIR': str(self.work)}
        self.daemons = []

    def run(self, *commands, at_once=1):
        return measure.run(commands, env=self.env, log=self.log, names=self.processes, daemons=self.daemons,
                           at_once=at_once)

    def start(self):
        pass

    def stop(self):
        pass


class Peer(Tool):
    """Builds the images of a recipe by a command each, and writes them as a layout by another."""
    exported = ''  # what such a command calls an image

    def run_builds(self, recipe, *command):
        images = recipe.containerfiles.items()
        return self.run(*([*command, '-f', file, '-t', name, recipe.context] for name, file in images),
                        at_once=recipe.at_once)

    def run_exports(self, recipe, *command):
        """The command followed by an image and the place for it: an OCI layout that is new."""
        layout = self.work / 'layout'
        shutil.rmtree(layout, ignore_errors=True)
        return self.run(*([*command, self.exported.format(name), f'oci:{layout}:{name}']
                          for name in recipe.containerfiles)).as_export()


class Tierbuild(Tool):
    name = 'tierbuild'
    processes = ('tierbuild',)

    def __init__(self, work, program):
        super().__init__(work)
        self.program = program
        self.store = self.work / 'store'
        self.env['TIERBUILD_STORE'] = str(self.store)

    def version(self):
        return first_line(self.program, '--version').removeprefix('tierbuild ')

    def verb(self, recipe, *words):
        return self.run([self.program, '-C', recipe.context, *words])

    def build(self, recipe, *flags):
        return self.verb(recipe, 'build', *(flags or ['-q']))

    def export(self, recipe):
        """Nothing is left to do: its store is an OCI layout with compressed layers."""
        return measure.Sample(0.0, ended=measure.uptime())

    def forget(self):
        shutil.rmtree(self.store, ignore_errors=True)

    def load(self, base):
        """Recipes name it with image.oci."""


class Buildah(Peer):
    name = 'buildah'
    processes = ('buildah', 'exe')
    exported = 'localhost/{}'

    def __init__(self, work):
        super().__init__(work)
        self.program = ['buildah', '--root', self.work / 'root', '--runroot', self.work / 'run',
                        '--storage-driver', 'overlay']

    @staticmethod
    def is_installed():
        return shutil.which('buildah') is not None

    def version(self):
        return first_line('buildah', '--version').split()[2]

    def build(self, recipe, *flags):
        return self.run_builds(recipe, *self.program, 'build', '--layers', '--isolation', 'chroot',
                               '--jobs', os.cpu_count(), '--pull-never', *flags)

    def export(self, recipe):
        return self.run_exports(recipe, *self.program, 'push', '-q')

    def forget(self):
        self.run([*self.program, 'rmi', '--all', '--force'])

    def load(self, base):
        pulled = self.run([*self.program, 'pull', '-q', f'oci:{base.layout}:{base.reference}'])
        self.run([*self.program, 'tag', pulled.output.split()[-1], base.name])

    def stop(self):
        if self.is_installed() and (self.work / 'root').exists():
            subprocess.run([str(word) for word in [*self.program, 'rm', '--all']], env=self.env, capture_output=True)


class Docker(Peer):
    """The daemon of docker.io with its BuildKit, on a private socket, and with a containerd of its own."""
    name = 'docker'
    processes = ('docker', 'skopeo')
    exported = 'docker-daemon:{}:latest'

    def __init__(self, work):
        super().__init__(work)
        self.socket = f'unix://{self.work}/docker.sock'
        self.env |= {'DOCKER_HOST': self.socket, 'DOCKER_BUILDKIT': '1', 'DOCKER_CONFIG': str(self.work / 'config')}
        self.started = []
        # The client of the same package: another one may speak only newer versions of the daemon's interface.
        self.program = '/usr/bin/docker' if os.access('/usr/bin/docker', os.X_OK) else 'docker'

    @staticmethod
    def is_installed():
        return all(shutil.which(program) for program in ('dockerd', 'containerd', 'runc', 'docker', 'skopeo'))

    def version(self):
        return first_line('dockerd', '--version').split()[2].rstrip(',')

    def daemon(self, name, *argv):
        """Ends with this process, however that ends; its group is its own, so that ^C does not reach it first."""
        with open(self.work / f'{name}.log', 'wb') as log:
            process = subprocess.Popen(['setpriv', '--pdeathsig', 'TERM', *map(str, argv)], env=self.env, stdout=log,
                                       stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
        self.started.append(process)
        self.daemons.append(process.pid)
        return process

    def start(self):
        work = self.work
        config = work / 'containerd.toml'
        config.write_text('version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n')
        self.daemon('containerd', 'containerd', '--config', config, '--address', work / 'containerd.sock',
                    '--root', work / 'containerd', '--state', work / 'state')
        self.wait_for('containerd', lambda: (work / 'containerd.sock').exists())
        self.daemon('dockerd', 'dockerd', '--host', self.socket, '--containerd', work / 'containerd.sock',
                    '--data-root', work / 'data', '--exec-root', work / 'exec', '--pidfile', work / 'docker.pid',
                    '--iptables=false', '--ip6tables=false', '--bridge=none', '--storage-driver', 'overlay2')
        asked = [self.program, 'version']
        self.wait_for('dockerd', lambda: subprocess.run(asked, env=self.env, capture_output=True).returncode == 0)

    def wait_for(self, name, is_ready):
        deadline = time.monotonic() + 60
        while not is_ready():
            if self.started[-1].poll() is not None or time.monotonic() > deadline:
                tail = (self.work / f'{name}.log').read_text(errors='replace').splitlines()[-3:]
                raise measure.CommandFailed(f'{name} does not start: {" | ".join(tail)}')
            time.sleep(0.05)

    def build(self, recipe, *flags):
        network = 'host' if recipe.network else 'none'
        return self.run_builds(recipe, self.program, 'build', '--network', network, *(flags or ['-q']))

    def export(self, recipe):
        return self.run_exports(recipe, 'skopeo', 'copy', '-q', '--src-daemon-host', self.socket)

    def forget(self):
        for kind in ('system', 'builder'):
            self.run([self.program, kind, 'prune', '--all', '--force'])

    def load(self, base):
        self.run([self.program, 'load', '-q', '-i', base.archive])
        self.run([self.program, 'tag', base.reference, base.name])

    def stop(self):
        for process in reversed(self.started):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.started.clear()
        self.daemons.clear()


PEERS = {peer.name: peer for peer in (Buildah, Docker)}


def remove(directory):
    """A directory of ours with whatever is still mounted below it."""
    with open('/proc/self/mountinfo') as table:
        points = [line.split()[4] for line in table]
    for point in sorted((p for p in points if p.startswith(f'{directory}/')), reverse=True):
        subprocess.run(['umount', '--lazy', point], capture_output=True)
    shutil.rmtree(directory, ignore_errors=True)
