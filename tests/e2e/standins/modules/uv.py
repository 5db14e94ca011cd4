"""A stand-in for uv: `uv pip …` and `uv venv` with pip and venv, which know the same requirements."""

import os
import subprocess
import sys


def pip(arguments):
    """The arguments of pip for those of `uv pip install`, and the Python that is to run it."""
    python, words, rest = sys.executable, [], iter(arguments)
    for word in rest:
        name, _, value = word.partition('=')
        if name in ('--python', '-p'):
            python = value or next(rest)
        elif name == '--default-index':
            words.append(f'--index-url={value or next(rest)}')
        elif name == '--index':
            words.append(f'--extra-index-url={value or next(rest)}')
        elif name == '--compile-bytecode':
            words.append('--compile')
        elif name in ('--cache-dir', '--index-strategy', '--link-mode', '--python-preference'):
            value or next(rest)
        elif name not in ('--system', '--no-progress', '--break-system-packages', '--no-config', '--offline'):
            words.append(word)
    return python, words


def main():
    arguments = [word for word in sys.argv[1:] if word not in ('-q', '--quiet', '--no-progress', '--no-config')]
    if arguments[:1] == ['--version']:
        print(f'uv {__version__} (stand-in)')
        return
    if arguments[:1] == ['venv']:
        sys.exit(subprocess.call([sys.executable, '-m', 'venv', *arguments[1:]]))
    if arguments[:1] != ['pip']:
        sys.exit(f'uv (stand-in): {arguments} is not known')
    python, words = pip(arguments[2:])
    env = dict(os.environ, PIP_BREAK_SYSTEM_PACKAGES='1', PIP_ROOT_USER_ACTION='ignore', PIP_NO_INPUT='1')
    for uv, name in {'UV_INDEX_URL': 'PIP_INDEX_URL', 'UV_DEFAULT_INDEX': 'PIP_INDEX_URL',
                     'UV_EXTRA_INDEX_URL': 'PIP_EXTRA_INDEX_URL', 'UV_INDEX': 'PIP_EXTRA_INDEX_URL'}.items():
        if uv in os.environ:
            env[name] = os.environ[uv]
    if 'UV_COMPILE_BYTECODE' not in os.environ and '--compile' not in words and arguments[1] == 'install':
        words.insert(0, '--no-compile')
    sys.exit(subprocess.call([python, '-m', 'pip', arguments[1], *words], env=env))
