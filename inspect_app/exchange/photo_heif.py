"""Walk a HEIF file (ISO/IEC 23008-12): a tree of boxes that must end exactly at the end of the file.

The size comes from the `ispe` properties (the largest is the photo; others are tiles and thumbnails). Where EXIF lies
is told by `iinf` and `iloc`, read only when asked for.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from .photo_structure import Flaw, Structure, read_exactly, steps

Box = tuple[bytes, int, int]  # type, start of the body, end
CODED_AS_HEVC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
NAMED_GENERALLY = frozenset({b"mif1", b"msf1", b"mif2"})
ILOC_LIMIT = 256 * 1024  # bytes; a 100 MP photo of 512 px tiles needs 8 KB


def heif_media_type(head: bytes) -> str | None:
    """image/heic or image/heif by the `ftyp` brands in the first bytes, or None (AVIF, MP4, anything else)."""
    if head[4:8] != b"ftyp":
        return None
    end = min(int.from_bytes(head[:4], "big"), len(head))
    major, others = head[8:12], {head[at : at + 4] for at in range(16, end - 3, 4)}
    if major in CODED_AS_HEVC:
        return "image/heic"
    if major in NAMED_GENERALLY and (others & CODED_AS_HEVC or b"avif" not in others):
        return "image/heif"
    return None


def walk_heif(file: BinaryIO, size: int, structure: Structure) -> None:
    """All boxes of the top level, and those that lead to `ispe`. Raises Flaw."""
    kinds = set()
    for kind, start, end in _boxes(file, 0, size, "truncated"):
        kinds.add(kind)
        if kind == b"meta":
            _measure(file, start + 4, end, structure)
    if b"meta" not in kinds or b"mdat" not in kinds:  # cut off between two boxes
        raise Flaw("truncated")
    if not structure.width * structure.height:
        raise Flaw("malformed")
    structure.end = size


def _boxes(file: BinaryIO, start: int, end: int, too_long: str = "malformed") -> Iterator[Box]:
    """The boxes between two offsets; `too_long` is the flaw of a box that reaches beyond `end`."""
    for _ in steps():
        if start == end:
            return
        if start + 8 > end:
            raise Flaw(too_long)
        length, kind = struct.unpack(">I4s", read_exactly(file, start, 8))
        body = start + 8
        if length == 1:
            length, body = int.from_bytes(read_exactly(file, body, 8), "big"), body + 8
        elif length == 0:  # reaches to the end
            length = end - start
        if start + length < body:
            raise Flaw("malformed")
        if start + length > end:
            raise Flaw(too_long)
        yield kind, body, start + length
        start += length


def _measure(file: BinaryIO, start: int, end: int, structure: Structure) -> None:
    for properties in _inside(file, start, end, b"iprp"):
        for container in _inside(file, *properties, b"ipco"):
            for at, _end in _inside(file, *container, b"ispe"):
                structure.measure(*struct.unpack(">II", read_exactly(file, at + 4, 8)))


def _inside(file: BinaryIO, start: int, end: int, wanted: bytes) -> Iterator[tuple[int, int]]:
    for kind, body, stop in _boxes(file, start, end):
        if kind == wanted:
            yield body, stop


def find_heif_exif(file: BinaryIO, size: int) -> tuple[int, int] | None:
    """The span of the TIFF block of the first Exif item, or None. Raises Flaw."""
    for kind, start, end in _boxes(file, 0, size):
        if kind != b"meta":
            continue
        item = next(_exif_items(file, start + 4, end), None)
        places = next(_inside(file, start + 4, end, b"iloc"), None)
        if item is None or places is None:
            return None
        span = _place_of(file, places, item)
        if span is None or span[1] > size:
            return None
        skipped = int.from_bytes(read_exactly(file, span[0], 4), "big")
        return span[0] + 4 + skipped, span[1]
    return None


def _exif_items(file: BinaryIO, start: int, end: int) -> Iterator[int]:
    """Ids of the items of type Exif (`infe` versions 2 and 3)."""
    for at, stop in _inside(file, start, end, b"iinf"):
        wide = read_exactly(file, at, 1) != b"\x00"
        for entry, _end in _inside(file, at + (8 if wide else 6), stop, b"infe"):
            version = read_exactly(file, entry, 1)[0]
            id_size = 4 if version == 3 else 2
            body = read_exactly(file, entry + 4, id_size + 6)
            if version in (2, 3) and body[-4:] == b"Exif":
                yield int.from_bytes(body[:id_size], "big")


def _place_of(file: BinaryIO, box: tuple[int, int], wanted: int) -> tuple[int, int] | None:
    """File span of an item's first extent, from `iloc` versions 0 to 2; None if not stored by file offset."""
    data = read_exactly(file, box[0], min(box[1] - box[0], ILOC_LIMIT))
    version, sizes = data[0], data[4:6]
    offset_size, length_size, base_size = sizes[0] >> 4, sizes[0] & 15, sizes[1] >> 4
    index_size = sizes[1] & 15 if version else 0
    id_size = 4 if version == 2 else 2
    at = 6 + id_size  # the count is as wide as an id; the data, not the count, bounds the walk
    while at + id_size + 4 <= len(data):
        item, at = _number(data, at, id_size)
        method = 0
        if version:
            method, at = _number(data, at, 2)
        base, at = _number(data, at + 2, base_size)
        extents, at = _number(data, at, 2)
        if item == wanted:
            offset, after = _number(data, at + index_size, offset_size)
            length, _ = _number(data, after, length_size)
            by_file = extents and not method & 15
            return (base + offset, base + offset + length) if by_file else None
        at += extents * (index_size + offset_size + length_size)
    return None


def _number(data: bytes, at: int, size: int) -> tuple[int, int]:
    return int.from_bytes(data[at : at + size], "big"), at + size
