"""Images as plain values: reads OCI layouts into a config and one merged file tree, and writes small layouts."""

import gzip
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass, field

KINDS = {tarfile.REGTYPE: 'file', tarfile.AREGTYPE: 'file', tarfile.SYMTYPE: 'link', tarfile.DIRTYPE: 'directory',
         tarfile.FIFOTYPE: 'fifo', tarfile.CHRTYPE: 'char', tarfile.BLKTYPE: 'block'}
XATTR = 'SCHILY.xattr.'


@dataclass(eq=False)
class Node:
    """A file; several paths that have the same one are hard links."""
    kind: str
    mode: int = 0o755
    owner: tuple = (0, 0)
    target: str = ''
    content: str = ''  # the digest, and short texts themselves
    device: tuple = (0, 0)
    xattrs: dict = field(default_factory=dict)


class Tree(dict):
    """Path without the leading '/' -> Node, '' being the root."""

    def __init__(self):
        super().__init__({'': Node('directory')})

    def remove_below(self, path):
        for other in [other for other in self if other.startswith(f'{path}/' if path else '') and other]:
            del self[other]

    def put(self, path, node):
        parent = path.rpartition('/')[0]
        if parent not in self or self[parent].kind != 'directory':
            self.put(parent, Node('directory'))
        old = self.get(path)
        if old and old.kind == 'directory' and node.kind != 'directory':
            self.remove_below(path)
        self[path] = node

    def apply(self, archive):
        """A layer; its whiteouts are about what lies below it."""
        members = [(member.name.removeprefix('./').strip('/'), member) for member in archive]
        members = [('' if path == '.' else path, member) for path, member in members]
        for path, _ in members:
            parent, _, name = path.rpartition('/')
            if name == '.wh..wh..opq':
                self.remove_below(parent)
            elif name.startswith('.wh.'):
                gone = f'{parent}/{name[4:]}'.strip('/')
                self.remove_below(gone)
                self.pop(gone, None)
        for path, member in members:
            if path.rpartition('/')[2].startswith('.wh.'):
                continue
            if member.islnk():
                self.put(path, self[member.linkname.removeprefix('./').strip('/')])
            else:
                self.put(path, node_of(archive, member))

    def lines(self):
        """What is compared: a line for each path, without times."""
        by_node = {}
        for path, node in self.items():
            by_node.setdefault(id(node), []).append(path)
        return {'/' + path: describe(node, sorted(by_node[id(node)])) for path, node in self.items()}


def node_of(archive, member):
    node = Node(KINDS[member.type], member.mode & 0o7777, (member.uid, member.gid))
    if node.kind == 'link':
        node.target, node.mode = member.linkname, 0o777
    if node.kind == 'file':
        data = archive.extractfile(member).read()
        node.content = hashlib.sha256(data).hexdigest()[:12]
        if len(data) <= 400 and b'\0' not in data:
            node.content += ' ' + json.dumps(data.decode('utf-8', 'backslashreplace'), ensure_ascii=False)
    if node.kind in ('char', 'block'):
        node.device = (member.devmajor, member.devminor)
    for key, value in member.pax_headers.items():
        if key.startswith(XATTR):
            node.xattrs[key[len(XATTR):]] = value.encode('utf-8', 'surrogateescape').hex()
    return node


def describe(node, paths):
    words = [node.kind, f'{node.mode:04o}', '{}:{}'.format(*node.owner)]
    if node.kind == 'link':
        words.append(f'-> {node.target}')
    if node.kind == 'file':
        words.append(node.content)
    if node.kind in ('char', 'block'):
        words.append('{}:{}'.format(*node.device))
    words += [f'{name}={value}' for name, value in sorted(node.xattrs.items())]
    if len(paths) > 1:
        words.append('= ' + ' '.join('/' + path for path in paths))
    return ' '.join(words)


def read(layout_tar):
    """The only image of a layout in a tar file: its config and its tree."""
    with tarfile.open(layout_tar) as layout:
        members = {member.name.removeprefix('./'): member for member in layout}

        def blob(digest):
            return layout.extractfile(members['blobs/' + digest.replace(':', '/')]).read()

        found = json.loads(layout.extractfile(members['index.json']).read())
        while 'manifests' in found:
            images = [entry for entry in found['manifests']
                      if 'vnd.docker.reference.type' not in entry.get('annotations', {})]
            assert len(images) == 1, f'{layout_tar} has {len(images)} images'
            found = json.loads(blob(images[0]['digest']))
        tree = Tree()
        for layer in found['layers'] or []:
            data = blob(layer['digest'])
            if data[:2] == b'\x1f\x8b':
                data = gzip.decompress(data)
            with tarfile.open(fileobj=io.BytesIO(data), errorlevel=2) as archive:
                tree.apply(archive)
        return json.loads(blob(found['config']['digest'])), tree


class Layer:
    """A layer that is being written."""

    def __init__(self):
        self.buffer = io.BytesIO()
        self.archive = tarfile.open(fileobj=self.buffer, mode='w', format=tarfile.PAX_FORMAT)

    def add(self, path, kind='file', *, mode=0o644, owner=(0, 0), data=b'', target='', device=(0, 0), xattrs=None):
        member = tarfile.TarInfo(path)
        member.type = {'file': tarfile.REGTYPE, 'link': tarfile.SYMTYPE, 'same': tarfile.LNKTYPE,
                       'directory': tarfile.DIRTYPE, 'fifo': tarfile.FIFOTYPE, 'char': tarfile.CHRTYPE}[kind]
        member.mode, (member.uid, member.gid), member.mtime = mode, owner, 1_000_000_000
        member.linkname, member.size, (member.devmajor, member.devminor) = target, len(data), device
        member.pax_headers = {XATTR + key: value.decode('latin-1') for key, value in (xattrs or {}).items()}
        self.archive.addfile(member, io.BytesIO(data))

    def directory(self, path, mode=0o755, owner=(0, 0)):
        self.add(path, 'directory', mode=mode, owner=owner)

    def bytes(self):
        self.archive.close()
        return self.buffer.getvalue()


def write(directory, name, layers, config):
    """An image of these layers into the OCI layout `directory` as `name`."""
    blobs = directory / 'blobs' / 'sha256'
    blobs.mkdir(parents=True, exist_ok=True)

    def put(data, kind):
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {'mediaType': f'application/vnd.oci.image.{kind}', 'digest': f'sha256:{digest}', 'size': len(data)}

    whole = {'architecture': 'amd64', 'os': 'linux', **config, 'rootfs': {
        'type': 'layers', 'diff_ids': ['sha256:' + hashlib.sha256(layer).hexdigest() for layer in layers]}}
    manifest = {'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.manifest.v1+json',
                'config': put(json.dumps(whole).encode(), 'config.v1+json'),
                'layers': [put(gzip.compress(layer, mtime=0), 'layer.v1.tar+gzip') for layer in layers]}
    entry = put(json.dumps(manifest).encode(), 'manifest.v1+json')
    entry['annotations'] = {'org.opencontainers.image.ref.name': name}
    index = directory / 'index.json'
    known = json.loads(index.read_text())['manifests'] if index.exists() else []
    index.write_text(json.dumps({'schemaVersion': 2, 'manifests': [*known, entry]}))
    (directory / 'oci-layout').write_text('{"imageLayoutVersion": "1.0.0"}')
