"""What every evidence store does alike once it can find the size of a file and open it by its SHA-256."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from .evidence_scratch import Stored, discard, hash_of, missing, receive, sweep


class StoreByHash(ABC):
    """The part of evidence.EvidenceStore that is the same in a folder and in a bucket."""

    _scratch: Path

    @abstractmethod
    def find_size(self, sha256: str) -> int | None:
        """Bytes of an original, None if it is not there."""

    @abstractmethod
    def open(self, sha256: str) -> BinaryIO: ...

    def receive(self, source: BinaryIO | Iterable[bytes], limit: int | None = None) -> Stored:
        return receive(self._scratch, source, limit)

    def discard(self, stored: Stored) -> None:
        discard(stored)

    def has(self, sha256: str) -> bool:
        return self.find_size(sha256) is not None

    def size(self, sha256: str) -> int:
        size = self.find_size(sha256)
        if size is None:
            raise missing()
        return size

    def verify(self, sha256: str) -> bool:
        if not self.has(sha256):
            return False
        with self.open(sha256) as file:
            return hash_of(file) == sha256

    def sweep_scratch(self, older_than: float) -> int:
        return sweep(self._scratch, older_than)
