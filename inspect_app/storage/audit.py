"""The audit log: who did what to what, when. Database triggers refuse to change or delete a line of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import DDL, Index, String, event, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from .base import Base


class AuditRow(Base):
    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject_subject_id", "subject", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    person_id: Mapped[int | None]
    act: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(20), default="")
    subject_id: Mapped[str] = mapped_column(String(60), default="")
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


def record(
    session: Session,
    at: datetime,
    person_id: int | None,
    act: str,
    subject: str = "",
    subject_id: object = "",
    **detail: object,
) -> None:
    """Add a line. `detail` holds ids and short values, never a password, a token or an answer's text."""
    session.add(
        AuditRow(
            at=at, person_id=person_id, act=act, subject=subject, subject_id=str(subject_id), detail=detail
        )
    )


def list_audit(session: Session, limit: int, before: int | None = None, act: str = "") -> list[AuditRow]:
    query = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditRow.id < before)
    if act:
        query = query.where(AuditRow.act == act)
    return list(session.scalars(query))


GROW_ONLY_TABLES = ("audit", "finding_event", "inspection_event", "submission_document")


def grow_only_statements(table: str, dialect: str) -> list[str]:
    """The trigger that lets `table` grow only. Migrations and the described tables make it the same way."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_keep_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    return [
        f"CREATE OR REPLACE FUNCTION {table}_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} only grows'; END $$",
        f"CREATE TRIGGER {table}_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_only_grows()",
    ]


def ddl(statement: str) -> DDL:
    return DDL(statement)  # type: ignore[no-untyped-call]


def watch_growth(table: str) -> None:
    """Give a described table its triggers when it is created from the models."""
    for dialect in ("sqlite", "postgresql"):
        for statement in grow_only_statements(table, dialect):
            event.listen(
                Base.metadata.tables[table],
                "after_create",
                ddl(statement.replace("%", "%%")).execute_if(dialect=dialect),
            )


watch_growth("audit")
