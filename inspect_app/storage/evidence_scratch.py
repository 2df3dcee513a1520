"""Bytes on their way in: a scratch file that is hashed while it is written, and the record of what came.

Nothing here is evidence yet. A file becomes evidence by EvidenceStore.keep; until then a crash may leave it in the
scratch folder, where sweep_scratch finds it.
"""

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from inspect_app.domain.problems import N_, NotFound, TooLarge

PIECE = 256 * 1024  # bytes held at once
PREFIX = "in-"  # of every scratch file; the sweep touches nothing else
_SHA256 = re.compile(r"[0-9a-f]{64}")
_KIND = re.compile(r"[a-z][a-z0-9_]{0,19}")


@dataclass(frozen=True)
class Stored:
    """Bytes received whole into `path`, a scratch file; `size` in bytes. Not kept yet."""

    sha256: str
    size: int
    path: Path


class ScratchFile:
    """A file in the scratch folder that hashes what is written to it; made for streaming form parsers.

    Write, then `finish()`. Closing it without finishing removes the file. Raises TooLarge beyond `limit` bytes.
    """

    def __init__(self, folder: Path, limit: int | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        fd, name = tempfile.mkstemp(prefix=PREFIX, dir=folder)
        self.path = Path(name)
        self.size = 0
        self._limit = limit
        self._hash = hashlib.sha256()
        self._file = os.fdopen(fd, "w+b", buffering=0)
        self._finished = False

    def write(self, data: bytes) -> int:
        """Append; a file once finished or read from takes no more, since its hash would not tell."""
        if self._finished or self._file.tell() != self.size:
            raise ValueError("a scratch file is written once, from beginning to end")
        if self._limit is not None and self.size + len(data) > self._limit:
            raise TooLarge(
                N_("Tệp lớn hơn mức cho phép (%(limit)s MB). Hãy giảm cỡ ảnh rồi gửi lại."),
                limit=round(self._limit / 1_000_000) or 1,
            )
        left = memoryview(data)
        while left:
            left = left[self._file.write(left) :]
        self._hash.update(data)
        self.size += len(data)
        return len(data)

    def finish(self) -> Stored:
        """What was written. The file stays until it is kept or discarded; call again for the same answer."""
        self._finished = True
        return Stored(self._hash.hexdigest(), self.size, self.path)

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return not self._finished

    def seekable(self) -> bool:
        return True

    def flush(self) -> None:
        """Nothing is buffered here."""

    @property
    def closed(self) -> bool:
        return self._file.closed

    def close(self) -> None:
        self._file.close()
        if not self._finished:
            self.path.unlink(missing_ok=True)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._file)

    def __enter__(self) -> "ScratchFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def receive(folder: Path, source: BinaryIO | Iterable[bytes], limit: int | None = None) -> Stored:
    """Stream `source` into `folder`. Whatever fails, no scratch file is left. Raises TooLarge."""
    with ScratchFile(folder, limit) as scratch:
        for piece in pieces(source):
            scratch.write(piece)
        return scratch.finish()


def pieces(source: BinaryIO | Iterable[bytes]) -> Iterator[bytes]:
    """The bytes of a file or stream, PIECE by PIECE; an iterable keeps the pieces it has."""
    if not hasattr(source, "read"):
        yield from source
        return
    while piece := source.read(PIECE):
        yield piece


def discard(stored: Stored) -> None:
    """Drop bytes that were not kept; harmless after keep."""
    stored.path.unlink(missing_ok=True)


def sweep(folder: Path, older_than: float) -> int:
    """Remove scratch files untouched for `older_than` seconds (left by killed processes); how many were removed."""
    removed = 0
    for path in folder.glob(f"{PREFIX}*"):
        try:
            if path.stat().st_mtime < time.time() - older_than:
                path.unlink()
                removed += 1
        except FileNotFoundError:  # another sweep or keep was faster
            continue
    return removed


def hash_of(source: BinaryIO) -> str:
    digest = hashlib.sha256()
    for piece in pieces(source):
        digest.update(piece)
    return digest.hexdigest()


def place_of(sha256: str) -> str:
    """`ab/cd/<sha256>`: the name under which both stores keep a file. Anything but a SHA-256 raises NotFound."""
    if not _SHA256.fullmatch(sha256):
        raise missing()
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def derived_place_of(sha256: str, kind: str) -> str:
    """`derived/<kind>/ab/cd/<sha256>`; these files can always be made again."""
    if not _KIND.fullmatch(kind):
        raise ValueError(f"not a kind of derivative: {kind!r}")
    return f"derived/{kind}/{place_of(sha256)}"


def missing() -> NotFound:
    return NotFound(N_("Không tìm thấy tệp minh chứng này."))
