"""What the pages of the violation list show beside the list: names of criteria, and the history of a finding."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .checklists import ChecklistVersionRow, read_checklist
from .findings import FindingEventRow
from .people import PersonRow


@dataclass(frozen=True, slots=True)
class Change:
    """One event of a finding, with who did it; `fields` are what changed, from what to what."""

    at: datetime
    person: str
    event: str
    reason: str
    fields: list[tuple[str, Any, Any]]


def list_history(session: Session, finding_id: str) -> list[Change]:
    """The events of a finding, oldest first."""
    rows = session.execute(
        select(FindingEventRow, PersonRow.full_name)
        .outerjoin(PersonRow, PersonRow.id == FindingEventRow.person_id)
        .where(FindingEventRow.finding_id == finding_id)
        .order_by(FindingEventRow.id)
    )
    return [_change(event, name or "") for event, name in rows]


def _change(event: FindingEventRow, name: str) -> Change:
    changed = [
        (field, event.before.get(field), value)
        for field, value in event.after.items()
        if field in event.before and event.before[field] != value
    ]
    return Change(event.at, name, event.event, event.reason, changed)


_labels: dict[tuple[str, int], Mapping[str, str]] = {}


def criterion_labels(session: Session) -> Mapping[str, str]:
    """Code and label of every criterion ever published, the newest label of each; read once a published version."""
    newest = session.scalar(select(func.max(ChecklistVersionRow.id))) or 0
    key = (session.get_bind().engine.url.render_as_string(hide_password=False), newest)
    if key not in _labels:
        found: dict[str, str] = {}
        for version_id in session.scalars(select(ChecklistVersionRow.id).order_by(ChecklistVersionRow.id)):
            found |= {
                question.code: question.label for question in read_checklist(session, version_id).criteria
            }
        _labels[key] = dict(sorted(found.items()))
    return _labels[key]
