"""Streams many files as one ZIP, stored and not deflated (JPEGs do not get smaller), in constant memory.

The Python library writes it to a sink that only goes forward; each entry's size and checksum follow its bytes, and
ZIP64 takes over past 4 GiB, past 65,535 entries, and for entries whose size nobody knows.
"""

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from inspect_app.domain.text import nfc

CHUNK_BYTES = 256 * 1024
_ZIP64_FROM = 1 << 31  # the library refuses larger files unless told before
_FORBIDDEN = re.compile(
    r'[\x00-\x1f\x7f<>:"|?*\\]'
)  # what Windows cannot name, and every way to write a path there


@dataclass(frozen=True)
class ZipEntry:
    """One file: `name` with `/` between folders, `size` in bytes if known, `open` gives its bytes when its turn comes."""

    name: str
    size: int | None
    open: Callable[[], BinaryIO]
    modified: datetime | None = None


def stream_zip(entries: Iterable[ZipEntry]) -> Iterator[bytes]:
    """The ZIP of `entries` in pieces. A name that came before (Windows sees no case) gets " (2)", " (3)" ...

    Raises ValueError for a name that leads out of the folder or that Windows cannot write. A file that cannot be
    read ends the stream with its error: the download breaks off visibly instead of lacking a photo quietly.
    """
    sink = _Sink()
    taken: set[str] = set()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for entry in entries:
            info = _info(entry, taken)
            large = entry.size is None or entry.size >= _ZIP64_FROM
            with entry.open() as source, archive.open(info, "w", force_zip64=large) as target:
                while piece := source.read(CHUNK_BYTES):
                    target.write(piece)
                    yield sink.taken()
            if sink.size >= CHUNK_BYTES:
                yield sink.taken()
    yield sink.taken()


def checked_name(name: str) -> str:
    """`name` in NFC if it is safe on every system; raises ValueError else."""
    composed = nfc(name)
    parts = composed.split("/")
    if _FORBIDDEN.search(name + composed) or any(
        not part.strip(". ") or part != part.rstrip(". ") for part in parts
    ):
        raise ValueError(f"not a name for a ZIP entry: {name!r}")
    return composed


def _info(entry: ZipEntry, taken: set[str]) -> zipfile.ZipInfo:
    when = entry.modified or datetime(1980, 1, 1)  # noqa: DTZ001  # a ZIP knows no zones and no earlier year
    name = _unused(checked_name(entry.name), taken)
    info = zipfile.ZipInfo(name, (max(when.year, 1980), *when.timetuple()[1:6]))
    info.external_attr = 0o644 << 16
    return info


def _unused(name: str, taken: set[str]) -> str:
    stem, dot, suffix = name.rpartition(".") if "." in name.rpartition("/")[2] else (name, "", "")
    candidate, number = name, 1
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{stem} ({number}){dot}{suffix}"
    taken.add(candidate.casefold())
    return candidate


class _Sink:
    """What the library writes to: keeps the pieces until they are taken, and cannot seek."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.size = 0

    def write(self, data: bytes, /) -> int:
        self._pieces.append(bytes(data))
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """The library asks for it; there is nothing to do."""

    def close(self) -> None:
        """Likewise."""

    def taken(self) -> bytes:
        whole = b"".join(self._pieces)
        self._pieces.clear()
        self.size = 0
        return whole
