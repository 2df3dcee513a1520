"""The reader of checklist posts gives what werkzeug's gives, however the body is cut on its way."""

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from inspect_app.web import multipart
from inspect_app.web.multipart import PagePostParser

BOUNDARY = "----WebKitFormBoundaryAbCd"
NAMES = st.sampled_from(
    ["ny_01", "ny_01_note", "csrf_token", "Đức Phổ", "a b", 'a"b', "a%22b", "a;b", "a\\b"]
)
TEXTS = st.text(st.sampled_from("aĐ \r\n-:\"'\0" + BOUNDARY[-2:]), max_size=30)
# Bytes that look like the beginning of a boundary, as a photo's may.
DATA = st.lists(
    st.sampled_from([b"\r\n", b"\r", b"\n", b"--", b"\r\n--", f"\r\n--{BOUNDARY}"[:-1].encode(), b"x", b"\xff\xd8", b""]),
    max_size=8,
).map(b"".join)  # fmt: skip
FIELDS = st.tuples(NAMES, st.none(), TEXTS.map(str.encode))
FILES = st.tuples(NAMES, st.sampled_from(["", "IMG_1.jpg", "ảnh; 1.jpg", 'a"b.png']), DATA)


class Dribble(io.RawIOBase):
    """A body that arrives in pieces of a few bytes."""

    def __init__(self, body: bytes, piece: int) -> None:
        self._body, self._piece = io.BytesIO(body), piece

    def read(self, size: int = -1) -> bytes:
        return self._body.read(min(size, self._piece))


def body(parts: list[tuple[str, str | None, bytes]]) -> bytes:
    """As a browser writes it: quotes in names as %22."""
    found = b""
    for name, file_name, data in parts:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name.replace(chr(34), "%22")}"'
        if file_name is not None:
            quoted = file_name.replace('"', "%22")
            head += f'; filename="{quoted}"\r\nContent-Type: image/jpeg'
        found += f"{head}\r\n\r\n".encode() + data + b"\r\n"
    return found + f"--{BOUNDARY}--\r\n".encode()


def read(kind: type[FormDataParser], stream: Any, boundary: str = BOUNDARY, **limits: int) -> Any:
    parser = kind(lambda *_, **__: io.BytesIO(), silent=False, **limits)
    _, form, files = parser.parse(stream, "multipart/form-data", None, {"boundary": boundary})
    return (
        list(form.items(multi=True)),
        [(name, file.filename, file.content_type, file.read()) for name, file in files.items(multi=True)],
    )


def test_an_empty_part_may_lack_its_own_line_end() -> None:
    """So writes werkzeug's own client, and with it every test of ours."""
    whole = body([("replaces", None, b""), ("action", None, b"send")]).replace(b"\r\n\r\n\r\n", b"\r\n\r\n")
    assert read(FormDataParser, io.BytesIO(whole))[0] == [("replaces", ""), ("action", "send")]
    for piece in (3, 1000):
        assert read(PagePostParser, Dribble(whole, piece))[0] == [("replaces", ""), ("action", "send")]


@settings(max_examples=100, deadline=None)
@given(st.lists(FIELDS | FILES, max_size=6), st.integers(1, 80))
def test_what_a_browser_sends_reads_as_with_werkzeug(
    parts: list[tuple[str, str | None, bytes]], piece: int
) -> None:
    whole = body(parts)
    expected = read(FormDataParser, io.BytesIO(whole))
    assert read(PagePostParser, io.BytesIO(whole)) == expected
    assert read(PagePostParser, Dribble(whole, piece)) == expected
    assert len(expected[0]) + len(expected[1]) == len(parts)


def test_a_photo_of_several_pieces_arrives_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multipart, "PIECE", 1000)
    photo = bytes(range(256)) * 400
    parts = [("ny_01", None, b"fail"), ("ny_01_photo", "a.jpg", photo), ("ny_02", None, b"pass")]
    form, files = read(PagePostParser, io.BytesIO(body(parts)))
    assert form == [("ny_01", "fail"), ("ny_02", "pass")]
    assert files == [("ny_01_photo", "a.jpg", "image/jpeg", photo)]


WHOLE = body([("ny_01", None, b"fail"), ("ny_01_photo", "a.jpg", b"\xff\xd8 photo \xff\xd9")])


@pytest.mark.parametrize("until", range(len(WHOLE) - 4))
def test_a_body_that_breaks_off_is_refused_wherever_it_breaks(until: int) -> None:
    with pytest.raises(ValueError):
        read(PagePostParser, io.BytesIO(WHOLE[:until]))


@pytest.mark.parametrize(
    "broken",
    [
        WHOLE.replace(b'form-data; name="ny_01"', b"form-data"),
        WHOLE.replace(b"Content-Disposition", b"Content-Description", 1),
        WHOLE.replace(BOUNDARY.encode() + b"\r\n", BOUNDARY.encode() + b"more\r\n", 1),
        WHOLE.replace(b"\r\n\r\n", b"\r\n" + b"X-Long: " + b"x" * multipart.LONGEST_HEAD * 2, 1),
        WHOLE.replace(b"ny_01", b"ny_\xff01", 1),
    ],
)
def test_what_is_no_form_is_refused(broken: bytes) -> None:
    with pytest.raises(ValueError):
        read(PagePostParser, io.BytesIO(broken))
    with pytest.raises(ValueError):
        read(PagePostParser, io.BytesIO(WHOLE), boundary="")


def test_text_and_parts_beyond_the_limits_are_too_large() -> None:
    texts = body([("a", None, b"x" * 60), ("b", None, b"x" * 60)])
    assert len(read(PagePostParser, io.BytesIO(texts), max_form_memory_size=120, max_form_parts=2)[0]) == 2
    with pytest.raises(RequestEntityTooLarge):
        read(PagePostParser, io.BytesIO(texts), max_form_memory_size=119)
    with pytest.raises(RequestEntityTooLarge):
        read(PagePostParser, io.BytesIO(texts), max_form_parts=1)
    photo = body([("p", "a.jpg", b"x" * 1000)])
    assert read(PagePostParser, io.BytesIO(photo), max_form_memory_size=10)[1][0][3] == b"x" * 1000
