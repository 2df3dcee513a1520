"""The dated table of law as its screen needs it: one row, rows of a key, turns for writers, who cites what."""

from collections import defaultdict
from datetime import date

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from inspect_app.domain.problems import N_, NotFound

from .checklists import LawRow, list_versions, read_checklist


def get_law(session: Session, law_id: int) -> LawRow:
    row = session.get(LawRow, law_id)
    if row is None:
        raise NotFound(N_("Không tìm thấy căn cứ này."))
    return row


def rows_of_key(session: Session, key: str) -> list[LawRow]:
    return list(session.scalars(select(LawRow).where(LawRow.key == key).order_by(LawRow.valid_from)))


def take_turns(session: Session) -> None:
    """Hold off other writers of this table, so that two ranges checked at once cannot both be written.

    On SQLite a writing session is alone already.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE law IN SHARE ROW EXCLUSIVE MODE"))


def citing_criteria(session: Session) -> dict[str, list[str]]:
    """Key to the codes of criteria that cite it, in the newest version of each checklist; codes in order, each once."""
    found: dict[str, set[str]] = defaultdict(set)
    seen: set[str] = set()
    for version in list_versions(session):  # newest first within a checklist
        if version.checklist.key in seen:
            continue
        seen.add(version.checklist.key)
        for criterion in read_checklist(session, version.id).criteria:
            for key in criterion.legal_basis:
                found[key].add(criterion.code)
    return {key: sorted(codes) for key, codes in found.items()}


def keys_without_law(session: Session, today: date) -> list[str]:
    """Keys that a criterion cites and for which no law is in force, in order."""
    lasts = or_(LawRow.valid_to.is_(None), LawRow.valid_to > today)
    in_force = set(session.scalars(select(LawRow.key).where(LawRow.valid_from <= today, lasts)))
    return sorted(set(citing_criteria(session)) - in_force)
