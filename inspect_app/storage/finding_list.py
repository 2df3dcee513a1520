"""The violation list: which findings a viewer may see, which of them fit the filters, and reading them in order.

The order is newest day first, then by code, so that the findings of a visit stand together. Pages go on behind the
last line seen (keyset), never by counting lines from the start. Everything a filter names lies in `ix_finding_list`;
only free text, `responsible` and a person's own visits outside their area look at the rows themselves.
"""

import base64
import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, null, or_, select
from sqlalchemy.orm import Session

from inspect_app.domain.filter_places import plain_units, selections
from inspect_app.domain.filters import Filters
from inspect_app.domain.finding_lines import FindingLine, LinePhoto, PlaceNames, inspection_number
from inspect_app.domain.maps import Map, Selection
from inspect_app.domain.people import Act, Role
from inspect_app.domain.problems import N_, BadValue, NotFound
from inspect_app.domain.units import Gazetteer

from .finding_text import text_clauses
from .findings import FindingRow
from .inspections import InspectionMemberRow, Viewer, within_area
from .submissions import LISTED, BlobRow, PhotoRow

BATCH = 1000
ORDER = (FindingRow.day.desc(), FindingRow.code.asc())


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last line seen."""

    day: date
    code: str

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(f"{self.day.isoformat()}|{self.code}".encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """BadValue for anything we did not write."""
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            day, code = base64.b64decode(padded, b"-_", validate=True).decode().split("|")
            return cls(date.fromisoformat(day), code)
        except (ValueError, binascii.Error):
            raise BadValue(
                N_("Vị trí trang không đọc được. Hãy mở lại danh sách từ đầu."), fields={"cursor": text[:80]}
            ) from None


@dataclass(frozen=True, slots=True)
class Page:
    lines: list[FindingLine]
    next: Cursor | None


def seen_by(viewer: Viewer) -> list[ColumnElement[bool]]:
    """Which findings a viewer may know of at all. Findings exist only of visits that have begun, so none is secret."""
    clauses: list[ColumnElement[bool]] = []
    if viewer.units is not None:
        here = within_area(viewer, FindingRow.unit_id)
        clauses.append(or_(here, _of_own_visits(viewer)) if viewer.may(Act.INSPECT) else here)
    if viewer.role == Role.UNIT_OFFICER:
        clauses.append(FindingRow.state == "confirmed")
    return clauses


def _of_own_visits(viewer: Viewer) -> ColumnElement[bool]:
    return FindingRow.inspection_id.in_(
        select(InspectionMemberRow.inspection_id).where(InspectionMemberRow.person_id == viewer.person_id)
    )


def finding_clauses(filters: Filters, gazetteer: Gazetteer, viewer: Viewer) -> list[ColumnElement[bool]]:
    """What a finding must fulfil to be in the list of `viewer`; BadValue for a code that means nothing on the map."""
    clauses = seen_by(viewer)
    if filters.from_day:
        clauses.append(FindingRow.day >= filters.from_day)
    if filters.to_day:
        clauses.append(FindingRow.day <= filters.to_day)
    clauses += _in_units(selections(filters, gazetteer))
    for name in (
        "kind",
        "criterion",
        "group",
        "severity",
        "cause",
        "responsible",
        "state",
    ):
        values = getattr(filters, name)
        if values:
            clauses.append(getattr(FindingRow, name).in_(values))
    if filters.inspection:
        clauses.append(FindingRow.inspection_id.in_(filters.inspection))
    if filters.repeat:
        clauses.append(FindingRow.repeat.is_(True))
    return clauses + text_clauses(filters.text)


def _in_units(chosen: list[Selection]) -> list[ColumnElement[bool]]:
    if not chosen:
        return []
    plain = plain_units(chosen)
    if plain is not None:
        return [FindingRow.unit_id.in_(sorted(plain))]
    return [selected(one, FindingRow.unit_id, FindingRow.placed_id) for one in chosen]


def selected(chosen: Selection, unit_id: Any, placed_id: Any) -> ColumnElement[bool]:
    """The records of a selection, for any table with a unit and a place that a person may have chosen."""
    inside: ColumnElement[bool] = unit_id.in_(sorted(chosen.unit_ids)) if chosen.unit_ids else false()
    if chosen.except_pairs:
        # A place that nobody chose is NULL, and NOT (NULL) is not true: such records must stay inside.
        elsewhere = _of_pairs(chosen.except_pairs, unit_id, placed_id)
        inside = and_(inside, or_(placed_id.is_(None), ~elsewhere))
    return or_(inside, _of_pairs(chosen.pairs, unit_id, placed_id)) if chosen.pairs else inside


def _of_pairs(pairs: frozenset[tuple[int, int]], unit_id: Any, placed_id: Any) -> ColumnElement[bool]:
    by_unit: dict[int, list[int]] = {}
    for unit, placed in sorted(pairs):
        by_unit.setdefault(unit, []).append(placed)
    return or_(
        *(and_(unit_id == unit, placed_id.in_(placed)) for unit, placed in by_unit.items()),
    )


def count_findings(session: Session, clauses: Sequence[ColumnElement[bool]]) -> int:
    return session.scalar(select(func.count()).select_from(FindingRow).where(*clauses)) or 0


def list_findings(
    session: Session,
    clauses: Sequence[ColumnElement[bool]],
    map: Map,
    *,
    limit: int,
    after: Cursor | None = None,
    originals: bool = False,
) -> Page:
    """A page of the list: two queries, whatever its length. `originals`: photos as they came, with their
    media types and those that blurred copies cover; else nobody's list has the latter."""
    rows = _read_rows(session, clauses, limit + 1, after)
    lines = _lines(session, rows[:limit], PlaceNames(map), originals)
    last = lines[-1] if len(rows) > limit else None
    return Page(lines, Cursor(last.day, last.code) if last else None)


def iterate_findings(
    session: Session, clauses: Sequence[ColumnElement[bool]], map: Map, *, originals: bool = False
) -> Iterator[FindingLine]:
    """The whole list, read in batches; memory does not grow with its length."""
    after: Cursor | None = None
    names = PlaceNames(map)
    while True:
        rows = _read_rows(session, clauses, BATCH, after)
        yield from _lines(session, rows, names, originals)
        if len(rows) < BATCH:
            return
        after = Cursor(rows[-1].day, rows[-1].code)


# What a line needs, as plain columns: rows of the mapper cost three times as much to make.
_COLUMNS = (
    FindingRow.id, FindingRow.code, FindingRow.inspection_id, FindingRow.submission_id, FindingRow.question,
    FindingRow.unit_id, FindingRow.placed_id, FindingRow.day, FindingRow.kind, FindingRow.criterion, FindingRow.group,
    FindingRow.wording, FindingRow.n, FindingRow.of, FindingRow.law, FindingRow.severity, FindingRow.state,
    FindingRow.cause, FindingRow.responsible, FindingRow.repeat, FindingRow.note,
)  # fmt: skip


def _read_rows(
    session: Session, clauses: Sequence[ColumnElement[bool]], limit: int, after: Cursor | None
) -> Sequence[Any]:
    """The codes first, from the index alone; then the rows of those."""
    codes = select(FindingRow.code).where(*clauses, *_behind(after)).order_by(*ORDER).limit(limit)
    return session.execute(select(*_COLUMNS).where(FindingRow.code.in_(codes)).order_by(*ORDER)).all()


def _behind(after: Cursor | None) -> list[ColumnElement[bool]]:
    if after is None:
        return []
    return [
        FindingRow.day <= after.day,
        or_(FindingRow.day < after.day, FindingRow.code > after.code),
    ]


def _lines(session: Session, rows: Sequence[Any], names: PlaceNames, originals: bool) -> list[FindingLine]:
    photos = _photos_of(session, {row.submission_id for row in rows}, originals)
    return [_line(row, names, photos.get((row.submission_id, row.question), ())) for row in rows]


def _line(row: Any, names: PlaceNames, photos: Sequence[LinePhoto]) -> FindingLine:
    # Unpacked in the order of _COLUMNS: asked for by name, the fields of a row cost twice as much as all the rest.
    (
        id, code, inspection_id, submission_id, _question, unit_id, placed_id, day, kind, criterion, group, wording,
        n, of, law, severity, state, cause, responsible, repeat, note,
    ) = row  # fmt: skip
    district, commune = names.of(unit_id, placed_id)
    return FindingLine(
        id=id, code=code, inspection_id=inspection_id, submission_id=submission_id,
        inspection_number=inspection_number(code, criterion), unit=names.map.gazetteer.by_id(unit_id),
        district=district, commune=commune, day=day, kind=kind, criterion=criterion, group=group, wording=wording,
        n=n, of=of, law=law, severity=severity, state=state, cause=cause, responsible=responsible, repeat=repeat,
        note=note, photos=photos,
    )  # fmt: skip


def _photos_of(
    session: Session, submissions: set[str], originals: bool
) -> dict[tuple[str, str], list[LinePhoto]]:
    """Photos by submission and question, in one query. A photo that is not shown, being covered or announced but not
    here yet, keeps its number."""
    if not submissions:
        return {}
    query = select(
        PhotoRow.submission_id, PhotoRow.question, PhotoRow.id, PhotoRow.sha256, PhotoRow.size, PhotoRow.state,
        PhotoRow.taken_at, PhotoRow.caption, PhotoRow.covered, BlobRow.media_type if originals else null(),
    )  # fmt: skip
    if originals:
        query = query.outerjoin(BlobRow, BlobRow.sha256 == PhotoRow.sha256)
    query = query.where(PhotoRow.submission_id.in_(submissions), LISTED)
    found: dict[tuple[str, str], list[LinePhoto]] = {}
    numbers: dict[tuple[str, str], int] = {}
    order = (PhotoRow.submission_id, PhotoRow.question, PhotoRow.position, PhotoRow.id)
    for row in session.execute(query.order_by(*order)):
        submission, question, id, sha256, size, state, taken_at, caption, covered, kind = row
        key = (submission, question)
        numbers[key] = numbers.get(key, 0) + 1
        if state != "expected" and (originals or not covered):
            found.setdefault(key, []).append(
                LinePhoto(id, sha256, numbers[key], size, kind, taken_at, caption)
            )
    return found


def get_finding_line(session: Session, viewer: Viewer, map: Map, finding_id: str) -> FindingLine:
    """One finding that the viewer may see; NotFound else, as for one that is not there."""
    row = session.execute(select(*_COLUMNS).where(FindingRow.id == finding_id, *seen_by(viewer))).first()
    if row is None:
        raise NotFound(N_("Không tìm thấy phát hiện này."))
    return _lines(session, [row], PlaceNames(map), originals=False)[0]
