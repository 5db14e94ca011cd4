"""The contexts of the corpus. git keeps neither owners nor devices, so the one about file trees is made here."""

import gzip
import io
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import bases


def plain(place, source):
    """The directory of the repository, with the modes that git knows."""
    shutil.copytree(source, place, symlinks=True)
    for path in place.rglob('*'):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) and path.suffix == '.sh' else 0o644)
    place.chmod(0o755)


def write(path, text, mode=0o644, owner=(0, 0)):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.chown(path, *owner)
    path.chmod(mode)


def trees(place):
    """Modes, owners, links, devices, names and archives."""
    place.mkdir()
    write(place / 'plain', 'plain\n')
    write(place / 'private', 'private\n', 0o600, (1234, 5678))
    write(place / 'suid', 'suid\n', 0o4755, (1000, 1000))
    write(place / 'all', 'all\n', 0o777)
    write(place / 'readable', 'readable\n', 0o444)
    write(place / 'noted', 'noted\n')
    os.setxattr(place / 'noted', 'user.note', b'of the context')
    os.setxattr(place / 'noted', 'security.capability', bases.CAPABILITY)
    for name in ('with blank', 'br[a]cket', 'star*', 'question?', 'ünï', '.hidden', '$dollar', 'q"uote',
                 "ap'os", 'back\\slash'):
        write(place / 'names' / name, f'{name}\n')
    for path in ('one/a.txt', 'one/b.md', 'one/deep/er/c.txt', 'one/deep/d.go', 'two/a.txt', 'two/deep/e.txt',
                 'two/.hid/f', 'three/node_modules/x/index.js', 'three/src/index.js', 'three/src/node_modules/y.js',
                 '.git/HEAD'):
        write(place / path, f'{path}\n')
    (place / 'one' / 'empty').mkdir(mode=0o700)
    os.chown(place / 'one' / 'empty', 77, 88)
    (place / 'one' / 'deep').chmod(0o2750)
    (place / 'sticky').mkdir()
    (place / 'sticky').chmod(0o1777)
    write(place / 'sticky' / 'in', 'in\n')
    links = place / 'links'
    links.mkdir()
    write(links / 'file', 'file\n')
    (links / 'dir').mkdir()
    write(links / 'dir' / 'in', 'in dir\n')
    targets = {'to_file': 'file', 'to_dir': 'dir', 'dangling': 'nowhere', 'absolute': '/plain', 'up': '../plain',
               'out': '../../../../etc/hostname', 'to_link': 'to_file', 'loop': 'loop', 'abs_dir': '/one'}
    for name, target in targets.items():
        (links / name).symlink_to(target)
    (place / 'link_to_plain').symlink_to('plain')
    (place / 'link_to_one').symlink_to('one')
    hard = place / 'hard'
    hard.mkdir()
    write(hard / 'a', 'hard\n')
    os.link(hard / 'a', hard / 'b')
    (hard / 'sub').mkdir()
    os.link(hard / 'a', hard / 'sub' / 'c')
    archives(place / 'archives')
    write(place / 'secret.txt', 'secret\n', 0o600)
    write(place / '.dockerignore', '# a comment\n\n/two/.hid\n*.tmp\n')
    write(place / 'x.tmp', 'ignored\n')


def archives(place):
    place.mkdir()
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode='w') as archive:
        def add(name, kind=tarfile.REGTYPE, mode=0o644, owner=(0, 0), text='', target=''):
            member = tarfile.TarInfo(name)
            member.type, member.mode, (member.uid, member.gid) = kind, mode, owner
            member.linkname, member.size, member.mtime = target, len(text), 1_000_000_000
            archive.addfile(member, io.BytesIO(text.encode()))
        add('top', tarfile.DIRTYPE, 0o750, (7, 8))
        add('top/file', mode=0o640, owner=(7, 8), text='in the archive\n')
        add('top/suid', mode=0o4711, text='suid\n')
        add('top/same', tarfile.LNKTYPE, 0o640, (7, 8), target='top/file')
        add('top/link', tarfile.SYMTYPE, 0o777, target='file')
        add('top/fifo', tarfile.FIFOTYPE, 0o600)
        add('bare', text='bare\n')
        add('no/parents/here', text='deep\n')
        add('lib/of_archive', text='through a link\n')
    (place / 'a.tar').write_bytes(data.getvalue())
    packers = {'a.tgz': ['gzip', '-9n'], 'a.tar.xz': ['xz'], 'a.tar.bz2': ['bzip2'], 'a.tar.zst': ['zstd', '-q']}
    for name, command in packers.items():
        if shutil.which(command[0]):
            packed = subprocess.run([*command, '-c'], input=data.getvalue(), capture_output=True, check=True).stdout
            (place / name).write_bytes(packed)
    (place / 'no_suffix').write_bytes(data.getvalue())
    (place / 'text.tar').write_text('no archive, whatever it is called\n')
    (place / 'text.gz').write_bytes(gzip.compress(b'a text\n', mtime=0))
    (place / 'damaged.tgz').write_bytes((place / 'a.tgz').read_bytes()[:150])
    for path in place.iterdir():
        path.chmod(0o644)


def repositories(place):
    """Repositories, with the same commits each time: `lib.git`, and `app.git`, which has it as a submodule."""
    env = {'PATH': os.environ['PATH'], 'HOME': str(place), 'GIT_CONFIG_NOSYSTEM': '1', 'GIT_ALLOW_PROTOCOL': 'file'}
    for who in ('AUTHOR', 'COMMITTER'):
        env |= {f'GIT_{who}_NAME': 'A', f'GIT_{who}_EMAIL': 'a@example.org', f'GIT_{who}_DATE': '1000000000 +0000'}

    def git(directory, *words):
        return subprocess.run(['git', *words], cwd=directory, env=env, check=True, capture_output=True, text=True)

    def commit(directory, message):
        git(directory, 'add', '-A')
        git(directory, 'commit', '-q', '-m', message)

    place.mkdir()
    library, app = place / 'lib', place / 'app'
    for work in (library, app):
        git(place, 'init', '-q', '-b', 'main', str(work))
        git(place, 'init', '-q', '--bare', '-b', 'main', f'{work}.git')
        git(work, 'remote', 'add', 'origin', f'{work}.git')
    write(library / 'lib.h', 'a library\n')
    commit(library, 'a library')
    git(library, 'push', '-q', 'origin', 'main')

    write(app / 'a.txt', 'first\n')
    write(app / 'tool.sh', '#!/bin/sh\n', 0o755)
    write(app / 'sub' / 'deep' / 'b.txt', 'deep\n')
    write(app / 'x.tmp', 'ignored in contexts\n')
    write(app / '.dockerignore', '*.tmp\n')
    write(app / 'Dockerfile', 'FROM scratch\nCOPY . /all/\n')
    (app / 'link').symlink_to('a.txt')
    (app / 'to_sub').symlink_to('sub')
    (app / 'out').symlink_to('/etc/passwd')
    commit(app, 'first')
    git(app, 'tag', 'light')
    git(app, 'tag', '-a', '-m', 'annotated', 'v1')
    git(app, 'branch', 'old')
    write(app / 'a.txt', 'second\n')
    git(app, 'submodule', '--quiet', 'add', f'{library}.git', 'vendor/lib')
    git(app, 'config', '-f', '.gitmodules', 'submodule.vendor/lib.url', '../lib.git')
    commit(app, 'second')
    git(app, 'push', '-q', 'origin', 'main', 'old', 'light', 'v1')
    for work in (library, app):
        shutil.rmtree(work)


def make(directory, corpus):
    """name -> directory"""
    plain(directory / 'plain', corpus / 'context')
    trees(directory / 'trees')
    write(directory / 'special' / 'directory' / 'file', 'file\n')
    os.mkfifo(directory / 'special' / 'directory' / 'fifo', 0o640)
    (directory / 'empty').mkdir()
    plain(directory / 'ignoring', corpus / 'context')
    write(directory / 'ignoring' / '.dockerignore', '*.txt\n!a.txt\ndir/sub\n')
    return {path.name: path for path in Path(directory).iterdir()}
