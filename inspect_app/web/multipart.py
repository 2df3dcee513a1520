"""Reads the post of a checklist page: 500 fields and photos of megabytes, at a fraction of werkzeug's processor time.

Takes what browsers send and RFC 7578 asks for (CRLF lines, nothing after a boundary on its line); werkzeug, which takes
more, reads all other forms. tests/web/test_multipart.py holds both against each other.
"""

import re
from collections.abc import Iterator
from typing import IO

from werkzeug.datastructures import FileStorage, Headers, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

PIECE = (
    1024 * 1024
)  # bytes asked of the server at once; smaller reads make it copy what is left, again and again
LONGEST_HEAD = 16 * 1024
_PLAIN = re.compile(rb'Content-Disposition: form-data; name="([\x20-\x21\x23-\x24\x26-\x5b\x5d-\x7e]*)"')


class Unreadable(ValueError):
    """The body is no multipart post; FormDataParser then gives an empty form, as for werkzeug's own complaints."""


class PagePostParser(FormDataParser):
    """Takes the place of werkzeug's parser for a request: `request.form_data_parser_class = PagePostParser`."""

    def _parse_multipart(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str]
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]:
        reader = _Reader(stream, options.get("boundary", "").encode("ascii"))
        fields: list[tuple[str, str]] = []
        files: list[tuple[str, FileStorage]] = []
        room, parts = self.max_form_memory_size, 0
        for name, file_name, headers in reader.parts():
            parts += 1
            if self.max_form_parts is not None and parts > self.max_form_parts:
                raise RequestEntityTooLarge
            if file_name is None:
                value = b"".join(reader.data(room))
                fields.append((name, value.decode("utf-8", "replace")))
                room = None if room is None else room - len(value)
                continue
            target = self._open(content_length, file_name, headers)
            for piece in reader.data(None):
                target.write(piece)
            target.seek(0)
            files.append((name, FileStorage(target, file_name, name, headers=headers)))
        return stream, self.cls(fields), self.cls(files)

    def _open(self, total: int | None, file_name: str, headers: Headers) -> IO[bytes]:
        assert self.stream_factory is not None
        return self.stream_factory(total, headers.get("content-type"), file_name, 0)


class _Reader:
    """The parts of a body, one after the other: the head of one by `parts`, then all its `data`."""

    def __init__(self, stream: IO[bytes], boundary: bytes) -> None:
        if not boundary:
            raise Unreadable("no boundary")
        self._stream = stream
        self._end = b"\r\n--" + boundary
        self._held = b"\r\n"  # the first boundary has no line before it
        self._at = 0

    def parts(self) -> Iterator[tuple[str, str | None, Headers]]:
        """Name, name of the file (None for a field) and headers of each part."""
        for _ in self.data(None):  # what stands before the first boundary is no part
            pass
        while (after := self._take(2)) != b"--":
            if after != b"\r\n":
                raise Unreadable("a boundary that does not end its line")
            yield self._head()

    def data(self, limit: int | None) -> Iterator[bytes]:
        """The bytes up to the next boundary, which is passed over. More than `limit` is RequestEntityTooLarge."""
        left = limit
        while True:
            found = self._held.find(self._end, self._at)
            # Without a boundary in sight all may be given but what may be the beginning of one.
            until = found if found >= 0 else max(self._at, len(self._held) - len(self._end) + 1)
            if until > self._at:
                if left is not None and (left := left - (until - self._at)) < 0:
                    raise RequestEntityTooLarge
                yield self._held[self._at : until]
                self._at = until
            if found >= 0:
                self._at += len(self._end)
                return
            self._more()

    def _head(self) -> tuple[str, str | None, Headers]:
        """The lines up to an empty one."""
        while (end := self._held.find(b"\r\n\r\n", self._at, self._at + LONGEST_HEAD)) < 0:
            if len(self._held) - self._at >= LONGEST_HEAD:
                raise Unreadable("a head without end")
            self._more()
        head = self._held[self._at : end]
        self._at = end + 2
        if (
            self._peek(len(self._end)) != self._end
        ):  # else nothing, not even a line end, comes before the boundary
            self._at += 2
        plain = _PLAIN.fullmatch(head)
        if plain:
            return plain[1].decode(), None, Headers()
        return _named(Headers(_lines(head)))

    def _take(self, count: int) -> bytes:
        taken = self._peek(count)
        self._at += count
        return taken

    def _peek(self, count: int) -> bytes:
        while len(self._held) - self._at < count:
            self._more()
        return self._held[self._at : self._at + count]

    def _more(self) -> None:
        piece = self._stream.read(PIECE)
        if not piece:
            raise Unreadable("the body ends within a part")
        self._held = self._held[self._at :] + piece
        self._at = 0


def _lines(head: bytes) -> Iterator[tuple[str, str]]:
    for line in head.split(b"\r\n"):
        name, _, value = line.decode().partition(":")
        yield name.strip(" \t"), value.strip(" \t")


def _named(headers: Headers) -> tuple[str, str | None, Headers]:
    _, options = parse_options_header(headers.get("content-disposition"))
    if "name" not in options:
        raise Unreadable("a part without a name")
    return options["name"], options.get("filename"), headers
