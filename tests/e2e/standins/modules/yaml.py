"""Enough of YAML for the configuration of the examples: nested mappings, flow mappings and lists of plain words."""

import re


def scalar(text):
    text = text.strip()
    if text.startswith('{'):
        return {key.strip(): scalar(value) for key, value in
                (part.split(':', 1) for part in re.split(r',(?![^\[]*\])', text[1:-1]))}
    if text.startswith('['):
        return [scalar(part) for part in text[1:-1].split(',')]
    if text == '':
        return None
    try:
        return float(text) if '.' in text else int(text)
    except ValueError:
        return text


def safe_load(text):
    root = {}
    levels = [(-1, root)]
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith('#'):
            continue
        indent = len(line) - len(line.lstrip())
        while levels[-1][0] >= indent:
            levels.pop()
        if isinstance(levels[-1][1], tuple):
            owner, name = levels.pop()[1]
            owner[name] = {}
            levels.append((indent - 1, owner[name]))
        key, _, value = line.strip().partition(':')
        here = levels[-1][1]
        here[key] = scalar(value)
        if here[key] is None:
            levels.append((indent, (here, key)))
    return root
