"""Gazetteers for tests: the real one, read once, and small invented histories for properties."""

from datetime import date, timedelta
from functools import cache
from pathlib import Path

from hypothesis import strategies as st

import inspect_app
from inspect_app.domain.resolutions import Change, applied, check, plan
from inspect_app.domain.units import Gazetteer, Succession, Unit
from inspect_app.exchange.units_csv import read_points, read_successions, read_units

DATA = Path(inspect_app.__file__).parent / "data"
REFORM = date(2025, 7, 1)


def d(text: str) -> date:
    return date.fromisoformat(text)


def real_change() -> Change:
    units, faults = read_units((DATA / "units.csv").read_bytes())
    successions, more = read_successions((DATA / "successions.csv").read_bytes())
    assert not faults + more
    return Change(tuple(units), tuple(successions))


@cache
def real() -> Gazetteer:
    change, nothing = real_change(), Gazetteer([], [])
    assert check(nothing, change) == []
    return applied(nothing, plan(nothing, change))


def points() -> dict[tuple[str, date], tuple[float, float]]:
    found, faults = read_points((DATA / "points.csv").read_bytes())
    assert not faults
    return found


def unit(code: str, day: str) -> Unit:
    found = real().on(code, d(day))
    assert found, f"no unit {code} on {day}"
    return found


def names(units) -> list[str]:
    return [each.full_name for each in units]


@st.composite
def histories(draw: st.DrawFn) -> Gazetteer:
    """A small province with two or three districts, communes that merge, split, give parts away and change names
    through two or three reforms, and a last one that ends the districts."""
    days = [date(2020, 1, 1) + timedelta(days=200 * step) for step in range(draw(st.integers(3, 4)))]
    spans: list[list] = []  # [code, from, to, level, parent]
    moves: list[Succession] = []
    fresh = iter(range(1000))

    def open_unit(level: str, parent: str, day: date, code: str | None = None) -> list:
        digits = {"province": "{:02d}", "district": "{:03d}", "commune": "{:05d}"}[level]
        spans.append([code or digits.format(next(fresh)), day, None, level, parent])
        return spans[-1]

    def move(source: list, target: list, day: date, kind: str) -> None:
        moves.append(Succession((source[0], source[1]), (target[0], target[1]), day, kind, "NQ"))

    province = open_unit("province", "", days[0])
    districts = [open_unit("district", province[0], days[0]) for _ in range(draw(st.integers(2, 3)))]
    alive = [
        open_unit("commune", draw(st.sampled_from(districts))[0], days[0])
        for _ in range(draw(st.integers(3, 7)))
    ]
    for number, day in enumerate(days[1:], start=1):
        last = number == len(days) - 1
        parents = [province[0]] if last else [each[0] for each in districts]
        waiting = draw(st.permutations(alive))
        alive = []
        while waiting:
            how = draw(st.sampled_from(["merged", "split", "partial", "renamed", "kept"]))
            if how == "kept" and not last:
                alive.append(waiting.pop())
                continue
            sources = [waiting.pop()]
            parent = draw(st.sampled_from(parents))
            if how == "merged":
                while waiting and draw(st.booleans()):
                    sources.append(waiting.pop())
                # Codes are used again for other areas, as in 2025.
                code = draw(st.sampled_from([None, sources[0][0]]))
                targets = [open_unit("commune", parent, day, code)]
            elif how == "renamed" or how == "kept":
                targets = [open_unit("commune", parent, day, sources[0][0])]
            elif how == "partial":
                keeps = open_unit("commune", parent, day, sources[0][0])
                targets = [keeps, open_unit("commune", draw(st.sampled_from(parents)), day)]
            else:
                targets = [open_unit("commune", draw(st.sampled_from(parents)), day) for _ in range(2)]
            for source in sources:
                source[2] = day
                for target in targets:
                    move(source, target, day, how if len(targets) > 1 else "merged")
            alive += targets
        # A part may also go to a commune formed of others that day.
        if len(alive) > 1 and draw(st.booleans()):
            for source in [each for each in spans if each[2] == day][:1]:
                known = [m for m in moves if m.source == (source[0], source[1])]
                target = draw(st.sampled_from([each for each in alive if each[1] == day]))
                if all(m.target != (target[0], target[1]) for m in known):
                    moves[:] = [m for m in moves if m not in known]
                    moves += [Succession(m.source, m.target, day, "split", "NQ") for m in known]
                    move(source, target, day, "split")
        if last:
            for each in districts:
                each[2] = day
    kinds = {"province": "tỉnh", "district": "huyện", "commune": "xã"}
    units = [
        Unit(number, code, start, end, f"Tên {code}", kinds[level], level, parent)
        for number, (code, start, end, level, parent) in enumerate(spans, start=1)
    ]
    return Gazetteer(units, moves)


def map_days(gazetteer: Gazetteer) -> st.SearchStrategy[date | None]:
    """ "Then", and days around every change of a history, before its beginning and long after its end."""
    changes = sorted({unit.valid_from for unit in gazetteer.units})
    around = [day + timedelta(days=step) for day in changes for step in (-1, 0, 1)]
    return st.sampled_from([None, *around, date(2099, 1, 1)])
