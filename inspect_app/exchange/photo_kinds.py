"""Which of the four photo formats a file is, by its first bytes alone, and the walker of each."""

from typing import BinaryIO

from .photo_chunks import walk_png, walk_webp
from .photo_heif import heif_media_type, walk_heif
from .photo_jpeg import walk_jpeg
from .photo_structure import Structure

HEAD = 256  # bytes; `ftyp` boxes of phones are 24 to 52 bytes long


def identify(file: BinaryIO, size: int) -> Structure | None:
    """An empty Structure of the right media type, or None if this is none of the four formats."""
    file.seek(0)
    head = file.read(min(size, HEAD))
    media_type: str | None
    if head.startswith(b"\xff\xd8\xff"):
        media_type = "image/jpeg"
    elif head.startswith(b"\x89PNG\r\n\x1a\n"):
        media_type = "image/png"
    elif head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        media_type = "image/webp"
    else:
        media_type = heif_media_type(head)
    return Structure(media_type) if media_type else None


def walk(file: BinaryIO, size: int, structure: Structure, *, to_the_end: bool = True) -> None:
    """Fill `structure` from the file; `to_the_end` false spares the search through JPEG scans. Raises Flaw."""
    if structure.media_type == "image/jpeg":
        walk_jpeg(file, size, structure, to_the_end)
    elif structure.media_type == "image/png":
        walk_png(file, size, structure)
    elif structure.media_type == "image/webp":
        walk_webp(file, size, structure)
    else:
        walk_heif(file, size, structure)
