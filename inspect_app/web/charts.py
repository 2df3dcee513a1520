"""Charts drawn on the server as SVG: sizes and places only; templates write them down, each with its table."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians, sqrt

WIDTH = 640
LABEL_WIDTH = 210
BAR_HEIGHT = 22
GAP = 6
LARGEST = 20  # radius of the largest bubble
NAMED = 8  # how many bubbles bear their name


@dataclass(frozen=True)
class Bar:
    label: str
    value: int
    part: int  # of the value: severity 3 and 4
    visits: int
    url: str


@dataclass(frozen=True)
class DrawnBar:
    bar: Bar
    y: int
    middle: int
    width: float
    part: float


@dataclass(frozen=True)
class BarChart:
    width: int
    height: int
    left: int
    bar_height: int
    bars: list[DrawnBar]


def bars(rows: Sequence[Bar]) -> BarChart:
    """Horizontal bars in the given order; the longest fills the width."""
    most = max((row.value for row in rows), default=0) or 1
    space = WIDTH - LABEL_WIDTH - 60
    drawn = [
        DrawnBar(
            row,
            number * (BAR_HEIGHT + GAP),
            number * (BAR_HEIGHT + GAP) + BAR_HEIGHT // 2 + 5,
            round(row.value / most * space, 1),
            round(row.part / most * space, 1),
        )
        for number, row in enumerate(rows)
    ]
    return BarChart(WIDTH, max(1, len(rows)) * (BAR_HEIGHT + GAP), LABEL_WIDTH, BAR_HEIGHT, drawn)


@dataclass(frozen=True)
class Bubble:
    label: str
    lat: float
    lon: float
    value: int
    visits: int
    url: str


@dataclass(frozen=True)
class DrawnBubble:
    bubble: Bubble
    x: float
    y: float
    radius: float
    named: bool


@dataclass(frozen=True)
class BubbleMap:
    width: int
    height: int
    bubbles: list[DrawnBubble]


def bubbles(rows: Sequence[Bubble]) -> BubbleMap:
    """Bubbles at their places, area by value, the large ones below the small ones; the biggest bear names."""
    if not rows:
        return BubbleMap(WIDTH, 1, [])
    south, north = min(row.lat for row in rows), max(row.lat for row in rows)
    west, east = min(row.lon for row in rows), max(row.lon for row in rows)
    narrow = cos(radians((south + north) / 2))
    scale = (WIDTH - 120) / max((east - west) * narrow, (north - south) * 0.8, 0.05)
    most = max(row.value for row in rows)
    ordered = sorted(rows, key=lambda row: -row.value)
    drawn = [
        DrawnBubble(
            row,
            round(40 + (row.lon - west) * narrow * scale, 1),
            round(40 + (north - row.lat) * scale, 1),
            round(max(3.0, LARGEST * sqrt(row.value / most)), 1),
            number < NAMED,
        )
        for number, row in enumerate(ordered)
    ]
    return BubbleMap(WIDTH, round(80 + (north - south) * scale), drawn)
