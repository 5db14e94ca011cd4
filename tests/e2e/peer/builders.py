"""The two tools that are compared: each builds a Dockerfile into an image, or says why not."""

import dataclasses
import hashlib
import json
import os
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

import images


@dataclass
class Built:
    error: str = ''
    config: dict = None
    tree: dict = None


@dataclass
class Case:
    name: str
    text: str  # all that it depends on


class Builder:
    """Runs a tool's build with the flags that both understand."""

    def __init__(self, work, name, command, env):
        self.work, self.command, self.env = work / name, command, env
        self.work.mkdir()

    def build(self, case, file, context, flags):
        output = self.work / f'{case.name}.tar'
        argv = [*self.command, '-f', file, '-o', f'type=oci,dest={output}', '--provenance=false', *flags, context]
        done = subprocess.run([str(word) for word in argv], env=self.env, cwd=context, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors='replace')
        if done.returncode != 0:
            return Built(error=done.stderr.strip() or f'status {done.returncode}')
        config, tree = images.read(output)
        output.unlink()
        return Built('', config, tree.lines())


class Kept:
    """A builder whose results are kept for as long as neither the case nor what surrounds it changes."""

    def __init__(self, builder, directory):
        self.builder, self.directory = builder, Path(directory)
        self.directory.mkdir(exist_ok=True)
        here = Path(__file__).parent
        self.surroundings = b''.join((here / f'{name}.py').read_bytes() for name in ('bases', 'contexts', 'images'))

    def build(self, case, *how):
        key = hashlib.sha256(self.surroundings + case.text.encode()).hexdigest()
        path = self.directory / f'{case.name}-{key[:16]}'
        if not path.exists():
            path.write_text(json.dumps(dataclasses.asdict(self.builder.build(case, *how))))
        return Built(**json.loads(path.read_text()))


def pair(work):
    """BuildKit behind `docker.sock` in that directory, and the program under test."""
    home = work / 'home'
    home.mkdir()
    common = {'PATH': os.environ['PATH'], 'HOME': str(home), 'SECRET': 'of the environment'}
    own = {name: os.environ[name] for name in ('TIERBUILD_STEP', 'TIERBUILD_STORE') if name in os.environ}
    # The peer has no bridge, so that its commands get the network of the host, as ours do.
    peer = [*shlex.split(os.environ['PEER']), 'build', '--progress=plain', '--network=host']
    docker = {'DOCKER_HOST': f'unix://{work}/docker.sock', 'DOCKER_CONFIG': str(home)}
    return (Builder(work, 'peer', peer, common | docker),
            Builder(work, 'ours', [os.environ['TIERBUILD'], 'build', '--progress=plain'], common | own))
