"""Uploads go to disk while they arrive, and are hashed on the way: a photo is never whole in memory.

Only the checklist page and the import of a phone's file take large posts. Their limits are raised after the sender is
known and before the form is read, so that a stranger cannot fill the disk.
"""

from pathlib import Path
from typing import IO, Any, cast

from flask import Flask, Request, request

from inspect_app.storage.evidence import ScratchFile, Stored

from .multipart import PagePostParser

FORM_TEXT_LIMIT = 16 * 1024 * 1024  # a full checklist with 2,000 letters in every field is some 2 MB
FORM_PARTS_LIMIT = 5000
READ_BEYOND = 4  # times the limit: as far as a post that is too large is read for its words
DOORS = ("inspect.checklist", "kept.import_file")


class Arriving:
    """A file part on its way: it becomes a scratch file at its first byte, since most file inputs come empty."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: ScratchFile | None = None

    def write(self, data: bytes) -> int:
        if self._file is None:
            if not data:
                return 0
            self._file = ScratchFile(self._folder)
        return self._file.write(data)

    def finish(self) -> Stored | None:
        """What came, or None if nothing did."""
        return self._file.finish() if self._file else None

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size) if self._file else b""

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence) if self._file else 0

    def tell(self) -> int:
        return self._file.tell() if self._file else 0

    def close(self) -> None:
        if self._file:
            self._file.close()


class Swallowed:
    """A file part that is read and dropped: its post is too large, and the words in it are worth more than a reset."""

    def write(self, data: bytes) -> int:
        return len(data)

    def read(self, size: int = -1) -> bytes:
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0

    def tell(self) -> int:
        return 0

    def close(self) -> None:
        """Nothing is held."""


class UploadingRequest(Request):
    """A request whose file parts, at DOORS, are written to the evidence scratch folder, or dropped from a
    post that is too large.

    What breaks off on its way is removed with the request. Files for other doors lie in temporary files without a name.
    """

    drops_files = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._arriving: list[Arriving] = []

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        from .services import services

        if self.endpoint not in DOORS:
            return super()._get_file_stream(total_content_length, content_type, filename, content_length)
        if self.drops_files:
            return cast(IO[bytes], Swallowed())
        stream = Arriving(services().settings.scratch)
        self._arriving.append(stream)
        return cast(IO[bytes], stream)

    def close(self) -> None:
        for stream in self._arriving:  # the form knows only those that came whole
            stream.close()
        super().close()


def allow_large_post(limit: int) -> None:
    """Let this request bring files of up to `limit` bytes, and read it the quick way.

    To be called before its form is read. A larger one is read without its files, so that what was typed is not lost
    with them.
    """
    cast(UploadingRequest, request).drops_files = (request.content_length or 0) > limit
    request.max_content_length = limit * READ_BEYOND
    request.max_form_memory_size = FORM_TEXT_LIMIT
    request.max_form_parts = FORM_PARTS_LIMIT
    request.form_data_parser_class = PagePostParser


def files_dropped() -> bool:
    """Whether the post at hand was too large, and its files were left out."""
    return cast(UploadingRequest, request).drops_files


def install(app: Flask, limit: int) -> None:
    """Let large posts in; to be installed after the guard and before CSRF."""

    @app.before_request
    def _raise_limits() -> None:
        if request.endpoint in DOORS and request.method == "POST":
            allow_large_post(limit)
