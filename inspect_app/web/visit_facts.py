"""What a phone must know of a visit to work on it alone: one shape in the page, in the offline kit and on the phone."""

from collections.abc import Mapping, Sequence
from typing import Any

from inspect_app.domain.checklists import Checklist
from inspect_app.storage.inspections import InspectionRow
from inspect_app.storage.submissions import DraftRow, PhotoRow

from .checklist_page import shown
from .work_page import unit_name


def visit_facts(
    inspection: InspectionRow,
    checklist: Checklist,
    level: str,
    *,
    person_id: int,
    current: Mapping[str, Any],
    draft: DraftRow | None,
    photos: Sequence[PhotoRow],
    comments: Mapping[str, str],
    bodies: Sequence[str],
) -> dict[str, Any]:
    """`level` of the office; `current`: answers of the current submission; `photos`: those of the draft or of it;
    `comments`: of the reviewer who returned it, by question, "" the general one; `bodies`: names offered as responsible."""
    return {
        "person": person_id,
        "inspection": inspection.id,
        "number": inspection.number,
        "kind": inspection.kind,
        "state": inspection.state,
        "unit": {
            "code": inspection.unit.code,
            "name": inspection.unit.name,
            "full": unit_name(inspection.unit),
        },
        "day": inspection.day.isoformat(),
        "reason": inspection.reason,
        "checklist": checklist.key,
        "version": checklist.version,
        "level": level,
        "form": form_name(checklist, level),
        "title": checklist.title,
        "submission": draft.submission_id if draft else None,
        "replaces": draft.replaces if draft else inspection.current_submission_id,
        "base": typed(current),
        "draft": typed(draft.answers) if draft else None,
        "photos": [
            {
                "id": photo.id,
                "question": photo.question,
                "name": photo.name,
                "sha256": photo.sha256,
                "size": photo.size,
                "state": photo.state,
            }
            for photo in photos
        ],
        "comments": dict(comments),
        "bodies": list(bodies),
        "start": None,
    }


def form_name(checklist: Checklist, level: str) -> str:
    """The blank form a visit is filled on: "dot-xuat@2025.07/commune"."""
    return f"{checklist.key}@{checklist.version}/{level}"


def typed(answers: Mapping[str, Any]) -> dict[str, str]:
    """Answers as a person would type them, empty ones left out."""
    return {name: text for name, value in answers.items() if (text := shown(value))}
