"""Administrative units as their screens show them: the tree of a day, and what a unit came from and became."""

from dataclasses import dataclass
from datetime import date

from inspect_app.domain.problems import N_
from inspect_app.domain.units import Gazetteer, Succession, Unit

from .unit_picker import name_of, place_of

MOVES = {
    "merged": N_("nhập toàn bộ"),
    "renamed": N_("đổi tên hoặc loại"),
    "reparented": N_("chuyển toàn bộ sang đơn vị cấp trên khác"),
    "split": N_("chia ra"),
    "partial": N_("giao một phần"),
}
LEVEL_LABELS = {"province": N_("Cấp tỉnh"), "district": N_("Cấp huyện"), "commune": N_("Cấp xã")}


@dataclass(frozen=True)
class Branch:
    """A unit in the tree of a day, with what lies in it, both in Vietnamese order."""

    unit: Unit
    label: str
    below: tuple["Branch", ...]


@dataclass(frozen=True)
class Move:
    """One succession seen from one of its ends: the unit at the other end, how, when and by which resolution."""

    unit: Unit
    label: str
    place: str
    kind: str
    whole: bool
    effective: date
    reference: str


def tree(gazetteer: Gazetteer, day: date) -> list[Branch]:
    """Provinces of a day with their districts and communes."""
    below: dict[str, list[Unit]] = {}
    units = gazetteer.in_force(day)
    for unit in units:
        below.setdefault(unit.parent_code, []).append(unit)

    def branch(unit: Unit) -> Branch:
        # Codes are unique on one day across levels, since each level has its own length.
        return Branch(unit, name_of(unit), tuple(branch(child) for child in below.get(unit.code, ())))

    return [branch(unit) for unit in units if unit.level == "province"]


def came_from(gazetteer: Gazetteer, unit: Unit) -> list[Move]:
    moves = [move for move in gazetteer.successions if move.target == unit.key]
    return _moves(gazetteer, [(gazetteer.by_key(move.source), move) for move in moves])


def became(gazetteer: Gazetteer, unit: Unit) -> list[Move]:
    moves = [move for move in gazetteer.successions if move.source == unit.key]
    return _moves(gazetteer, [(gazetteer.by_key(move.target), move) for move in moves])


def _moves(gazetteer: Gazetteer, pairs: list[tuple[Unit, Succession]]) -> list[Move]:
    by_key = {unit.key: move for unit, move in pairs}
    return [
        Move(
            unit, name_of(unit), place_of(gazetteer, unit, unit.valid_from), by_key[unit.key].kind,
            by_key[unit.key].whole, by_key[unit.key].effective, by_key[unit.key].reference,
        )
        for unit in gazetteer.ordered(unit for unit, _move in pairs)
    ]  # fmt: skip


def below_on(gazetteer: Gazetteer, unit: Unit, day: date) -> list[Unit]:
    """What lies in a unit on a day of its validity."""
    return [child for child in gazetteer.in_force(day) if gazetteer.parent(child, day) == unit]
