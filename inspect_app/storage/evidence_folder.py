"""Evidence in a folder of this machine: `ab/cd/<sha256>`, each file written once and durable before keep returns.

Order of a keep: fsync the bytes, link them under the final name, fsync the folder. A crash at any point leaves either
no final name or a whole file, because a name appears only when its bytes are already on disk.
"""

import contextlib
import errno
import logging
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from .evidence_by_hash import StoreByHash
from .evidence_scratch import (
    PREFIX,
    Stored,
    derived_place_of,
    discard,
    missing,
    place_of,
)

log = logging.getLogger(__name__)
# File systems without hard links (FAT, some network shares) answer one of these.
NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
READ_ONLY = 0o440


class FolderStore(StoreByHash):
    """Satisfies evidence.EvidenceStore."""

    def __init__(self, root: Path, scratch: Path) -> None:
        self._root = root
        self._scratch = scratch
        self._durable: set[Path] = set()  # folders whose own names this process has seen reach the disk

    def keep(self, stored: Stored, media_type: str | None = None) -> None:
        """Durable under the final name when this returns, whoever wrote it. `media_type` matters to S3 only."""
        self.keep_many([(stored, media_type)])

    def keep_many(self, batch: Sequence[tuple[Stored, str | None]]) -> None:
        """One step for all files after the other, since one wait for the disk brings there what all have done."""
        files = [(stored, self._root / place_of(stored.sha256)) for stored, _ in batch]
        scratches: list[tuple[Stored, Path, Path]] = []
        for stored, final in files:
            if not stored.path.exists() and _size(final) == stored.size:  # kept already: a repeated attempt
                continue
            scratch = self._on_this_file_system(stored.path)
            scratch.chmod(READ_ONLY)
            bring_to_disk(scratch)
            scratches.append((stored, scratch, final))
        self._make_folders([final.parent for _, final in files])
        for stored, scratch, final in scratches:
            _name(scratch, final, stored.size)
        # Also when another process was first: its file is whole, but its name may not have reached the disk yet.
        for folder in {final.parent for _, final in files}:
            bring_to_disk(folder)
        for stored, scratch, _ in scratches:
            scratch.unlink(missing_ok=True)
            discard(stored)

    def open(self, sha256: str) -> BinaryIO:
        try:
            return (self._root / place_of(sha256)).open("rb")
        except FileNotFoundError:
            raise missing() from None

    @contextlib.contextmanager
    def path(self, sha256: str) -> Iterator[Path]:
        final = self._root / place_of(sha256)
        if not final.is_file():
            raise missing()
        yield final

    def find_size(self, sha256: str) -> int | None:
        return _size(self._root / place_of(sha256))

    def derivative(self, sha256: str, kind: str, make: Callable[[Path, Path], None]) -> BinaryIO:
        final = self._root / derived_place_of(sha256, kind)
        with contextlib.suppress(FileNotFoundError):
            return final.open("rb")
        with self.path(sha256) as source:
            final.parent.mkdir(parents=True, exist_ok=True)
            fd, name = tempfile.mkstemp(prefix=PREFIX, dir=final.parent)
            os.close(fd)
            draft = Path(name)
            try:
                make(source, draft)
                bring_to_disk(draft)  # or a crash could leave an empty file under the final name
                draft.replace(final)
            finally:
                draft.unlink(missing_ok=True)
        return final.open("rb")

    def writable(self) -> bool:
        self._root.mkdir(parents=True, exist_ok=True)
        self._scratch.mkdir(parents=True, exist_ok=True)
        return os.access(self._root, os.W_OK) and os.access(self._scratch, os.W_OK)

    def _on_this_file_system(self, path: Path) -> Path:
        """The scratch file, copied beside the evidence if it lies on another file system: links cannot cross."""
        self._root.mkdir(parents=True, exist_ok=True)
        if path.stat().st_dev == self._root.stat().st_dev:
            return path
        near = self._root / "scratch"
        near.mkdir(exist_ok=True)
        fd, name = tempfile.mkstemp(prefix=PREFIX, dir=near)
        with os.fdopen(fd, "wb") as target, path.open("rb") as source:
            shutil.copyfileobj(source, target, 256 * 1024)
        return Path(name)

    def _make_folders(self, folders: Sequence[Path]) -> None:
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
        for folder in folders:
            self._make_folder(folder)

    def _make_folder(self, folder: Path) -> None:
        """Make a folder and bring its name to disk. Who made it does not matter: its maker may not have got so far."""
        if folder in self._durable:
            return
        if folder != self._root:
            self._make_folder(folder.parent)
        folder.mkdir(parents=True, exist_ok=True)
        bring_to_disk(folder.parent)
        self._durable.add(folder)


def _name(scratch: Path, final: Path, size: int) -> None:
    """Give the bytes their final name, never taking that name from other bytes of the right size."""
    try:
        os.link(scratch, final)
    except FileExistsError:
        if _size(final) != size:
            _repair(scratch, final)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        if _size(final) != size:  # two processes here rename equal bytes: either may win
            scratch.rename(final)


def _repair(scratch: Path, final: Path) -> None:
    """The file under the name has a wrong size, so a disk damaged it. It is set aside, never deleted."""
    aside = final.with_name(f"{final.name}.damaged-{secrets.token_hex(4)}")
    log.error("evidence %s is damaged on disk; set aside as %s and stored anew", final.name, aside.name)
    os.link(final, aside)
    second = scratch.with_name(f"{scratch.name}-repair")
    os.link(scratch, second)
    second.replace(final)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def bring_to_disk(path: Path) -> None:
    """Bring a file's bytes, or a folder's names, to disk."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
