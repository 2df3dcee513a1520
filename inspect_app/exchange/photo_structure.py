"""What the walkers of photo formats share: the facts they gather, the flaw they raise, reads that never run away.

A walker touches headers and structural ends only: it decodes no pixel, holds at most one piece of the file, and
counts its steps, so that a file made to be slow is refused as malformed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

PIECE = 256 * 1024  # bytes held at once while searching through picture data
STEP_LIMIT = 50_000  # segments, chunks or boxes; a 400 MB PNG of 8 KB chunks still passes


class Flaw(Exception):
    """The structure ends or contradicts itself; `slug` is "truncated" or "malformed" (see photos.MESSAGES)."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


@dataclass
class Structure:
    """Filled while walking, so that what was learnt before a flaw survives it. Sizes in pixels as stored."""

    media_type: str
    width: int = 0
    height: int = 0
    end: int = 0  # first byte after the picture; 0 until its proper end was found
    exif: list[tuple[int, int]] = field(
        default_factory=list
    )  # spans [start, end) that join to one EXIF block

    def measure(self, width: int, height: int) -> None:
        """Keep the largest picture named: a file may carry thumbnails and tiles beside the photo."""
        if width * height > self.width * self.height:
            self.width, self.height = width, height


def read_exactly(file: BinaryIO, offset: int, count: int) -> bytes:
    """`count` bytes at `offset`; raises Flaw("truncated") where the file is shorter. Callers keep `count` small."""
    file.seek(offset)
    data = file.read(count)
    if len(data) < count:
        raise Flaw("truncated")
    return data


def steps() -> Iterator[int]:
    """Count the steps of a walk; raises Flaw("malformed") after STEP_LIMIT."""
    yield from range(STEP_LIMIT)
    raise Flaw("malformed")
