"""Runs commands, and takes their wall and processor time and the memory that a tool's own processes have resident."""

import os
import signal
import statistics
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path


class CommandFailed(Exception):
    pass


@dataclass(frozen=True)
class Sample:
    seconds: float
    cpu_seconds: float = 0.0
    peak_kib: int = 0
    export_seconds: float = 0.0  # the part that wrote an OCI layout, after the build
    ended: float = 0.0  # on the clock that /proc/uptime shows
    output: str = field(default='', repr=False)

    def then(self, later):
        return replace(later, seconds=self.seconds + later.seconds, cpu_seconds=self.cpu_seconds + later.cpu_seconds,
                       peak_kib=max(self.peak_kib, later.peak_kib), output=self.output + later.output,
                       export_seconds=self.export_seconds + later.export_seconds)

    def as_export(self):
        return replace(self, export_seconds=self.seconds)

    def without(self, seconds):
        return replace(self, seconds=max(0.0, self.seconds - seconds))


def summary(samples):
    """The figures of one case and tool; p95 only where there are enough of them."""
    seconds = sorted(sample.seconds for sample in samples)
    figures = {
        'runs': len(seconds), 'median': statistics.median(seconds), 'min': seconds[0], 'max': seconds[-1],
        'cpu': statistics.median(sample.cpu_seconds for sample in samples),
        'export': statistics.median(sample.export_seconds for sample in samples),
        'peak_mib': max(sample.peak_kib for sample in samples) / 1024, 'seconds': [round(s, 6) for s in seconds],
    }
    if len(seconds) >= 10:
        figures['p95'] = seconds[-(-95 * len(seconds) // 100) - 1]
    return figures


def status_of(pid):
    """Name and peak resident KiB of a process; nothing if it is gone or has no memory any more."""
    try:
        lines = Path(f'/proc/{pid}/status').read_text().splitlines()
        fields = dict(line.split(':\t', 1) for line in lines if ':\t' in line)
        return fields['Name'], int(fields['VmHWM'].split()[0])
    except (OSError, KeyError, ValueError):
        return None, 0


def children_of(pid):
    """The children of all threads; none if the process is gone."""
    found = []
    try:
        for thread in os.listdir(f'/proc/{pid}/task'):
            with open(f'/proc/{pid}/task/{thread}/children') as file:
                found += map(int, file.read().split())
    except OSError:
        pass
    return found


def cpu_of(pid):
    """Processor seconds of a process and of the children it has waited for."""
    words = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    return sum(map(int, words[11:15])) / os.sysconf('SC_CLK_TCK')


class Memory(threading.Thread):
    """The peak of a tool's own processes below one, and of its daemons; the commands of steps are not the tool's.

    Peaks of processes that live at one time are added up, so the sum is an upper bound. It looks often at first, for
    commands that end soon, then twenty times a second.
    """

    def __init__(self, root, names, daemons):
        super().__init__(daemon=True)
        self.root, self.names, self.daemons, self.peak = root, tuple(names), daemons, 0
        self.ended = threading.Event()
        for pid in daemons:
            Path(f'/proc/{pid}/clear_refs').write_text('5')  # its peak begins anew

    def below(self, pid):
        total = 0
        for child in children_of(pid):
            name, peak = status_of(child)
            if name and name.startswith(self.names):
                total += peak + self.below(child)
        return total

    def run(self):
        pause = 0.004
        while not self.ended.wait(pause):
            self.peak = max(self.peak, self.below(self.root))
            pause = min(pause * 1.5, 0.05)

    def finish(self):
        self.ended.set()
        self.join()
        return self.peak + sum(status_of(pid)[1] for pid in self.daemons)


def uptime():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def spawn(argv, env, log):
    """A process of a group of its own, with output to a file."""
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    null = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    try:
        files = [(os.POSIX_SPAWN_DUP2, descriptor, to) for descriptor, to in ((null, 0), (out, 1), (out, 2))]
        signals = [signal.SIGPIPE, signal.SIGINT]
        return os.posix_spawnp(argv[0], argv, env, file_actions=files, setpgroup=0, setsigdef=signals)
    finally:
        os.close(out)
        os.close(null)


def run(commands, *, env, log, names=(), daemons=(), at_once=1):
    """The commands as one sample. `at_once` of them run at a time; an interruption ends them."""
    log.write_bytes(b'')
    os.sync()  # what others wrote is no burden of this one
    memory = Memory(os.getpid(), names, daemons)
    waiting, running, failed = list(reversed(commands)), {}, None
    cpu = -sum(map(cpu_of, daemons))
    memory.start()
    start = time.monotonic()
    try:
        while running or (waiting and not failed):
            while waiting and not failed and len(running) < at_once:
                argv = [str(word) for word in waiting.pop()]
                running[spawn(argv, env, log)] = argv
            pid, status, usage = wait_for_one(running)
            cpu += usage.ru_utime + usage.ru_stime
            argv = running.pop(pid)
            if status != 0 and not failed:
                failed = f'{" ".join(argv)[:200]} ended with status {os.waitstatus_to_exitcode(status)}'
        seconds, ended = time.monotonic() - start, uptime()
    except BaseException:
        for pid in running:
            os.killpg(pid, signal.SIGKILL)
        for pid in running:
            os.waitpid(pid, 0)
        raise
    finally:
        peak = memory.finish()
    output = log.read_text(errors='replace')
    if failed:
        raise CommandFailed(f'{failed}: ' + ' | '.join(output.strip().splitlines()[-6:])[-1500:])
    return Sample(seconds, cpu + sum(map(cpu_of, daemons)), peak, ended=ended, output=output)


def wait_for_one(running):
    """One of these processes, never a daemon that happens to end."""
    if len(running) == 1:
        return os.wait4(next(iter(running)), 0)
    while True:
        for pid in running:
            ended = os.wait4(pid, os.WNOHANG)
            if ended[0]:
                return ended
        time.sleep(0.002)
