"""What a new resolution would change, in sentences an administrator can compare with its text before loading."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from .lineage import LEVELS, PART_KINDS, Succession, Unit, UnitKey
from .problems import N_
from .resolution_rows import Change, Plan, applied, plan
from .sentences import Sentence
from .text import capital, format_date
from .units import Gazetteer


@dataclass(frozen=True, slots=True)
class LevelCount:
    """Units in force before and after; `kind` is empty in the line of a whole level."""

    level: str
    kind: str
    before: int
    after: int


@dataclass(frozen=True)
class Difference:
    """Sentences, in Vietnamese order of the units they speak of. A unit that only changes is neither closed nor new."""

    closed: tuple[str, ...]
    new: tuple[str, ...]
    changed: tuple[str, ...]
    moves: tuple[str, ...]
    notes: tuple[str, ...]  # not refused, but worth a look
    counts: tuple[LevelCount, ...]

    @property
    def empty(self) -> bool:
        return not (self.closed or self.new or self.changed or self.moves)


def difference(current: Gazetteer, change: Change) -> Difference:
    """The effect of a change without faults on the units we have."""
    planned = plan(current, change)
    after = applied(current, planned)
    continued = dict(_continued(after, planned.successions))
    closing = [
        *(unit.key for unit, _ in planned.closed),
        *(unit.key for unit in planned.added if unit.valid_to),
    ]
    opened = [after.by_key(unit.key) for unit in planned.added]
    old = [after.by_key(key) for key in closing if key not in set(continued.values())]
    return Difference(
        closed=tuple(_closes(after, unit) for unit in after.ordered(old)),
        new=tuple(_opens(after, unit) for unit in after.ordered(opened) if unit.key not in continued),
        changed=tuple(_changes(after, after.by_key(continued[u.key]), u) for u in after.ordered(opened) if u.key in continued),
        moves=tuple(_moves(after, planned.successions)),
        notes=tuple(_notes(after, planned)),
        counts=tuple(_counts(current, after, planned)),
    )  # fmt: skip


def _continued(after: Gazetteer, moves: Iterable[Succession]) -> Iterator[tuple[UnitKey, UnitKey]]:
    """New row and old row of the units that live on under their code: renamed, moved, larger or smaller."""
    for move in moves:
        source, target = after.by_key(move.source), after.by_key(move.target)
        same = source.code == target.code and source.full_name == target.full_name
        if same or (move.kind == "renamed" and source.level == target.level) or move.kind == "reparented":
            yield target.key, source.key


def _closes(after: Gazetteer, unit: Unit) -> str:
    assert unit.valid_to is not None
    text = N_("%(unit)s hết hiệu lực từ %(day)s.")
    where = _where(after, unit, unit.valid_to - timedelta(days=1))
    return Sentence(text, unit=where, day=format_date(unit.valid_to))


def _opens(after: Gazetteer, unit: Unit) -> str:
    text = N_("%(unit)s có hiệu lực từ %(day)s.")
    return Sentence(text, unit=_where(after, unit, unit.valid_from), day=format_date(unit.valid_from))


def _changes(after: Gazetteer, old: Unit, new: Unit) -> str:
    day, coded = format_date(new.valid_from), capital(_coded(old))
    if old.full_name != new.full_name or old.code != new.code:
        return Sentence(N_("%(old)s đổi thành %(new)s từ %(day)s."), old=coded, new=_coded(new), day=day)
    above, before = after.parent(new, new.valid_from), after.parent(old, old.valid_from)
    if above is not None and before is not None and above.code != before.code:
        text = N_("%(old)s chuyển từ %(before)s sang %(above)s từ %(day)s.")
        return Sentence(text, old=coded, before=before.full_name, above=above.full_name, day=day)
    return Sentence(N_("%(old)s thay đổi địa giới từ %(day)s."), old=coded, day=day)


def _moves(after: Gazetteer, moves: tuple[Succession, ...]) -> Iterator[str]:
    """One sentence for each receiver of whole units, then one for each divided unit."""
    received: dict[tuple[UnitKey, str], list[Unit]] = defaultdict(list)
    divided: dict[tuple[UnitKey, str, str], list[Unit]] = defaultdict(list)
    for move in moves:
        if move.kind == "merged":
            received[move.target, move.reference].append(after.by_key(move.source))
        elif move.kind in PART_KINDS:
            # Clauses of one resolution stand in the references; the first words name the resolution itself.
            number = move.reference.split(" ", 1)[0]
            divided[move.source, move.kind, number].append(after.by_key(move.target))
        elif move.kind == "renamed":
            source, target = after.by_key(move.source), after.by_key(move.target)
            if source.level != target.level:
                received[move.target, move.reference].append(source)
    for (key, reference), units in sorted(
        received.items(), key=lambda item: after.position(after.by_key(item[0][0]))
    ):
        target = after.by_key(key)
        yield Sentence(
            N_("%(old)s nhập thành %(new)s từ %(day)s (%(reference)s)."),
            old=_list(after, units, begins=True),
            new=_coded(target),
            day=format_date(key[1]),
            reference=reference,
        )
    for (key, kind, reference), units in sorted(
        divided.items(), key=lambda item: after.position(after.by_key(item[0][0]))
    ):
        source = after.by_key(key)
        text = (
            N_("%(old)s được chia về %(new)s (%(reference)s): bản ghi cũ chờ người có trách nhiệm xếp chỗ.")
            if kind == "split"
            else N_("%(old)s giao một phần, nay thuộc %(new)s (%(reference)s): bản ghi cũ chờ xếp chỗ.")
        )
        yield Sentence(text, old=capital(_coded(source)), new=_list(after, units), reference=reference)


def _notes(after: Gazetteer, planned: Plan) -> Iterator[str]:
    targets = Counter(move.target for move in after.successions)
    for unit in after.ordered(after.by_key(unit.key) for unit in planned.added):
        if unit.valid_from != after.first_day and not targets[unit.key]:
            text = N_("%(unit)s không có đơn vị cũ nào: bản ghi cũ không thể chuyển về đây.")
            yield Sentence(text, unit=capital(_coded(unit)))
        alone = targets[unit.key] == 1 and any(
            m.target == unit.key and m.kind == "merged" for m in planned.successions
        )
        if alone:
            text = N_(
                "%(unit)s ghi là nhập (merged) nhưng chỉ có một đơn vị cũ; có thể là đổi tên (renamed)."
            )
            yield Sentence(text, unit=capital(_coded(unit)))


def _counts(current: Gazetteer, after: Gazetteer, planned: Plan) -> Iterator[LevelCount]:
    days = [*(day for _, day in planned.closed), *(unit.valid_from for unit in planned.added)]
    if not days:
        return
    before = _by_kind(current, min(days) - timedelta(days=1))
    later = _by_kind(after, max(days))
    for level in LEVELS:
        kinds = sorted(
            {kind for at, kind in before | later if at == level}, key=lambda kind: (kind != "", kind)
        )
        for kind in kinds:
            yield LevelCount(level, kind, before[level, kind], later[level, kind])


def _by_kind(units: Gazetteer, day: date) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for unit in units.in_force(day):
        found[unit.level, ""] += 1
        found[unit.level, unit.kind] += 1
    return found


def _where(after: Gazetteer, unit: Unit, day: date) -> str:
    above = after.parent(unit, day)
    return capital(_coded(unit) + (f", {above.full_name}," if above else ""))


def _list(after: Gazetteer, units: Iterable[Unit], *, begins: bool = False) -> str:
    *names, last = [_coded(unit) for unit in after.ordered(units)]
    first = ", ".join(names) or last
    first = capital(first) if begins else first
    return Sentence(N_("%(first)s và %(last)s"), first=first, last=last) if names else first


def _coded(unit: Unit) -> str:
    return f"{unit.full_name} ({unit.code})"
