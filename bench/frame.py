"""The frame of all measures (Linux): a figure, the machine it was taken on, and a process of its own for honest memory."""

import multiprocessing
import os
import platform
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGES = ("flask", "gunicorn", "sqlalchemy", "psycopg", "pillow", "xlsxwriter")


@dataclass(frozen=True)
class Figure:
    """One line of the table. `value` and `aim` are ready to read, with their units; an empty aim is no aim."""

    measure: str
    value: str
    aim: str = ""


def aimed(aim: str, met: bool) -> str:
    """An aim as the table shows it: one that was missed says so."""
    return aim if met else f"{aim}, missed"


@dataclass(frozen=True)
class Alone:
    """What a function gave, how long it took, and the most memory its process held from start to end."""

    result: Any
    seconds: float
    peak_mb: float


def run_alone(function: Callable[..., Any], *arguments: Any) -> Alone:
    """Run a module-level function in a fresh process (imports and all count towards its memory)."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_timed, (function, arguments))


def _timed(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Alone:
    start = time.perf_counter()
    result = function(*arguments)
    seconds = time.perf_counter() - start
    return Alone(result, seconds, peak_megabytes())


def peak_megabytes(pid: str = "self") -> float:
    """The most memory a process has held. Not ru_maxrss, which a child takes over from the process that started it."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def machine() -> list[str]:
    """Date, processor, memory and versions: what a figure means nothing without."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return [
        f"{datetime.now():%d/%m/%Y %H:%M}",
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GB, load {os.getloadavg()[0]:.1f} at the start",
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}",
        ", ".join(f"{name} {version(name)}" for name in PACKAGES),
    ]


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
