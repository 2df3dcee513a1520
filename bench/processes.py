"""What running processes have cost so far, read from /proc (Linux): processor time of a family, peak memory of one."""

import os
from pathlib import Path

TICK = 1000 / os.sysconf("SC_CLK_TCK")  # ms


def family(pid: int) -> list[int]:
    """A process and all its living descendants."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            found += map(int, task.read_text().split())
    return found


def cpu_ms(pid: int) -> float:
    """Processor time of a process and its descendants so far, those included that have ended and were waited for."""
    return sum(map(_cpu_ms, family(pid)))


def _cpu_ms(pid: int) -> float:
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:  # ended a moment ago; its parent counts it from now on
        return 0.0
    return TICK * sum(map(int, after_name[11:15]))  # utime, stime, and both of children that ended
