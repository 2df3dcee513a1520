"""Campaigns, teams and inspections, and the one clause that says who may know of an inspection.

A planned surprise is known only to its team, the head and the leaders until it starts; every query about
inspections goes through `visible_to`, so that lists, searches, totals and exports keep the same secret.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, String, UniqueConstraint, and_, or_, select, true
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from inspect_app.domain.people import Act, Role, may
from inspect_app.domain.problems import N_, NotFound

from .audit import watch_growth
from .base import Base, Uuid, new_id
from .checklists import ChecklistVersionRow
from .people import PersonRow
from .units import UnitRow


class CampaignRow(Base):
    __tablename__ = "campaign"

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(60))  # of the decision, as the clerks gave it
    title: Mapped[str] = mapped_column(String(200))
    starts: Mapped[date]
    ends: Mapped[date]
    closed_at: Mapped[datetime | None]
    created_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]

    teams: Mapped[list["TeamRow"]] = relationship(order_by="TeamRow.id", cascade="all, delete-orphan")


class TeamRow(Base):
    __tablename__ = "team"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaign.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))

    members: Mapped[list["TeamMemberRow"]] = relationship(
        order_by="TeamMemberRow.person_id", cascade="all, delete-orphan", lazy="selectin"
    )


class TeamMemberRow(Base):
    __tablename__ = "team_member"

    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    lead: Mapped[bool] = mapped_column(default=False)

    person: Mapped[PersonRow] = relationship(lazy="joined")


class InspectionRow(Base):
    __tablename__ = "inspection"
    __table_args__ = (
        UniqueConstraint("number"),
        Index("ix_inspection_counted", "visited", "unit_id", "placed_id", "day", "kind", "month"),
        Index("ix_inspection_state_kind", "state", "kind"),
    )

    id: Mapped[str] = mapped_column(Uuid, primary_key=True, default=new_id)
    number: Mapped[str | None] = mapped_column(
        String(20)
    )  # given at the start, never at planning: a gap tells
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12))  # the fold of its events, kept for queries
    visited: Mapped[bool] = mapped_column(default=False)  # a submission was accepted: it counts as a visit
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    placed_id: Mapped[int | None] = mapped_column(
        ForeignKey("unit.id")
    )  # chosen by a person where lineage divides
    day: Mapped[date]
    month: Mapped[str] = mapped_column(String(7))  # of the day, as totals group by it
    campaign_id: Mapped[str | None] = mapped_column(ForeignKey("campaign.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    checklist_version_id: Mapped[int] = mapped_column(ForeignKey("checklist_version.id"))
    reason: Mapped[str] = mapped_column(String(2000), default="")
    current_submission_id: Mapped[str | None] = mapped_column(Uuid)
    # The ids of its checklist pages come from this. It leaves the database nowhere: who knew it could take another's id.
    page_key: Mapped[str] = mapped_column(Uuid, default=new_id)
    created_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]

    unit: Mapped[UnitRow] = relationship(lazy="joined", foreign_keys=[unit_id])
    campaign: Mapped[CampaignRow | None] = relationship()
    checklist_version: Mapped[ChecklistVersionRow] = relationship()
    members: Mapped[list["InspectionMemberRow"]] = relationship(
        order_by="InspectionMemberRow.person_id", cascade="all, delete-orphan"
    )


class InspectionMemberRow(Base):
    __tablename__ = "inspection_member"

    inspection_id: Mapped[str] = mapped_column(ForeignKey("inspection.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    lead: Mapped[bool] = mapped_column(default=False)

    person: Mapped[PersonRow] = relationship(lazy="joined")


class InspectionEventRow(Base):
    __tablename__ = "inspection_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    inspection_id: Mapped[str] = mapped_column(ForeignKey("inspection.id"), index=True)
    at: Mapped[datetime]
    person_id: Mapped[int | None]
    event: Mapped[str] = mapped_column(String(20))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


watch_growth("inspection_event")


@dataclass(frozen=True)
class Viewer:
    """Who asks, and where they may look: `units` None means everywhere."""

    person_id: int
    role: Role
    units: frozenset[int] | None

    def may(self, act: Act) -> bool:
        return may(self.role, act)


def within_area(viewer: Viewer, unit_id: Any) -> ColumnElement[bool]:
    return true() if viewer.units is None else unit_id.in_(sorted(viewer.units))


def visible_to(viewer: Viewer) -> ColumnElement[bool]:
    """Whether `viewer` may know of an inspection: in their area (or their own), and no secret of another team."""
    own = InspectionRow.id.in_(
        select(InspectionMemberRow.inspection_id).where(InspectionMemberRow.person_id == viewer.person_id)
    )
    here = or_(within_area(viewer, InspectionRow.unit_id), own) if viewer.units is not None else true()
    if viewer.may(Act.SEE_SECRET):
        return here
    started = or_(InspectionRow.kind == "scheduled", InspectionRow.started_at.is_not(None))
    return and_(here, or_(started, own))


def get_inspection(session: Session, viewer: Viewer, inspection_id: str) -> InspectionRow:
    """The inspection, or NotFound: what one may not see does not exist for one."""
    row = find_inspection(session, viewer, inspection_id)
    if row is None:
        raise NotFound(N_("Không tìm thấy cuộc kiểm tra này."))
    return row


def find_inspection(session: Session, viewer: Viewer, inspection_id: str) -> InspectionRow | None:
    return session.scalar(select(InspectionRow).where(InspectionRow.id == inspection_id, visible_to(viewer)))


def lock_inspection(session: Session, inspection_id: str) -> InspectionRow | None:
    """The inspection, held against other writers until the transaction ends."""
    return session.scalar(
        select(InspectionRow)
        .where(InspectionRow.id == inspection_id)
        .with_for_update(of=InspectionRow)
        .execution_options(populate_existing=True)
    )


def is_visible(session: Session, viewer: Viewer, inspection_id: str) -> bool:
    """Whether `find_inspection` finds it, without reading it."""
    query = select(InspectionRow.id).where(InspectionRow.id == inspection_id, visible_to(viewer))
    return session.scalar(query) is not None


def is_member(session: Session, inspection_id: str, person_id: int) -> bool:
    query = select(InspectionMemberRow.person_id).where(
        InspectionMemberRow.inspection_id == inspection_id, InspectionMemberRow.person_id == person_id
    )
    return session.scalar(query) is not None


def list_work(session: Session, person_id: int) -> list[InspectionRow]:
    """The inspections of an inspector that are not over, the returned ones first, then by day."""
    order = {"returned": 0, "started": 1, "planned": 2, "submitted": 3}
    rows = session.scalars(
        select(InspectionRow)
        .join(InspectionMemberRow)
        .where(InspectionMemberRow.person_id == person_id, InspectionRow.state.in_(order))
        .order_by(InspectionRow.day, InspectionRow.id)
        .limit(300)
    ).unique()
    return sorted(rows, key=lambda row: order[row.state])


def list_events(session: Session, inspection_id: str) -> list[InspectionEventRow]:
    return list(
        session.scalars(
            select(InspectionEventRow)
            .where(InspectionEventRow.inspection_id == inspection_id)
            .order_by(InspectionEventRow.id)
        )
    )
