"""Evidence in an S3-compatible bucket, under the same names as in a folder: `<prefix>/ab/cd/<sha256>`.

Endpoint, region and keys come from the usual environment (AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, ...).
A PUT is answered when the object is durable and readable everywhere, so keep returns after that answer.
"""

import contextlib
import logging
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import IO, BinaryIO

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from inspect_app.domain.problems import NotFound

from .evidence_by_hash import StoreByHash
from .evidence_scratch import (
    PIECE,
    PREFIX,
    Stored,
    derived_place_of,
    discard,
    missing,
    place_of,
)

ABSENT = (NotFoundError, FileNotFoundError)  # obstore raises the second where the first would fit
log = logging.getLogger(__name__)
_process: int | None = None  # the one that first used a bucket
PART = 8 * 1024 * 1024  # bytes; larger files go in parts, so that no file is whole in memory


class BucketStore(StoreByHash):
    """Satisfies evidence.EvidenceStore."""

    def __init__(self, url: str, scratch: Path) -> None:
        self._url = url
        self._scratch = scratch
        self._connected: S3Store | None = None  # made at first use, so after a server has forked

    def keep(self, stored: Stored, media_type: str | None = None) -> None:
        """Conditional on the name being free; a name already taken is checked for its size."""
        place = place_of(stored.sha256)
        found = self._size(place) if stored.size > PART or not stored.path.exists() else None
        if found is None:
            found = self._put_new(place, stored, media_type)
        if found != stored.size:
            self._repair(place, stored, media_type)
        discard(stored)

    def keep_many(self, batch: Sequence[tuple[Stored, str | None]]) -> None:
        for stored, media_type in batch:
            self.keep(stored, media_type)

    def open(self, sha256: str) -> BinaryIO:
        return self._fetch(place_of(sha256))

    @contextlib.contextmanager
    def path(self, sha256: str) -> Iterator[Path]:
        with self._scratch_path() as local:
            with local.open("wb") as file:
                self._download(place_of(sha256), file)
            yield local

    def find_size(self, sha256: str) -> int | None:
        return self._size(place_of(sha256))

    def derivative(self, sha256: str, kind: str, make: Callable[[Path, Path], None]) -> BinaryIO:
        place = derived_place_of(sha256, kind)
        with contextlib.suppress(NotFound):
            return self._fetch(place)
        with self.path(sha256) as source, self._scratch_path() as draft:
            make(source, draft)
            self._put(place, draft, draft.stat().st_size, "image/jpeg")
            return draft.open("rb")  # readable after its name is gone

    def writable(self) -> bool:
        """The bucket answers and the scratch folder takes files; what one may write there only a write can tell."""
        self._scratch.mkdir(parents=True, exist_ok=True)
        try:
            next(iter(obstore.list(_connect(self._url, patient=False), "ready", chunk_size=1)), None)
        except (BaseError, OSError):
            log.exception("the evidence bucket does not answer")
            return False
        return os.access(self._scratch, os.W_OK)

    @property
    def _bucket(self) -> S3Store:
        _refuse_after_fork()
        if self._connected is None:
            self._connected = _connect(self._url)
        return self._connected

    def _put_new(self, place: str, stored: Stored, media_type: str | None) -> int:
        """Store unless the name is taken; the size that stands under the name afterwards."""
        try:
            self._put(place, stored.path, stored.size, media_type, mode_create=stored.size <= PART)
        except BaseError:  # a scratch file or bucket that is gone is a FileNotFoundError and passes on
            # Taken; or two conditional writes met (409); or the server knows no conditions (501).
            found = self._size(place)
            if found is not None:
                return found
            self._put(
                place, stored.path, stored.size, media_type
            )  # equal bytes by name: overwriting harms nothing
        return stored.size

    def _repair(self, place: str, stored: Stored, media_type: str | None) -> None:
        """What stands there cannot be these bytes. It is copied aside, never deleted, and stored anew."""
        log.error("evidence %s has a wrong size in the bucket; set aside and stored anew", stored.sha256)
        with contextlib.suppress(*ABSENT):
            obstore.copy(self._bucket, place, f"{place}.damaged")
        self._put(place, stored.path, stored.size, media_type)
        if self._size(place) != stored.size:
            raise OSError(f"the evidence bucket does not hold {stored.sha256} as sent")

    def _put(
        self, place: str, path: Path, size: int, media_type: str | None, mode_create: bool = False
    ) -> None:
        obstore.put(
            self._bucket,
            place,
            path,
            attributes={"Content-Type": media_type or "application/octet-stream"},
            mode="create" if mode_create else "overwrite",
            use_multipart=size > PART,
            chunk_size=PART,
            max_concurrency=2,
        )

    def _size(self, place: str) -> int | None:
        try:
            return obstore.head(self._bucket, place)["size"]
        except ABSENT:
            return None

    def _fetch(self, place: str) -> BinaryIO:
        """A local copy without a name, gone when closed: a real file, as senders and ZIP writers want it."""
        self._scratch.mkdir(parents=True, exist_ok=True)
        file = tempfile.TemporaryFile(prefix=PREFIX, dir=self._scratch)  # noqa: SIM115 (the caller closes it)
        try:
            self._download(place, file)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return file

    def _download(self, place: str, target: IO[bytes]) -> None:
        try:
            for piece in obstore.get(self._bucket, place).stream(min_chunk_size=PIECE):
                target.write(piece)
        except ABSENT:
            raise missing() from None

    @contextlib.contextmanager
    def _scratch_path(self) -> Iterator[Path]:
        self._scratch.mkdir(parents=True, exist_ok=True)
        fd, name = tempfile.mkstemp(prefix=PREFIX, dir=self._scratch)
        os.close(fd)
        path = Path(name)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)


def _connect(url: str, patient: bool = True) -> S3Store:
    """A client of the bucket; an impatient one asks once and waits 3 s, as a health check must."""
    _refuse_after_fork()
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    return S3Store.from_url(
        url,
        client_options={
            "allow_http": endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=5 if patient else 3),
            "timeout": timedelta(seconds=120 if patient else 3),
        },
        retry_config={"max_retries": 5 if patient else 0, "retry_timeout": timedelta(seconds=60)},
    )


def _refuse_after_fork() -> None:
    """The client's threads do not survive a fork: without this every call in the child would hang."""
    global _process
    _process = _process or os.getpid()
    if _process != os.getpid():
        raise RuntimeError("the evidence bucket was used before this process was forked")
