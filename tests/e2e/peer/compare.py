"""What two images are compared by, and what of it may differ."""

import json
import re

# Times are never compared, nor is the history.
CONFIG_MAY_DIFFER = {
    'created': 'a time', 'history': 'words and times', 'rootfs': 'layers are cut otherwise; the tree is compared',
    'config.ArgsEscaped': 'means something on Windows only',
}
# The runtime's mount points, where the base image has none of them: BuildKit leaves them in the layer of the command.
LEFT_BY_PEER = {f'/{name}': 'directory 0755 0:0' for name in ('dev', 'proc', 'sys')}
# BuildKit writes no attributes but these into layers; tierbuild writes all that the filesystem has.
XATTRS_OF_PEER = re.compile(r' (?!security\.capability)(user|security|trusted)\.[^ =]+=[0-9a-f]*')


def fields_of(config):
    """The fields that are compared, flat; what is empty is as good as absent."""
    flat = {}
    for key, value in config.items():
        fields = {f'config.{name}': inner for name, inner in (value or {}).items()} if key == 'config' else {key: value}
        flat |= {name: inner for name, inner in fields.items() if inner and name not in CONFIG_MAY_DIFFER}
    return flat


def differences(what, peer, ours, names=('BuildKit', 'tierbuild')):
    for key in sorted(peer.keys() | ours.keys()):
        if peer.get(key) != ours.get(key):
            yield f'{what} {key}: {names[0]} {show(peer.get(key))}, {names[1]} {show(ours.get(key))}'


def tree_differences(peer, ours, names=('BuildKit', 'tierbuild')):
    """Of two trees' lines, with what BuildKit leaves and leaves out."""
    left = {path: line for path, line in LEFT_BY_PEER.items() if peer.get(path) == line and path not in ours}
    own = {path: XATTRS_OF_PEER.sub('', line) for path, line in (ours | left).items()}
    theirs = {path: XATTRS_OF_PEER.sub('', line) for path, line in peer.items()}
    return differences('tree', theirs, own, names)


def show(value):
    return 'nothing' if value is None else value if isinstance(value, str) else json.dumps(value)
