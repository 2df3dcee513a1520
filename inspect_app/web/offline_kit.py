"""What a phone takes along to work without a network: its owner's visits, checklists, units, last findings."""

from typing import Any

from flask_login import current_user

from inspect_app.domain.inspections import OPEN_TO_SUBMISSIONS
from inspect_app.domain.maps import Map
from inspect_app.operations.desk import Desk
from inspect_app.operations.receiving import visit_checklist
from inspect_app.storage import offline
from inspect_app.storage.checklists import ChecklistVersionRow, read_checklist
from inspect_app.storage.finding_views import criterion_labels
from inspect_app.storage.inspections import InspectionRow, list_work

from .phone_forms import describe_form
from .visit_facts import visit_facts
from .work_page import list_offices, list_surprise_forms, quick_reasons

LAST = 5  # findings of an office


def offline_kit(at: Desk) -> dict[str, Any]:
    """All but the key; `forms` are the blank checklists of my visits and those offered for surprise visits today."""
    work = [row for row in list_work(at.session, at.viewer.person_id) if row.state in OPEN_TO_SUBMISSIONS]
    bodies = offline.read_bodies(at.session)
    return {
        "person": {
            "id": current_user.person_id, "username": current_user.username, "name": current_user.full_name,
        },
        "ends_at": current_user.held.ends_at.isoformat(),
        "time": at.now.isoformat(),
        "visits": _visits(at, work, bodies),
        "forms": _forms(at, work),
        "units": _units(at),
        "bodies": _bodies(at, bodies),
        "reasons": quick_reasons(),
        "findings": _last_findings(at),
    }  # fmt: skip


def _visits(at: Desk, work: list[InspectionRow], bodies: offline.Bodies) -> list[dict[str, Any]]:
    drafts = offline.drafts_of(at.session, work, at.viewer.person_id)
    answers = offline.current_answers(at.session, work)
    returns = offline.last_returns(at.session, work)
    shown = {
        row.id: drafts[row.id].submission_id if row.id in drafts else row.current_submission_id or ""
        for row in work
    }
    photos = offline.photos_by_submission(at.session, list(shown.values()))
    return [
        visit_facts(
            row,
            visit_checklist(at, row, read_checklist(at.session, row.checklist_version_id)),
            at.gazetteer.by_id(row.unit_id).level,
            person_id=at.viewer.person_id,
            current=answers.get(row.current_submission_id or "", {}),
            draft=drafts.get(row.id),
            photos=photos.get(shown[row.id], []),
            comments=returns.get(row.id, {}),
            bodies=bodies.offered(row.unit_id, row.day),
        )
        for row in work
    ]


def _forms(at: Desk, work: list[InspectionRow]) -> list[dict[str, Any]]:
    wanted: dict[tuple[int, str], tuple[ChecklistVersionRow, bool]] = {}
    for row in work:
        level = at.gazetteer.by_id(row.unit_id).level
        wanted[(row.checklist_version_id, level)] = (row.checklist_version, False)
    for level, version in list_surprise_forms(at):
        wanted[(version.id, level)] = (version, True)
    return [
        {
            **describe_form(at, version, level), "title": version.title, "checklist": version.checklist.key,
            "version": version.version, "level": level, "surprise": offered,
        }
        for (_id, level), (version, offered) in wanted.items()
    ]  # fmt: skip


def _units(at: Desk) -> list[dict[str, Any]]:
    known = {unit.code: unit for unit in at.gazetteer.offices(at.today)}
    return [
        {
            "code": office.code, "name": known[office.code].name, "full": office.name, "area": office.area,
            "level": known[office.code].level, "lat": known[office.code].lat, "lon": known[office.code].lon,
        }
        for office in list_offices(at)
    ]  # fmt: skip


def _bodies(at: Desk, bodies: offline.Bodies) -> dict[str, list[str]]:
    """Names offered as responsible today, by code of the unit; "" for those of no unit."""
    owners = {unit.id: unit.code for unit in at.gazetteer.offices(at.today)}
    return bodies.by_owner(owners, at.today)


def _last_findings(at: Desk) -> dict[str, list[dict[str, Any]]]:
    """By the code of the office they concern today; those of a divided unit are of none."""
    labels = criterion_labels(at.session)
    today = Map(at.gazetteer, at.today)
    found: dict[str, list[dict[str, Any]]] = {}
    for code, criterion, severity, state, day, unit_id, placed_id in offline.last_findings(
        at.session, at.viewer, LAST
    ):
        place = today.row("commune", unit_id, placed_id)
        listed = found.setdefault(place.unit.code, []) if place.status == "unit" else []
        if place.status == "unit" and len(listed) < LAST:
            label = labels.get(criterion, "")
            listed.append(
                {"code": code, "criterion": criterion, "label": label, "severity": severity, "state": state,
                 "day": day.isoformat()}
            )  # fmt: skip
    return found
