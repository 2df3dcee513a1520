"""The evidence store: files named by their SHA-256, written once, never changed, durable before the answer.

Two kinds behind one protocol: a folder (the default) and an S3-compatible bucket. Derivatives (thumbnails, screen
size) lie beside the originals and can always be made again.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Protocol

from .evidence_folder import FolderStore
from .evidence_s3 import BucketStore
from .evidence_scratch import ScratchFile, Stored

__all__ = ["EvidenceStore", "ScratchFile", "Stored", "open_store"]


class EvidenceStore(Protocol):
    """Safe to share between threads; may be made, not used, before a server forks. A hash that is none: NotFound."""

    def receive(self, source: BinaryIO | Iterable[bytes], limit: int | None = None) -> Stored:
        """Stream to a scratch file while hashing. Raises TooLarge beyond `limit` bytes, leaving nothing behind."""

    def keep(self, stored: Stored, media_type: str | None = None) -> None:
        """Make received bytes evidence: durable under their name when this returns, and the scratch file gone.

        Equal bytes kept by others, before or at the same moment, are a success; so is keeping the same `Stored` again.
        """

    def keep_many(self, batch: Sequence[tuple[Stored, str | None]]) -> None:
        """Keep several files, each with its media type; waits less for the disk than one `keep` after the other."""

    def discard(self, stored: Stored) -> None:
        """Drop received bytes that will not be kept; harmless after keep."""

    def open(self, sha256: str) -> BinaryIO:
        """The original, a real file open for reading. Raises NotFound."""

    def path(self, sha256: str) -> AbstractContextManager[Path]:
        """A path to read the original from while the context lasts; never write there. Raises NotFound."""

    def has(self, sha256: str) -> bool: ...

    def size(self, sha256: str) -> int:
        """Bytes. Raises NotFound."""

    def verify(self, sha256: str) -> bool:
        """Read it all and hash it again; false if missing or damaged."""

    def derivative(self, sha256: str, kind: str, make: Callable[[Path, Path], None]) -> BinaryIO:
        """The kept derivative, made by `make(source, target)` at the first call; errors of `make` pass through.

        `kind` is a short word such as "thumb". Two first calls at once both succeed.
        """

    def sweep_scratch(self, older_than: float) -> int:
        """Remove scratch files untouched for that many seconds; how many."""

    def writable(self) -> bool:
        """Whether evidence can be taken now; for /readyz."""


def open_store(url: str, scratch: Path) -> EvidenceStore:
    """A folder path, `file:///folder` or `s3://bucket/prefix`; `scratch` takes uploads on their way in."""
    if url.startswith("s3://"):
        return BucketStore(url, scratch)
    return FolderStore(Path(url.removeprefix("file://")), scratch)
