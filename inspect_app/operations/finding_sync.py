"""Keeps the findings of an inspection true to its current submission, and the repeat flags true to the decisions.

A correction re-derives findings by (inspection, criterion): same answer, the decision stays; changed answer, back to
`reported` with its history; no longer a fail, `withdrawn` (DESIGN part 3).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.orm import aliased

from inspect_app.domain.checklists import Checklist
from inspect_app.domain.findings import Derived, derive, law_lines
from inspect_app.domain.text import fold, search_text
from inspect_app.storage.base import insert_rows, new_id
from inspect_app.storage.checklists import law_texts
from inspect_app.storage.findings import FindingEventRow, FindingRow, findings_of
from inspect_app.storage.inspections import InspectionRow
from inspect_app.storage.repeat_locks import hold_criteria
from inspect_app.storage.submissions import SubmissionRow
from inspect_app.storage.units import BodyRow, find_bodies

from .desk import Desk

Bodies = Mapping[str, BodyRow]  # by folded name
REVIEWED = (
    "severity",
    "wording",
    "responsible",
)  # what a reviewer may change; the inspector's version is kept


def sync_findings(
    desk: Desk, inspection: InspectionRow, submission: SubmissionRow, checklist: Checklist
) -> None:
    """Derive the findings of `submission` and bring the stored ones in line with them."""
    level = desk.gazetteer.by_id(inspection.unit_id).level
    derived = {item.criterion: item for item in derive(checklist, submission.answers, level, inspection.day)}
    # Nothing was derived before a first submission was accepted.
    before = findings_of(desk.session, inspection.id) if inspection.current_submission_id else []
    held = {row.criterion: row for row in before}
    bodies = find_bodies(
        desk.session, inspection.unit_id, {item.responsible for item in derived.values()}, inspection.day
    )
    new = [item for criterion, item in derived.items() if criterion not in held]
    _report(desk, inspection, submission, new, bodies)
    for criterion, row in held.items():
        item = derived.get(criterion)
        if item is None:
            _withdraw(desk, row)
        elif row.answer != item.answer() or row.state == "withdrawn":
            _report_again(desk, row, submission, item, bodies)
        else:
            row.submission_id = submission.id
    desk.session.flush()


def _report(
    desk: Desk, inspection: InspectionRow, submission: SubmissionRow, items: Sequence[Derived], bodies: Bodies
) -> None:
    keys = tuple(sorted({key for item in items for key in item.law_keys}))
    laws = law_texts(desk.session, keys, inspection.day)
    hold_criteria(desk.session, [item.criterion for item in items], shared=True)
    repeated = _confirmed_before(desk, inspection, [item.criterion for item in items])
    rows = [
        {
            "id": new_id(),
            "code": f"{inspection.number}-{item.criterion}",
            "inspection_id": inspection.id,
            "question": item.question,
            "criterion": item.criterion,
            "group": item.group,
            "state": "reported",
            "law": "; ".join(law_lines(item.law_keys, laws)),
            "repeat": item.criterion in repeated,
            "unit_id": inspection.unit_id,
            "placed_id": inspection.placed_id,
            "day": inspection.day,
            "month": inspection.month,
            "kind": inspection.kind,
            "reported_at": desk.now,
            **_from_answer(desk, inspection.unit_id, submission, item, bodies),
        }
        for item in items
    ]
    events = [
        {
            "finding_id": row["id"],
            "at": desk.now,
            "person_id": desk.viewer.person_id,
            "event": "reported",
            "after": {"severity": row["severity"], "submission": submission.id},
        }
        for row in rows
    ]
    insert_rows(desk.session, FindingRow, rows)
    insert_rows(desk.session, FindingEventRow, events)


def _report_again(
    desk: Desk, row: FindingRow, submission: SubmissionRow, item: Derived, bodies: Bodies
) -> None:
    before = {name: getattr(row, name) for name in (*REVIEWED, "state", "n", "of", "cause")}
    for name, value in _from_answer(desk, row.unit_id, submission, item, bodies).items():
        setattr(row, name, value)
    row.state, row.duplicate_of = "reported", None
    after = {name: getattr(row, name) for name in before}
    note_finding_event(desk, row, "reported_again", "", before, after)
    desk.session.flush()
    if before["state"] == "confirmed":
        refresh_repeats(desk, row)


def _withdraw(desk: Desk, row: FindingRow) -> None:
    before = row.state
    if before == "withdrawn":
        return
    row.state = "withdrawn"
    note_finding_event(desk, row, "withdrawn", "", {"state": before}, {"state": "withdrawn"})
    desk.session.flush()
    if before == "confirmed":
        refresh_repeats(desk, row)


def _from_answer(
    desk: Desk, unit_id: int, submission: SubmissionRow, item: Derived, bodies: Bodies
) -> dict[str, Any]:
    body = bodies.get(fold(item.responsible))
    responsible = (
        body.name if body else item.responsible
    )  # a known body by its own spelling, so that it adds up
    return {
        "submission_id": submission.id,
        "answer": item.answer(),
        "severity": item.severity,
        "wording": item.wording,
        "cause": item.cause,
        "responsible": responsible,
        "body_id": body.id if body else None,
        "n": item.n,
        "of": item.of,
        "search_key": search_key(desk, unit_id, item.criterion, item.wording, responsible),
    }


def search_key(desk: Desk, unit_id: int, criterion: str, wording: str, responsible: str) -> str:
    """What the list's free-text filter looks in: accents and case folded away."""
    unit = desk.gazetteer.by_id(unit_id)
    return search_text(f"{criterion} {unit.full_name} {wording} {responsible}")


def note_finding_event(
    desk: Desk, row: FindingRow, event: str, reason: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    desk.session.add(
        FindingEventRow(
            finding_id=row.id, at=desk.now, person_id=desk.viewer.person_id, event=event, reason=reason,
            before=before, after=after,
        )
    )  # fmt: skip


def _family(desk: Desk, unit_id: int) -> list[int]:
    """The unit and all it came from, whole or part: where an earlier fault makes a later one a repeat."""
    return sorted({unit_id, *desk.gazetteer.predecessors(desk.gazetteer.by_id(unit_id))})


def _confirmed_before(desk: Desk, inspection: InspectionRow, criteria: Sequence[str]) -> set[str]:
    """Which of the criteria were confirmed earlier at this office or at one it came from."""
    if not criteria:
        return set()
    query = select(FindingRow.criterion).where(
        FindingRow.criterion.in_(criteria),
        FindingRow.unit_id.in_(_family(desk, inspection.unit_id)),
        FindingRow.day < inspection.day,
        FindingRow.state == "confirmed",
    )
    return set(desk.session.scalars(query.distinct()))


def refresh_repeats(desk: Desk, changed: FindingRow) -> None:
    """After a decision on `changed`: set the repeat flag of every later finding that it may have made a repeat."""
    unit = desk.gazetteer.by_id(changed.unit_id)
    later = (
        FindingRow.criterion == changed.criterion,
        FindingRow.unit_id.in_(sorted({unit.id, *desk.gazetteer.successors(unit)})),
        FindingRow.day > changed.day,
    )
    for unit_id in desk.session.scalars(select(FindingRow.unit_id).where(*later).distinct()).all():
        earlier = aliased(FindingRow)
        before = exists().where(
            earlier.criterion == changed.criterion,
            earlier.unit_id.in_(_family(desk, unit_id)),
            earlier.day < FindingRow.day,
            earlier.state == "confirmed",
        )
        desk.session.execute(
            update(FindingRow)
            .where(FindingRow.unit_id == unit_id, FindingRow.criterion == changed.criterion)
            .where(FindingRow.day > changed.day, FindingRow.repeat != before)
            .values(repeat=before)
            .execution_options(synchronize_session=False)
        )
