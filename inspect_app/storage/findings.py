"""Findings and their history. The list and the totals read these tables through storage/finding_list.py and totals.py.

What the list filters by is copied from the inspection at derivation (unit, day, kind): one table, one index, no join.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from .audit import watch_growth
from .base import Base, Uuid, new_id
from .inspections import InspectionRow
from .units import UnitRow


class FindingRow(Base):
    __tablename__ = "finding"
    __table_args__ = (
        UniqueConstraint("inspection_id", "criterion"),
        # Repeats (criterion, unit, day), and totals by criterion.
        Index(
            "ix_finding_by_criterion", "criterion", "unit_id", "day", "state", "kind", "criterion_group", "severity",
            "cause", "repeat", "placed_id", "n", "n_of", "month",
        ),
        # Totals by unit; with the visit, so that visits of other words are counted from it too.
        Index(
            "ix_finding_by_unit", "unit_id", "placed_id", "day", "state", "kind", "criterion", "criterion_group",
            "severity", "cause", "repeat", "n", "n_of", "month", "inspection_id",
        ),
        # Visits by words that are no place: SQLite counts distinct visits in half the time when they come in order.
        Index(
            "ix_finding_by_visit", "inspection_id", "state", "criterion_group", "cause", "severity", "criterion",
            "kind", "day", "unit_id", "placed_id", "repeat", "n", "n_of", "month",
        ),
        # The violation list: in its order, and all it filters by, so that pages and counts never touch the rows.
        # Totals of a period and by month read it too.
        Index(
            "ix_finding_list", "day", "code", "state", "unit_id", "placed_id", "kind", "criterion", "criterion_group",
            "severity", "cause", "repeat", "n", "n_of", "month",
        ),
    )  # fmt: skip

    serial: Mapped[int] = mapped_column(
        primary_key=True
    )  # known to the text index alone, see finding_text.py
    id: Mapped[str] = mapped_column(Uuid, unique=True, default=new_id)
    code: Mapped[str] = mapped_column(String(40), unique=True)  # inspection number + criterion
    inspection_id: Mapped[str] = mapped_column(ForeignKey("inspection.id"))
    submission_id: Mapped[str] = mapped_column(ForeignKey("submission.id"))
    question: Mapped[str] = mapped_column(String(80))
    criterion: Mapped[str] = mapped_column(String(20))
    group: Mapped[str] = mapped_column("criterion_group", String(10))
    state: Mapped[str] = mapped_column(String(12))  # the fold of its events, kept for queries
    version: Mapped[int] = mapped_column(default=1)  # two reviewers never overwrite each other
    severity: Mapped[int]
    wording: Mapped[str] = mapped_column(Text)
    law: Mapped[str] = mapped_column(Text)
    cause: Mapped[str] = mapped_column(String(20), default="")
    responsible: Mapped[str] = mapped_column(Text, default="")
    body_id: Mapped[int | None] = mapped_column(ForeignKey("body.id"))
    n: Mapped[int | None]
    of: Mapped[int | None] = mapped_column("n_of", Integer)
    repeat: Mapped[bool] = mapped_column(default=False)
    duplicate_of: Mapped[str | None] = mapped_column(Uuid)
    note: Mapped[str] = mapped_column(Text, default="")
    answer: Mapped[dict[str, Any]]  # what the inspector answered, to tell a changed answer from the same
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    placed_id: Mapped[int | None]
    day: Mapped[date]
    month: Mapped[str] = mapped_column(String(7))
    kind: Mapped[str] = mapped_column(String(12))
    search_key: Mapped[str] = mapped_column(Text)
    reported_at: Mapped[datetime]

    inspection: Mapped[InspectionRow] = relationship()
    unit: Mapped[UnitRow] = relationship()

    __mapper_args__ = {"primary_key": [id], "version_id_col": version}


class FindingEventRow(Base):
    """One past-tense event: who changed what from what to what, and why."""

    __tablename__ = "finding_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    finding_id: Mapped[str] = mapped_column(ForeignKey("finding.id"), index=True)
    at: Mapped[datetime]
    person_id: Mapped[int | None]
    event: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text, default="")
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)


watch_growth("finding_event")


def list_finding_events(session: Session, finding_id: str) -> list[FindingEventRow]:
    return list(
        session.scalars(
            select(FindingEventRow)
            .where(FindingEventRow.finding_id == finding_id)
            .order_by(FindingEventRow.id)
        )
    )


def findings_of(session: Session, inspection_id: str) -> list[FindingRow]:
    return list(
        session.scalars(
            select(FindingRow).where(FindingRow.inspection_id == inspection_id).order_by(FindingRow.criterion)
        )
    )
