"""Whether a new resolution may be loaded: every fault with its file and row, so that a person can mend the files.

All or nothing: `check` returns no fault, then `plan` says what to write, and `difference` what that means in words.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from .lineage import PART_KINDS, WHOLE_KINDS, Unit, UnitKey
from .problems import N_
from .resolution_difference import Difference, LevelCount, difference
from .resolution_rows import (
    SUCCESSIONS_FILE,
    UNITS_FILE,
    Change,
    Plan,
    RowFault,
    SuccessionLine,
    UnitLine,
    applied,
    find_unit,
    plan,
)
from .sentences import Sentence
from .text import capital, format_date
from .units import Gazetteer

__all__ = [
    "SUCCESSIONS_FILE", "UNITS_FILE", "Change", "Difference", "LevelCount", "Plan", "RowFault", "SuccessionLine",
    "UnitLine", "applied", "check", "difference", "find_unit", "plan",
]  # fmt: skip

KINDS = {
    "province": ("tỉnh", "thành phố"),
    "district": ("quận", "huyện", "thị xã", "thành phố"),
    "commune": ("xã", "phường", "thị trấn", "đặc khu"),
}
_DIGITS = {"province": 2, "district": 3, "commune": 5}
_PARENTS = {"district": ("province",), "commune": ("district", "province")}


def check(current: Gazetteer, change: Change) -> list[RowFault]:
    """All faults of `change` against the units we have, in the order of files and rows; none means it may be loaded.

    Refused are: rows of the wrong form or twice, a known row with anything else changed than its end, ranges of one
    code that overlap, a parent that is missing on some day, a closed province or commune without successor
    (districts ended by law, without), successions between unknown units or at the wrong day, whole moves with more
    than one receiver and divided units with one.
    """
    faults = [RowFault(UNITS_FILE, row, text) for row, text in _unit_faults(current, change)]
    faults += [RowFault(SUCCESSIONS_FILE, row, text) for row, text in _succession_faults(current, change)]
    order = {UNITS_FILE: 0, SUCCESSIONS_FILE: 1}
    return sorted(faults, key=lambda fault: (order[fault.file], fault.row))


class _After:
    """The tables as the change would leave them; `rows` says where a unit stands in the file."""

    def __init__(self, current: Gazetteer, change: Change) -> None:
        self.units: dict[UnitKey, Unit] = {unit.key: unit for unit in current.units}
        self.rows: dict[UnitKey, int] = {}
        for line in change.units:
            self.units[line.key] = line.as_unit(0)
            self.rows.setdefault(line.key, line.row)
        self.by_code: dict[str, list[Unit]] = defaultdict(list)
        for unit in sorted(self.units.values(), key=lambda unit: unit.valid_from):
            self.by_code[unit.code].append(unit)

    def gap(self, unit: Unit) -> date | None:
        """The first day in the range of `unit` on which its parent is not in force; None if it always is."""
        day = unit.valid_from
        while unit.valid_to is None or day < unit.valid_to:
            above = next((above for above in self.by_code[unit.parent_code] if above.holds_on(day)), None)
            if above is None or above.level not in _PARENTS[unit.level]:
                return day
            if above.valid_to is None:
                return None
            day = above.valid_to
        return None


def _unit_faults(current: Gazetteer, change: Change) -> Iterator[tuple[int, str]]:
    sound: list[UnitLine] = []
    seen: dict[UnitKey, int] = {}
    for line in change.units:
        found = list(_line_faults(line))
        if line.key in seen:
            found.append(
                Sentence(N_("Trùng với hàng %(row)s: cùng mã và ngày có hiệu lực."), row=seen[line.key])
            )
        seen.setdefault(line.key, line.row)
        found += _changed_more_than_the_end(find_unit(current, line.key), line)
        yield from ((line.row, text) for text in found)
        if not found:
            sound.append(line)
    after = _After(current, Change(tuple(sound), change.successions))
    sources = {move.source for move in current.successions} | {line.source for line in change.successions}
    for line in sound:
        yield from ((line.row, text) for text in _overlaps(after, line))
        if line.valid_to and line.level != "district" and line.key not in sources:
            text = N_("Hết hiệu lực từ %(day)s nhưng successions.csv không nói %(unit)s nhập vào đâu.")
            yield line.row, Sentence(text, day=format_date(line.valid_to), unit=_named(line))
    yield from _orphans(after)


def _line_faults(line: UnitLine) -> Iterator[str]:
    if line.level not in _DIGITS:
        yield Sentence(
            N_("Cấp phải là province, district hoặc commune, không phải “%(level)s”."), level=line.level
        )
        return
    if len(line.code) != _DIGITS[line.level] or not (line.code.isascii() and line.code.isdigit()):
        yield Sentence(N_("Mã “%(code)s” sai: cấp tỉnh có 2 chữ số, cấp huyện 3, cấp xã 5."), code=line.code)
    if line.kind not in KINDS[line.level]:
        text = N_("Loại “%(kind)s” không thuộc cấp này; hãy ghi một trong: %(kinds)s.")
        yield Sentence(text, kind=line.kind, kinds=", ".join(KINDS[line.level]))
    if not line.name:
        yield N_("Thiếu tên đơn vị.")
    elif any(line.name.lower().startswith(f"{kind} ") for kinds in KINDS.values() for kind in kinds):
        yield N_("Tên ghi không kèm loại: “Bình Thanh”, không phải “xã Bình Thanh”.")
    if line.valid_to is not None and line.valid_to <= line.valid_from:
        yield N_("Ngày hết hiệu lực phải sau ngày có hiệu lực.")
    if (line.level == "province") != (line.parent_code == ""):
        yield N_("Cấp tỉnh không có đơn vị cấp trên; cấp huyện, cấp xã phải có mã cấp trên.")


def _changed_more_than_the_end(existing: Unit | None, line: UnitLine) -> Iterator[str]:
    if existing is None:
        return
    fields = ("name", "kind", "level", "parent_code")
    if any(getattr(existing, field) != getattr(line, field) for field in fields):
        text = N_(
            "Đơn vị này đã có (%(unit)s); hàng đã có chỉ được điền ngày hết hiệu lực, không sửa gì khác."
        )
        yield Sentence(text, unit=existing.full_name)
    elif existing.valid_to is not None and existing.valid_to != line.valid_to:
        text = N_("Đơn vị này đã hết hiệu lực từ %(day)s; không đổi ngày đó được nữa.")
        yield Sentence(text, day=format_date(existing.valid_to))


def _overlaps(after: _After, line: UnitLine) -> Iterator[str]:
    for other in after.by_code[line.code]:
        # Of two rows that overlap one is told, the younger, unless only the older one stands in the file.
        younger = other.key > line.key
        if other.key == line.key or (younger and other.key in after.rows):
            continue
        first, second = (line.as_unit(0), other) if younger else (other, line.as_unit(0))
        if first.valid_to is None or first.valid_to > second.valid_from:
            text = N_("Thời gian hiệu lực chồng lên %(unit)s mã %(code)s (%(range)s).")
            yield Sentence(text, unit=other.full_name, code=other.code, range=_range(other))


def _orphans(after: _After) -> Iterator[tuple[int, str]]:
    left_below: dict[int, list[Unit]] = defaultdict(list)
    codes = {code: row for (code, _), row in after.rows.items()}
    for unit in after.units.values():
        touched = unit.key in after.rows or unit.parent_code in codes
        gap = after.gap(unit) if touched and unit.level in _PARENTS else None
        if gap is None:
            continue
        if unit.key in after.rows:
            text = N_("Đơn vị cấp trên mã %(parent)s không có hiệu lực vào ngày %(day)s.")
            yield after.rows[unit.key], Sentence(text, parent=unit.parent_code, day=format_date(gap))
        else:
            left_below[_closing_row(after, unit.parent_code, gap)].append(unit)
    for row, units in left_below.items():
        names = ", ".join(unit.full_name for unit in units[:3]) + (", …" if len(units) > 3 else "")
        text = N_("Đơn vị này hết hiệu lực nhưng còn %(count)s đơn vị bên dưới: %(names)s.")
        yield row, Sentence(text, count=len(units), names=names)


def _closing_row(after: _After, code: str, day: date) -> int:
    """The row in the file that ends `code` on `day`, so that those below it are left without a parent."""
    rows = {unit.valid_to: after.rows[unit.key] for unit in after.by_code[code] if unit.key in after.rows}
    return rows.get(day) or max(rows.values())


def _succession_faults(current: Gazetteer, change: Change) -> Iterator[tuple[int, str]]:
    after = _After(current, change)
    known = {(move.source, move.target): move for move in current.successions}
    seen: dict[tuple[UnitKey, UnitKey], int] = {}
    for line in change.successions:
        pair = (line.source, line.target)
        if pair in seen:
            yield line.row, Sentence(N_("Trùng với hàng %(row)s: cùng đơn vị cũ và mới."), row=seen[pair])
        elif pair in known and known[pair] != line.as_succession():
            yield line.row, N_("Quan hệ này đã có với nội dung khác; không sửa được nữa.")
        seen.setdefault(pair, line.row)
        yield from ((line.row, text) for text in _move_faults(after, line))
    yield from _mixed_moves(current, change)


def _move_faults(after: _After, line: SuccessionLine) -> Iterator[str]:
    source, target = after.units.get(line.source), after.units.get(line.target)
    for unit, key in ((source, line.source), (target, line.target)):
        if unit is None:
            text = N_("Không có đơn vị mã %(code)s có hiệu lực từ %(day)s.")
            yield Sentence(text, code=key[0], day=format_date(key[1]))
    if line.kind not in WHOLE_KINDS | PART_KINDS:
        text = N_("Loại “%(kind)s” không có; hãy ghi merged, renamed, reparented, split hoặc partial.")
        yield Sentence(text, kind=line.kind)
    if not line.reference:
        yield N_("Thiếu số nghị quyết ở cột source.")
    if source is not None and source.valid_to != line.effective:
        text = N_("%(unit)s không hết hiệu lực vào ngày %(day)s.")
        yield Sentence(text, unit=capital(source.full_name), day=format_date(line.effective))
    if target is not None and target.valid_from != line.effective:
        text = N_("%(unit)s không bắt đầu có hiệu lực vào ngày %(day)s.")
        yield Sentence(text, unit=capital(target.full_name), day=format_date(line.effective))


def _mixed_moves(current: Gazetteer, change: Change) -> Iterator[tuple[int, str]]:
    """Faults of all successions of one source taken together, told at the last row in the file."""
    moves = {(move.source, move.target): move for move in current.successions}
    rows: dict[UnitKey, int] = {}
    for line in change.successions:
        moves[line.source, line.target] = line.as_succession()
        rows[line.source] = line.row
    by_source = defaultdict(list)
    for move in moves.values():
        by_source[move.source].append(move)
    for source, row in rows.items():
        kinds = {move.kind for move in by_source[source]}
        if kinds & WHOLE_KINDS and len(by_source[source]) > 1:
            yield (
                row,
                Sentence(
                    N_("Đơn vị cũ chuyển toàn bộ (%(kinds)s) thì chỉ có một đơn vị nhận."),
                    kinds=", ".join(sorted(kinds)),
                ),
            )
        elif kinds and kinds <= PART_KINDS and (len(by_source[source]) < 2 or len(kinds) > 1):
            yield (
                row,
                N_("Đơn vị bị chia phải có từ hai đơn vị nhận trở lên, cùng một loại split hoặc partial."),
            )
        elif kinds == {"partial"} and all(move.target[0] != source[0] for move in by_source[source]):
            yield row, N_("Loại partial: phải có một hàng cho phần còn lại, dưới chính mã cũ.")


def _named(line: UnitLine) -> str:
    return f"{line.kind} {line.name}"


def _range(unit: Unit) -> str:
    until = format_date(unit.valid_to) if unit.valid_to else "…"
    return f"{format_date(unit.valid_from)}–{until}"
