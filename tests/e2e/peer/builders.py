"""The two tools that are compared: each builds a Dockerfile into an image, or says why not."""

import os
import shlex
import subprocess
from dataclasses import dataclass

import images


@dataclass
class Built:
    error: str = ''
    config: dict = None
    tree: dict = None


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


def pair(work):
    """BuildKit behind `docker.sock` in that directory, and the program under test."""
    home = work / 'home'
    home.mkdir()
    common = {'PATH': os.environ['PATH'], 'HOME': str(home), 'SECRET': 'of the environment'}
    own = {name: os.environ[name] for name in ('TIERBUILD_STEP', 'TIERBUILD_STORE') if name in os.environ}
    # The peer has no bridge, so that its commands get the network of the host, as ours do.
    peer = [*shlex.split(os.environ['PEER']), 'build', '--progress=plain', '--network=host']
    return (Builder(work, 'peer', peer, common | {'DOCKER_HOST': f'unix://{work}/docker.sock', 'DOCKER_CONFIG': str(home)}),
            Builder(work, 'ours', [os.environ['TIERBUILD'], 'build', '--progress=plain'], common | own))
