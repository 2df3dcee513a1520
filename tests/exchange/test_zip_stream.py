"""The ZIP of photos: readable by others, streamed, with names that lead nowhere."""

import io
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import pytest

from inspect_app.exchange.zip_stream import ZipEntry, checked_name, stream_zip

MEGABYTE = 1024 * 1024


def entry(name: str, data: bytes = b"\xff\xd8photo\xff\xd9", size: int | None = None) -> ZipEntry:
    return ZipEntry(name, size, lambda: io.BytesIO(data), datetime(2025, 7, 1, 8, 30))


def zipped(entries: list[ZipEntry]) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(io.BytesIO(b"".join(stream_zip(entries))))
    assert archive.testzip() is None
    return archive


def test_files_come_out_as_they_went_in_with_vietnamese_names() -> None:
    name = "Đức Phổ/21514_TĐX-12_NY-01_1.jpg"
    archive = zipped([entry(name), entry("Ia H'Drai/2.jpg", b"", 0)])
    info = archive.getinfo(name)
    assert archive.read(name) == b"\xff\xd8photo\xff\xd9"
    assert info.flag_bits & 0x800, "the name is not marked as UTF-8"
    assert info.compress_type == zipfile.ZIP_STORED
    assert info.date_time == (2025, 7, 1, 8, 30, 0)
    assert archive.read("Ia H'Drai/2.jpg") == b""


def test_an_empty_list_is_a_valid_empty_zip() -> None:
    assert zipped([]).namelist() == []


def test_equal_names_are_numbered_also_where_only_the_case_differs() -> None:
    archive = zipped([entry("a.b/ảnh.jpg", b"1"), entry("a.b/Ảnh.jpg", b"2"), entry("a.b/ảnh.jpg", b"3")])
    assert archive.namelist() == ["a.b/ảnh.jpg", "a.b/Ảnh (2).jpg", "a.b/ảnh (3).jpg"]
    assert [archive.read(name) for name in archive.namelist()] == [b"1", b"2", b"3"]
    assert zipped([entry("a.b/x"), entry("a.b/x")]).namelist() == ["a.b/x", "a.b/x (2)"]


@pytest.mark.parametrize(
    "name",
    ["", "/etc/passwd", "../x", "a/../x", "a/./x", "a//x", "a/", "C:/x", "a\\x", "x\x00.jpg", "a\n.jpg", "con?.jpg",
     "x.", "x ", "... /x"],
)  # fmt: skip
def test_a_name_that_leads_astray_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        checked_name(name)
    with pytest.raises(ValueError, match="not a name"):
        list(stream_zip([entry(name)]))


def test_an_unreadable_file_breaks_the_stream_off() -> None:
    def missing() -> BinaryIO:
        raise FileNotFoundError("gone")

    with pytest.raises(FileNotFoundError):
        list(stream_zip([entry("1.jpg"), ZipEntry("2.jpg", None, missing)]))


def test_more_entries_than_plain_zip_can_count() -> None:
    assert len(zipped([entry(f"{number}", b"") for number in range(65_600)]).namelist()) == 65_600


class Zeros(io.RawIOBase):
    """So many zero bytes, held nowhere."""

    def __init__(self, size: int) -> None:
        self.left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = min(len(buffer), self.left)
        buffer[:count] = bytes(count)
        self.left -= count
        return count


def zeros(name: str, size: int, known: bool) -> ZipEntry:
    return ZipEntry(name, size if known else None, lambda: io.BufferedReader(Zeros(size)))


def test_memory_does_not_grow_with_the_photos() -> None:
    tracemalloc.start()
    total = sum(len(piece) for piece in stream_zip([zeros(f"{n}", 2 * MEGABYTE, True) for n in range(20)]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total > 40 * MEGABYTE
    assert peak < 3 * MEGABYTE


@pytest.mark.parametrize("known", [True, False])
def test_a_file_past_4_gib_is_found_again(tmp_path: Path, known: bool) -> None:
    """Written with holes where the zeros are, so that it costs no disk; read back by another process's zipfile."""
    size = 4 * 1024 * MEGABYTE + 5
    path = tmp_path / "large.zip"
    with path.open("wb") as file:
        for piece in pieces_of(size, known):
            if piece.count(0) == len(piece):
                file.seek(len(piece), io.SEEK_CUR)
            else:
                file.write(piece)
    code = (
        "import sys, zipfile; archive = zipfile.ZipFile(sys.argv[1]); "
        "print([(i.filename, i.file_size) for i in archive.infolist()], archive.read('after.jpg'))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{[('large.bin', size), ('after.jpg', 5)]} b'after'"


def pieces_of(size: int, known: bool) -> Iterator[bytes]:
    return stream_zip([zeros("large.bin", size, known), entry("after.jpg", b"after")])
