"""Enough of pytest for the examples: runs the functions test_* of the files test_*.py under the paths given."""

import importlib.util
import pathlib
import sys


def main():
    paths = [pathlib.Path(path) for path in sys.argv[1:] if not path.startswith('-')] or [pathlib.Path('.')]
    sys.path.insert(0, '.')
    count = 0
    for path in paths:
        for file in sorted(path.rglob('test_*.py')) if path.is_dir() else [path]:
            spec = importlib.util.spec_from_file_location(file.stem, file)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            for name in sorted(vars(module)):
                if name.startswith('test_'):
                    getattr(module, name)()
                    count += 1
    print(f'{count} passed')
    sys.exit(0 if count else 5)
