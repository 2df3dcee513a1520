"""Charts drawn on the server as SVG: sizes and places only. Templates write them down, each with its table.

Lengths are in the units of the drawing's viewBox. Nothing here knows of pages, words or colours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import cos, radians, sqrt

WIDE, NARROW = 600, 380  # for a desk; for a phone and for half a sheet of paper
ROW, TALL_ROW = 21, 34
LETTER = 7.0  # mean width of a letter of a label
NUMBERS = 96  # room for a value behind the longest bar and a detail at the edge
LARGEST = 23  # radius of the largest bubble
NAMED = 9  # how many bubbles may bear their name


@dataclass(frozen=True)
class Bar:
    """One row: how long, how much of that is dark, and the words beside it. Without length: a heading of those below."""

    label: str
    length: float | None
    dark: float = 0
    value: str = ""
    detail: str = ""
    url: str = ""
    quiet: bool = False


@dataclass(frozen=True)
class DrawnBar:
    bar: Bar
    label: str  # cut to its room
    label_base: float
    top: float
    base: float  # of the numbers
    width: float
    dark: float


@dataclass(frozen=True)
class BarChart:
    bars: list[DrawnBar]
    width: int
    height: float
    left: int  # where bars begin
    thick: int = ROW - 6


def draw_bars(rows: Sequence[Bar], width: int = WIDE, *, tall: bool = False) -> BarChart:
    """Horizontal bars in the given order; the longest fills the width. `tall`: long labels stand above their bars."""
    left = 0 if tall else min(190, width * 4 // 9)
    step = TALL_ROW if tall else ROW
    most = max((row.length or 0 for row in rows), default=0) or 1
    scale = (width - left - NUMBERS - (40 if tall else 0)) / most
    drawn = []
    for number, row in enumerate(rows):
        top = number * step + (18 if tall else 3)
        label_base = number * step + (13 if tall else 15)
        room = width if tall or row.length is None else left
        drawn.append(
            DrawnBar(
                row, _cut(row.label, room), label_base, top, top + 12, round((row.length or 0) * scale, 1),
                round(row.dark * scale, 1),
            )
        )  # fmt: skip
    return BarChart(drawn, width, max(1, len(rows)) * step + 2, left, 12 if tall else ROW - 6)


def _cut(label: str, width: float) -> str:
    most = int(width / LETTER)
    return label if len(label) <= most else label[: most - 1].rstrip(" ,;") + "…"


@dataclass(frozen=True)
class Point:
    """A place on the map: `value` 0 is a mere dot, that shows where there is nothing to show."""

    label: str
    lat: float
    lon: float
    value: int
    url: str = ""
    detail: str = ""
    office: bool = False  # of a district that may lie on its commune: a ring


@dataclass(frozen=True)
class DrawnPoint:
    point: Point
    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class Name:
    text: str
    x: float
    y: float
    anchor: str


@dataclass(frozen=True)
class BubbleMap:
    dots: list[DrawnPoint]
    bubbles: list[DrawnPoint]  # the large ones first, so that the small ones lie on them
    names: list[Name]
    width: int
    height: int


Box = tuple[float, float, float, float]  # left, top, right, bottom


def draw_map(points: Sequence[Point], width: int = WIDE - 60) -> BubbleMap:
    """Bubbles at their places, area by value; the frame holds all points, the biggest bubbles bear their names."""
    if not points:
        return BubbleMap([], [], [], width, 60)
    south, north = min(at.lat for at in points), max(at.lat for at in points)
    west, east = min(at.lon for at in points), max(at.lon for at in points)
    largest = LARGEST * width / WIDE
    margin = largest + 14
    narrow = cos(radians((south + north) / 2))
    scale = min(
        (width - 2 * margin) / max((east - west) * narrow, 0.02),
        (width - 2 * margin) / max(north - south, 0.02),
    )
    most = max(at.value for at in points) or 1
    left = (width - (east - west) * narrow * scale) / 2
    drawn = [
        DrawnPoint(
            at, round(left + (at.lon - west) * narrow * scale, 1), round(margin + (north - at.lat) * scale, 1),
            round(max(2.5, largest * sqrt(at.value / most)), 1),
        )
        for at in points
    ]  # fmt: skip
    bubbles = sorted((at for at in drawn if at.point.value), key=lambda at: -at.point.value)
    height = round(2 * margin + (north - south) * scale)
    dots = [at for at in drawn if not at.point.value]
    return BubbleMap(dots, bubbles, _names(bubbles, width, height), width, height)


def _names(bubbles: Sequence[DrawnPoint], width: int, height: int) -> list[Name]:
    """Names of the biggest, beside, above or below their bubble, where they cover no other name."""
    names: list[Name] = []
    taken: list[Box] = [(0, 0, 50, 60)]  # the arrow to the north
    for at in bubbles[: 2 * NAMED]:
        if len(names) == NAMED:
            break
        long = LETTER * len(at.point.label)
        right, lower = at.x + at.radius + 3, at.y + 4
        places = (
            (Name(at.point.label, right, lower, "start"), right),
            (Name(at.point.label, at.x - at.radius - 3, lower, "end"), at.x - at.radius - 3 - long),
            (Name(at.point.label, at.x, at.y - at.radius - 3, "middle"), at.x - long / 2),
            (Name(at.point.label, at.x, at.y + at.radius + 12, "middle"), at.x - long / 2),
        )
        for name, start in places:
            box = (start, name.y - 11, start + long, name.y + 3)
            inside = box[0] > 2 and box[2] < width - 2 and box[1] > 2 and box[3] < height - 2
            if inside and not any(_meet(box, other) for other in taken):
                names.append(name)
                taken.append(box)
                break
    return names


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@dataclass(frozen=True)
class Month:
    """What a month holds: findings, the grave among them, visits."""

    code: str  # 2026-03
    label: str
    value: int
    dark: int
    visits: int
    url: str


@dataclass(frozen=True)
class Column:
    month: Month
    x: float
    top: float
    height: float
    dark_top: float
    dark: float


@dataclass(frozen=True)
class Trend:
    columns: list[Column]
    thick: float
    line: str  # of visits, as the points of a polyline
    levels: list[tuple[float, int]]  # heights of the help lines and their values
    years: list[tuple[float, str]]  # where a year begins, or each month where there are few
    base: float
    width: int
    height: int
    left: int = 40


def draw_trend(months: Sequence[Month], width: int = WIDE) -> Trend:
    """Columns by month, in the order given, with visits as a line on the same scale."""
    height = 230 if width >= WIDE else 190
    left, right, top, base = 40, width - 6, 10, height - 24
    step = (right - left) / max(1, len(months))
    step = min(step, 46)
    most = max((max(month.value, month.visits) for month in months), default=0)
    unit = _step(most)
    ceiling = max(unit, -(-most // unit) * unit)
    high = (base - top) / ceiling
    thick = round(max(2.0, step * 0.72), 1)
    columns = [
        Column(
            month, round(left + number * step + (step - thick) / 2, 1), round(base - month.value * high, 1),
            round(month.value * high, 1), round(base - month.dark * high, 1), round(month.dark * high, 1),
        )
        for number, month in enumerate(months)
    ]  # fmt: skip
    line = " ".join(
        f"{round(column.x + thick / 2, 1)},{round(base - column.month.visits * high, 1)}"
        for column in columns
    )
    levels = [(round(base - value * high, 1), value) for value in range(0, ceiling + 1, unit)]
    few = len(months) <= width // 45
    years = [
        (column.x + (thick / 2 if few else 0), column.month.label if few else column.month.code[:4])
        for number, column in enumerate(columns)
        if few or column.month.code.endswith("-01") or (number == 0 and column.month.code[5:] < "09")
    ]
    return Trend(columns, thick, line, levels, years, base, width, height)


def _step(most: int) -> int:
    """A round distance of help lines, three or four of them."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if step * factor * 4 >= most:
                return step * factor
        step *= 10


def month_codes(first: str, last: str) -> list[str]:
    """All months from one to another, both inside: 2025-11, 2025-12, 2026-01."""
    start, end = date.fromisoformat(f"{first}-01"), date.fromisoformat(f"{last}-01")
    numbers = range(12 * start.year + start.month - 1, 12 * end.year + end.month)
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in numbers]
