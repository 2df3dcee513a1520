"""Walk the two formats made of chunks: PNG (W3C PNG, clause 5) to IEND, WebP (RFC 9649) to its RIFF length."""

import struct
import zlib
from typing import BinaryIO

from .photo_structure import Flaw, Structure, read_exactly, steps


def walk_png(file: BinaryIO, size: int, structure: Structure) -> None:
    """IHDR first (its checksum is verified), then every chunk header to IEND, at least one IDAT. Raises Flaw."""
    offset, picture = 8, False
    for step in steps():
        length, kind = struct.unpack(">I4s", read_exactly(file, offset, 8))
        if not kind.isalpha() or (step == 0) != (kind == b"IHDR"):
            raise Flaw("malformed")
        if kind == b"IHDR":
            structure.measure(*_png_size(file, offset, length))
        elif kind == b"IDAT":
            picture = picture or length > 0
        elif kind == b"eXIf":
            structure.exif[:] = [(offset + 8, min(size, offset + 8 + length))]
        offset += 12 + length
        if offset > size:
            raise Flaw("truncated")
        if kind == b"IEND":
            break
    if not picture or not structure.width * structure.height:
        raise Flaw("malformed")
    structure.end = offset


def _png_size(file: BinaryIO, offset: int, length: int) -> tuple[int, int]:
    if length != 13:
        raise Flaw("malformed")
    chunk = read_exactly(file, offset + 4, 4 + 13 + 4)
    if zlib.crc32(chunk[:17]) != int.from_bytes(chunk[17:], "big"):
        raise Flaw("malformed")
    return int.from_bytes(chunk[4:8], "big"), int.from_bytes(chunk[8:12], "big")


def walk_webp(file: BinaryIO, size: int, structure: Structure) -> None:
    """The RIFF length must be the file's; every chunk header is visited. Raises Flaw.

    Nothing may follow the RIFF: unlike JPEG and PNG no phone appends anything to a WebP.
    """
    declared = 8 + int.from_bytes(read_exactly(file, 4, 4), "little")
    offset, picture = 12, False
    for _ in steps():
        if offset + 8 > min(declared, size):
            break
        kind, length = struct.unpack("<4sI", read_exactly(file, offset, 8))
        picture = _read_webp_chunk(file, kind, offset + 8, length, structure) or picture
        if kind == b"EXIF":
            structure.exif[:] = [(offset + 8, min(size, offset + 8 + length))]
        offset += 8 + length + (length & 1)
    if declared > size:
        raise Flaw("truncated")
    if declared < size or offset != declared or not picture or not structure.width * structure.height:
        raise Flaw("malformed")
    structure.end = declared


def _read_webp_chunk(file: BinaryIO, kind: bytes, at: int, length: int, structure: Structure) -> bool:
    """Take the size a chunk names; true if the chunk holds picture data."""
    if kind == b"VP8X":
        head = read_exactly(file, at, 10)
        structure.measure(1 + int.from_bytes(head[4:7], "little"), 1 + int.from_bytes(head[7:10], "little"))
    elif kind == b"VP8 ":
        head = read_exactly(file, at, 10)
        if head[3:6] != b"\x9d\x01\x2a":
            raise Flaw("malformed")
        width, height = struct.unpack("<HH", head[6:10])
        structure.measure(width & 0x3FFF, height & 0x3FFF)
    elif kind == b"VP8L":
        head = read_exactly(file, at, 5)
        if head[0] != 0x2F:
            raise Flaw("malformed")
        bits = int.from_bytes(head[1:5], "little")
        structure.measure(1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    return kind in (b"VP8 ", b"VP8L", b"ANMF") and length > 0
