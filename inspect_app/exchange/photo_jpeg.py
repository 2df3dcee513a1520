"""Walk a JPEG (ITU T.81 annex B): segments to the first scan, then marker by marker to the EOI of the main image.

Embedded thumbnails lie inside segments and are jumped over, so their EOI is never mistaken for the photo's own.
"""

import re
from typing import BinaryIO

from .photo_structure import PIECE, Flaw, Structure, read_exactly, steps

SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # frame headers; the three others are DHT, JPG, DAC
STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
EOI, SOS, APP1 = 0xD9, 0xDA, 0xE1
EXIF_HEADER = b"Exif\x00\x00"
# In scan data FF is followed by 00 (stuffing) or RSTn; only these markers may follow a scan. No `+`: stays linear.
AFTER_SCAN = re.compile(rb"\xff[\xc4\xd9-\xdd\xe0-\xef\xfe]")
SCAN_LIMIT = 1_000  # progressive cameras write some 10 scans


def walk_jpeg(file: BinaryIO, size: int, structure: Structure, to_the_end: bool) -> None:
    """Fill `structure`; with `to_the_end` false stop at the first scan. Raises Flaw."""
    offset = _walk_header(file, size, structure)
    if to_the_end:
        structure.end = _end_of_scans(file, offset)


def _walk_header(file: BinaryIO, size: int, structure: Structure) -> int:
    offset = 2
    for _ in steps():
        lead, marker = read_exactly(file, offset, 2)
        if lead != 0xFF:
            raise Flaw("malformed")
        if marker == 0xFF:  # fill byte
            offset += 1
            continue
        offset += 2
        if marker in STANDALONE:
            continue
        if marker == EOI:  # an end without a picture
            raise Flaw("malformed")
        length = int.from_bytes(read_exactly(file, offset, 2), "big")
        if length < 2:
            raise Flaw("malformed")
        _read_segment(file, marker, offset + 2, offset + length, structure)
        offset += length
        if offset > size:
            raise Flaw("truncated")
        if marker == SOS:
            break
    if not structure.width * structure.height:
        raise Flaw("malformed")
    return offset


def _read_segment(file: BinaryIO, marker: int, start: int, end: int, structure: Structure) -> None:
    if marker in SOF:
        frame = read_exactly(file, start, 5)
        structure.measure(int.from_bytes(frame[3:5], "big"), int.from_bytes(frame[1:3], "big"))
    elif marker == APP1 and end - start > len(EXIF_HEADER):
        head = read_exactly(file, start, len(EXIF_HEADER))
        if head == EXIF_HEADER:
            structure.exif.append((start + len(EXIF_HEADER), end))


def _end_of_scans(file: BinaryIO, offset: int) -> int:
    """Offset after the EOI that ends the picture. Phones append more behind it (MPF, motion photo): not our end."""
    jumps = 0
    while jumps < SCAN_LIMIT:
        file.seek(offset)
        piece = file.read(PIECE)
        found = AFTER_SCAN.search(piece)
        if found is None:
            if len(piece) < PIECE:
                raise Flaw("truncated")
            offset += len(piece) - 1  # the last byte may be the FF of a marker
            continue
        at = offset + found.start()
        if piece[found.end() - 1] == EOI:
            return at + 2
        offset = at + 2 + max(2, int.from_bytes(read_exactly(file, at + 2, 2), "big"))
        jumps += 1
    raise Flaw("malformed")
