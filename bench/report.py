"""The results as a table for people, as Markdown for docs/performance.md, and as the machine they were taken on."""

import os
import platform
from pathlib import Path

from suite import OURS

def duration(seconds):
    """Three digits, as many as mean anything."""
    unit, name = (1, 's') if seconds >= 1 else (1000, 'ms')
    value = seconds * unit
    return f'{value:.{0 if value >= 100 else 1 if value >= 10 else 2}f} {name}'


def ratio_text(ratio):
    return f'1/{1 / ratio:.{0 if ratio < 0.1 else 1}f}' if ratio < 1 else f'{ratio:.2f}'


def cell(figures):
    text = f'{duration(figures["median"])} ({duration(figures["min"])} – {duration(figures["max"])}'
    if 'p95' in figures:
        text += f', p95 {duration(figures["p95"])}'
    text += ')'
    if figures['export'] > 0:
        text += f', export {duration(figures["export"])}'
    return text


def memory(figures):
    return f'{figures["peak_mib"]:.0f} MiB' if figures['peak_mib'] else '–'


MEMORY_MIB = 190  # of the program, whatever it builds

HEADER = ['case', 'tool', 'runs', 'median (min – max)', 'processor', 'memory', 'to the best peer', 'target', '']


def rows(workload):
    """Of each case one row for each tool, ours first; ratio and target stand in ours."""
    for case in workload['cases']:
        for tool in sorted(case['tools'], key=lambda tool: tool != OURS):
            figures = case['tools'][tool]
            mine = tool == OURS
            ratio = ''
            if mine and 'ratio' in case:
                ratio = f'{ratio_text(case["ratio"])} of {case["best_peer"]}'
                if 'ratio_without_export' in case:
                    ratio += f'; {ratio_text(case["ratio_without_export"])} without its export'
            if mine and 'rate' in case:
                ratio += f'; {case["rate"]:.0f} steps/s'
            verdict = {True: 'met', False: 'MISSED', None: ''}[case.get('met')] if mine else ''
            name = case['name'] if mine or len(case['tools']) == 1 else ''
            target = (case['target'] or '') if mine else ''
            yield [name, tool, str(figures['runs']), cell(figures), duration(figures['cpu']), memory(figures),
                   ratio.removeprefix('; '), target, verdict]


def table(workload):
    lines = [HEADER, *rows(workload)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADER))]
    text = [workload['title']]
    text += ['  ' + '  '.join(word.ljust(width) for word, width in zip(line, widths)).rstrip() for line in lines]
    text += [f'  note: {note}' for note in workload['notes']]
    return '\n'.join(text)


def verdicts(workloads):
    """Which targets are met and which are not, a line each; the memory of the program is one of them."""
    cases = [(workload, case) for workload in workloads for case in workload['cases']]
    for word, value in (('Met', True), ('Missed', False)):
        found = [f'{workload["name"]} {case["name"]}' for workload, case in cases if case.get('met') is value]
        yield f'{word}: {"; ".join(found) or "none"}.'
    peaks = [case['tools'][OURS]['peak_mib'] for _, case in cases if OURS in case['tools']]
    if peaks:
        yield f'Most memory of {OURS} itself: {max(peaks):.0f} MiB, target {MEMORY_MIB} MiB.'


def machine(directory):
    """Everything about the machine that decides times, and nothing that names it."""
    def fields(file, key):
        return [line.split(':', 1)[1].strip() for line in Path(file).read_text().splitlines() if line.startswith(key)]

    place = max((line.split() for line in Path('/proc/self/mounts').read_text().splitlines()
                 if directory.is_relative_to(line.split()[1])), key=lambda mount: len(mount[1]))
    models = fields('/proc/cpuinfo', 'model name')
    return {'cores': os.cpu_count(), 'processor': models[0] if models else platform.machine(),
            'memory_gib': round(int(fields('/proc/meminfo', 'MemTotal')[0].split()[0]) / (1 << 20)),
            'filesystem': place[2], 'kernel': platform.release()}


def bounds(workload, known):
    """Of each case that misses its target, what a profile says of it."""
    missed = [case['name'] for case in workload['cases'] if case.get('met') is False]
    return [f'**What bounds `{name}`**: {" ".join(known[name].split())}' for name in missed if name in known]


def markdown(results, modules):
    """The page; modules: of each workload, what it does (ABOUT) and what is known of its limits (BOUNDS)."""
    host, versions = results['machine'], results['versions']
    hardware = f'{host["cores"]} cores ({host["processor"]}), {host["memory_gib"]} GiB'
    text = f'''# Performance

Written by `./tierbuild bench`, which builds the same generated inputs with tierbuild and with its peers from
Debian, in one run and by turns. Absolute times differ from machine to machine; the ratio to the best peer is what a
target is about. Do not edit this page.

| | |
| --- | --- |
| machine | {hardware}, {host['filesystem']}, Linux {host['kernel']} |
| versions | {', '.join(f'{name} {version}' for name, version in versions.items())} |

`docker` is the daemon of `docker.io` with its BuildKit, on a private socket; `buildah` isolates with chroot. Each
tool has a store of its own on one filesystem, layers are gzip, the page cache is warm, and what others wrote is
flushed before a command starts. Times are wall time: medians, with the smallest and largest, and the 95th
percentile of ten runs or more. `processor` is the median of processor time, commands and daemons included. Memory
is the largest that the tool's own processes had resident, a daemon's included, the commands of steps not. Where an
export is part of the time, the ratio `without its export` is to the build of the best peer alone, whose layers are
not compressed then.

{chr(10).join(f'- {line}' for line in verdicts(results['workloads']))}
'''
    for workload in results['workloads']:
        module = modules[workload['name']]
        text += f'\n## {workload["title"]}\n\n{module.ABOUT.strip()}\n\n'
        if workload['cases']:
            text += '| ' + ' | '.join(HEADER) + ' |\n|' + ' --- |' * len(HEADER) + '\n'
            text += ''.join('| ' + ' | '.join(row) + ' |\n' for row in rows(workload))
        text += ''.join(f'\n{line}\n' for line in bounds(workload, getattr(module, 'BOUNDS', {})))
        text += ''.join(f'\n{note[:1].upper()}{note[1:]}.\n' for note in workload['notes'])
    return text
