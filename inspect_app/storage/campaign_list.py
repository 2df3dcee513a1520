"""Campaigns with what a viewer may know of them: every list and every count goes through `visible_to`."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from inspect_app.domain.people import Role

from .inspections import InspectionRow, Viewer, visible_to
from .people import PersonRow, list_people_of
from .units import UnitRow

MOST = 2000  # inspections of one campaign on its page; the largest real one had 73


def count_by_state(
    session: Session, viewer: Viewer, campaign_ids: Iterable[str]
) -> Mapping[str, Counter[str]]:
    """Campaign id to the number of its inspections in each state."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    query = (
        select(InspectionRow.campaign_id, InspectionRow.state, func.count())
        .where(InspectionRow.campaign_id.in_(list(campaign_ids)), visible_to(viewer))
        .group_by(InspectionRow.campaign_id, InspectionRow.state)
    )
    for campaign_id, state, count in session.execute(query):
        found[campaign_id or ""][state] = count
    return found


def inspections_of(session: Session, viewer: Viewer, campaign_id: str) -> list[InspectionRow]:
    """The inspections of a campaign by day, then by unit in Vietnamese order."""
    query = (
        select(InspectionRow)
        .join(UnitRow, UnitRow.id == InspectionRow.unit_id)
        .where(InspectionRow.campaign_id == campaign_id, visible_to(viewer))
        .options(selectinload(InspectionRow.members))
        .order_by(InspectionRow.day, UnitRow.sort_key, InspectionRow.id)
        .limit(MOST)
    )
    return list(session.scalars(query).unique())


def last_visits(session: Session, viewer: Viewer, unit_ids: Iterable[int]) -> dict[int, date]:
    """Unit id to the day of its last visit that counted."""
    query = (
        select(InspectionRow.unit_id, func.max(InspectionRow.day))
        .where(InspectionRow.unit_id.in_(list(unit_ids)), InspectionRow.visited, visible_to(viewer))
        .group_by(InspectionRow.unit_id)
    )
    return {unit_id: day for unit_id, day in session.execute(query)}  # noqa: C416 - dict(rows) has no type


def count_planned(session: Session, viewer: Viewer, before: date) -> int:
    """Inspections that have not begun and are due before a day."""
    due = (InspectionRow.state == "planned", InspectionRow.day < before, visible_to(viewer))
    return session.scalar(select(func.count()).select_from(InspectionRow).where(*due)) or 0


def list_team_people(session: Session) -> list[PersonRow]:
    """Who may be put into a team."""
    return list_people_of(session, Role.INSPECTOR, Role.HEAD)


def count_in_team(session: Session, team_id: int) -> int:
    """Inspections ever given to a team; asked only by who plans, so nothing is hidden."""
    return (
        session.scalar(
            select(func.count()).select_from(InspectionRow).where(InspectionRow.team_id == team_id)
        )
        or 0
    )
