"""Published checklists, immutable: source, XForm bytes and compiled JSON; and the dated table of law."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint, event, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from inspect_app.domain.checklists import Checklist
from inspect_app.domain.problems import N_, NotFound

from .base import Base


class ChecklistRow(Base):
    __tablename__ = "checklist"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[str] = mapped_column(String(200))


class ChecklistVersionRow(Base):
    __tablename__ = "checklist_version"
    __table_args__ = (UniqueConstraint("checklist_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    checklist_id: Mapped[int] = mapped_column(ForeignKey("checklist.id"))
    version: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200))
    levels: Mapped[str] = mapped_column(String(40))
    kinds: Mapped[str] = mapped_column(String(60))
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    source_name: Mapped[str] = mapped_column(String(120))
    source: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    xform: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    document: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    published_at: Mapped[datetime]
    published_by: Mapped[int | None]

    checklist: Mapped[ChecklistRow] = relationship(lazy="joined")

    def is_offered(self, day: date, level: str, kind: str) -> bool:
        """Whether it suits a level of office and a kind of visit on a day; another version may be newer."""
        begun = self.valid_from is None or self.valid_from <= day
        over = self.valid_to is not None and self.valid_to <= day
        return begun and not over and level in self.levels.split() and kind in self.kinds.split()


class LawRow(Base):
    """The text of a legal basis during a span of time; a finding copies the text of its day."""

    __tablename__ = "law"
    __table_args__ = (UniqueConstraint("key", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(60))
    text: Mapped[str] = mapped_column(String(600))
    note: Mapped[str] = mapped_column(String(300), default="")
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


@event.listens_for(ChecklistVersionRow, "before_update")
@event.listens_for(ChecklistVersionRow, "before_delete")
def _refuse_change(*_: object) -> None:
    raise RuntimeError("a published checklist version is never changed; publish a new one")


def get_version(session: Session, version_id: int) -> ChecklistVersionRow:
    row = session.get(ChecklistVersionRow, version_id)
    if row is None:
        raise NotFound(N_("Không tìm thấy phiên bản biểu mẫu này."))
    return row


def find_version(session: Session, key: str, version: str) -> ChecklistVersionRow | None:
    return session.scalar(
        select(ChecklistVersionRow)
        .join(ChecklistRow)
        .where(ChecklistRow.key == key, ChecklistVersionRow.version == version)
    )


_known: dict[tuple[str, str, str], int] = {}


def find_version_id(session: Session, key: str, version: str) -> int | None:
    """The number of a published version; since versions never change, each process looks for one only once."""
    known = (session.get_bind().engine.url.render_as_string(hide_password=False), key, version)
    if known not in _known:
        row = find_version(session, key, version)
        if row is None:
            return None
        _known[known] = row.id
    return _known[known]


def newest_version(session: Session, key: str, day: date) -> ChecklistVersionRow | None:
    """The last published version of a checklist that is valid on a day."""
    return session.scalar(
        select(ChecklistVersionRow)
        .join(ChecklistRow)
        .where(ChecklistRow.key == key)
        .where((ChecklistVersionRow.valid_from.is_(None)) | (ChecklistVersionRow.valid_from <= day))
        .where((ChecklistVersionRow.valid_to.is_(None)) | (ChecklistVersionRow.valid_to > day))
        .order_by(ChecklistVersionRow.id.desc())
        .limit(1)
    )


def list_versions(session: Session) -> list[ChecklistVersionRow]:
    return list(
        session.scalars(
            select(ChecklistVersionRow)
            .join(ChecklistRow)
            .order_by(ChecklistRow.key, ChecklistVersionRow.id.desc())
        )
    )


def list_offered(session: Session, day: date, level: str, kind: str) -> list[ChecklistVersionRow]:
    """The newest valid version of each checklist that suits a level of office and a kind of visit."""
    keys = session.scalars(select(ChecklistRow.key).order_by(ChecklistRow.key))
    newest = [newest_version(session, key, day) for key in keys]
    return [row for row in newest if row and row.is_offered(day, level, kind)]


_parsed: dict[tuple[str, int], Checklist] = {}


def read_checklist(session: Session, version_id: int) -> Checklist:
    """The compiled checklist; since versions never change, each process parses one only once."""
    key = (session.get_bind().engine.url.render_as_string(hide_password=False), version_id)
    if key not in _parsed:
        _parsed[key] = Checklist.from_json(get_version(session, version_id).document)
    return _parsed[key]


def law_texts(session: Session, keys: tuple[str, ...], day: date) -> dict[str, str]:
    """Text of each law key on a day; a key without a row on that day is left out."""
    if not keys:
        return {}
    rows = session.execute(
        select(LawRow.key, LawRow.text)
        .where(LawRow.key.in_(keys), LawRow.valid_from <= day)
        .where((LawRow.valid_to.is_(None)) | (LawRow.valid_to > day))
    )
    return {key: text for key, text in rows}  # noqa: C416 - dict(rows) has no type


def laws_of(session: Session, asked: Checklist, day: date) -> dict[str, str]:
    """The texts of the legal bases a checklist names, as of a day."""
    keys = {key for criterion in asked.criteria for key in criterion.legal_basis}
    return law_texts(session, tuple(sorted(keys)), day)


def list_law(session: Session) -> list[LawRow]:
    return list(session.scalars(select(LawRow).order_by(LawRow.key, LawRow.valid_from)))
