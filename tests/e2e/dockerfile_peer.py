"""Builds the corpus of Dockerfiles with BuildKit and with tierbuild, and compares trees and configs.

    dockerfile_peer.py DIRECTORY REGISTRY [NAME…]

DIRECTORY has the socket of the peer's daemon; REGISTRY, on the loopback interface, has the base images. With NAMEs only
those files of tests/dockerfiles are built. PEER_ONLY=1 builds with BuildKit alone and prints what came out; what it
made of the corpus is kept in $PEER_RESULTS, a directory, if that is set.

Comments of a corpus file say how it is built, with both alike:

    # test: arg NAME=value      # test: target NAME     # test: context NAME    one of peer/contexts.py, else `plain`
    # test: ignore PATTERN      a line of the file's own .dockerignore
    # test: flag --x y          further flags; @WORK@, @SERVER@ (it has `trees`), @GIT@ (it has `repositories`) and
                                @REGISTRY@ are replaced
    # test: newer               this BuildKit does not know it yet: instead of its tree, the one below is compared
    # test: has PATH WORDS…     a line of the tree (see images.describe); WORDS are its beginning
    # test: lacks PATH
"""

import functools
import http.server
import os
import re
import shlex
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / 'peer')]
import builders  # noqa: E402
import contexts  # noqa: E402
import git_server  # noqa: E402
from compare import differences, fields_of, show, tree_differences  # noqa: E402

CORPUS = HERE.parent / 'dockerfiles'

# BuildKit leaves the `.git` of submodules, which names a directory of its own.
GIT_OF_PEER = re.compile(r'file .* "gitdir: ')
# Commands get SOURCE_DATE_EPOCH from tierbuild; cases about environments leave it out of what they print.
CASES_MAY_DIFFER = {
    'copy_fifo': 'BuildKit copies a fifo of the context, tierbuild says that it cannot',
    'run_mount_cache_mode': "BuildKit's umask is taken from the mode",
    'run_mount_ssh_owner': "BuildKit's socket is its own, tierbuild mounts that of the agent, with the agent's owner",
    'workdir_dots_inside': 'BuildKit makes /a/b on the way to /a/b/../c',
    'run_hard_links_of_base': 'BuildKit writes a new link to a file of the base as a file of its own',
    'workdir_in_setgid_directory': 'BuildKit lets the kernel hand on the group, tierbuild makes all directories alike',
}


class Case:
    def __init__(self, path):
        self.name, self.text = path.stem, path.read_text()
        self.path = path
        self.flags, self.ignore, self.has, self.lacks = [], [], {}, []
        self.context, self.newer = 'plain', False
        for line in self.text.splitlines():
            if not line.startswith('# test: '):
                continue
            word, _, rest = line.removeprefix('# test: ').partition(' ')
            if word in ('arg', 'target'):
                self.flags += ['--build-arg' if word == 'arg' else '--target', rest]
            elif word == 'context':
                self.context = rest
            elif word == 'ignore':
                self.ignore.append(rest)
            elif word == 'flag':
                self.flags += shlex.split(rest)
            elif word == 'newer':
                self.newer = True
            elif word == 'has':
                self.has[rest.split()[0]] = rest.partition(' ')[2]
            elif word == 'lacks':
                self.lacks.append(rest)
            else:
                sys.exit(f'{path}: what is `{line}`?')


def last_line(text):
    lines = [line for line in text.splitlines() if re.search('error|ERROR|failed', line)] or text.splitlines() or ['']
    return lines[-1][:300]


def compare(case, peer, ours):
    if case.newer:
        if ours.error:
            return [f'tierbuild fails: {last_line(ours.error)}']
        found = [f'tree {path}: {line}, tierbuild {ours.tree.get(path)}' for path, line in case.has.items()
                 if not ours.tree.get(path, '').startswith(line)]
        return found + [f'tree {path} is there' for path in case.lacks if path in ours.tree]
    if peer.error and ours.error:
        return []
    if peer.error or ours.error:
        failed, error = ('BuildKit', peer.error) if peer.error else ('tierbuild', ours.error)
        return [f'only {failed} fails: {last_line(error)}']
    theirs = {path: line for path, line in peer.tree.items()
              if not (path.endswith('/.git') and GIT_OF_PEER.match(line))}
    return [*differences('config', fields_of(peer.config), fields_of(ours.config)), *tree_differences(theirs, ours.tree)]


def serve(directory):
    handler = functools.partial(QuietHandler, directory=str(directory))
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f'http://127.0.0.1:{server.server_address[1]}'


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def main(work, registry, *names):
    work = Path(work)
    peer_only = bool(os.environ.get('PEER_ONLY'))
    cases = [Case(path) for path in sorted(CORPUS.glob('*.dockerfile')) if not names or path.stem in names]
    places = work / 'contexts'
    places.mkdir()
    contexts.make(places, CORPUS)
    server = serve(places / 'trees')
    contexts.repositories(work / 'git')
    repositories = git_server.server(work / 'git')
    threading.Thread(target=repositories.serve_forever, daemon=True).start()
    agent = socket.socket(socket.AF_UNIX)
    agent.bind(str(work / 'agent.sock'))
    agent.listen()
    (work / 'files').mkdir()
    places_of = {'@WORK@': str(work), '@SERVER@': server, '@REGISTRY@': registry,
                 '@GIT@': f'http://127.0.0.1:{repositories.server_address[1]}'}
    bases = [flag for name in ('busybox', 'rich', 'trigger', 'no-config')
             for flag in ('--build-context', f'{name}=docker-image://{registry}/{name}:latest')]
    bases += ['--build-context', f'busybox:1.35=docker-image://{registry}/busybox:latest']
    peer, ours = builders.pair(work)
    if 'PEER_RESULTS' in os.environ:
        peer = builders.Kept(peer, os.environ['PEER_RESULTS'])

    def run(case):
        file = work / 'files' / f'{case.name}.dockerfile'
        file.write_bytes(case.path.read_bytes())
        # The peer would fetch the frontend that this names from Docker Hub.
        peer_file = work / 'files' / f'{case.name}.peer'
        peer_file.write_bytes(re.sub(rb'(?m)^# syntax=.*\n', b'', case.path.read_bytes()))
        if case.ignore:
            for one in (file, peer_file):
                Path(f'{one}.dockerignore').write_text('\n'.join(case.ignore) + '\n')
        # BuildKit checks all commits of one URL out of one repository, and what is left of one is in others then.
        own = work / 'git' / case.name
        own.symlink_to('.')
        places_here = places_of | {'@GIT@': f'{places_of["@GIT@"]}/{case.name}'}
        flags = [re.sub('@[A-Z]+@', lambda match: places_here[match[0]], word) for word in case.flags] + bases
        context = places / case.context
        if peer_only:
            if case.newer:
                return ['newer than this BuildKit']
            built = peer.build(case, peer_file, context, flags)
            fields = [] if built.error else [*fields_of(built.config).items(), *sorted(built.tree.items())]
            return [built.error, *(f'{key} {show(value)}' for key, value in fields)]
        with ThreadPoolExecutor(2) as both:
            first = None if case.newer else both.submit(peer.build, case, peer_file, context, flags)
            second = both.submit(ours.build, case, file, context, flags)
            return compare(case, first and first.result(), second.result())

    counts = {'same': 0, 'differ': 0, 'excused': 0}
    with ThreadPoolExecutor(2 + (os.cpu_count() or 1)) as pool:
        for case, found in zip(cases, pool.map(run, cases)):
            verdict = 'same' if not found else 'excused' if case.name in CASES_MAY_DIFFER else 'differ'
            counts[verdict] += 1
            if verdict == 'differ':
                print(f'{case.name}:', *found, sep='\n  ', flush=True)
    print(f'{len(cases)} Dockerfiles:', ', '.join(f'{count} {verdict}' for verdict, count in counts.items()))
    return 1 if counts['differ'] and not peer_only else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
