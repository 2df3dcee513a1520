"""Drafts of the checklist page: kept on the server after a fault or by the button, until they are sent."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from inspect_app.storage.inspections import InspectionRow
from inspect_app.storage.submissions import DraftRow, SubmissionRow, find_draft

from .desk import Desk


def page_submission_id(desk: Desk, inspection: InspectionRow) -> str:
    """The id a page sends under: the same in every tab and after every reload, another one once it was sent.

    So a double click, a reload or a second tab cannot make two records of one visit, and no team-mate can compute it.
    """
    sent = desk.session.scalar(
        select(func.count()).where(
            SubmissionRow.inspection_id == inspection.id, SubmissionRow.person_id == desk.viewer.person_id
        )
    )
    return str(uuid.uuid5(uuid.UUID(inspection.page_key), f"{desk.viewer.person_id}:{sent}"))


def save_draft(
    desk: Desk,
    inspection: InspectionRow,
    submission_id: str,
    answers: Mapping[str, Any],
    replaces: str | None,
) -> DraftRow:
    """Keep what was typed, as it was typed. One draft a person and inspection; the last writing counts."""
    draft = find_draft(desk.session, inspection.id, desk.viewer.person_id)
    if draft is None:
        draft = DraftRow(
            submission_id=submission_id, inspection_id=inspection.id, person_id=desk.viewer.person_id,
            answers={}, started_at=desk.now, updated_at=desk.now,
        )  # fmt: skip
        desk.session.add(draft)
    draft.submission_id = submission_id
    draft.answers = dict(answers)
    draft.replaces = replaces
    draft.updated_at = desk.now
    desk.session.flush()
    return draft


def started_at(draft: DraftRow | None, now: datetime) -> datetime:
    return draft.started_at if draft else now
