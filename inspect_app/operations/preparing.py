"""Makes a database ready to serve: tables, units, law, checklists. Safe to run at every start."""

import csv
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.domain.text import nfc
from inspect_app.storage.checklists import LawRow
from inspect_app.storage.engine import Database
from inspect_app.storage.schema import migrate

from .publishing import publish
from .units import SHIPPED, load_shipped_units

FORMS = SHIPPED.parent.parent / "forms"


def prepare(database: Database, now: datetime) -> list[str]:
    """Migrate, then load what is missing; returns a line for each thing done, none when all was there."""
    migrate(database)
    with database.writing.begin() as session:
        done = ["units"] if load_shipped_units(session, now) else []
        done += ["law"] if load_shipped_law(session) else []
        done += [
            f"checklist {path.parent.name} {path.stem}"
            for path in shipped_forms()
            if publish(session, now, None, path)
        ]
    return done


def shipped_forms() -> list[Path]:
    """The checklist definitions of this program, one folder a checklist, one file a version."""
    return sorted(FORMS.glob("*/*.md"))


def load_shipped_law(session: Session) -> bool:
    """Fill an empty law table from the shipped CSV; an administrator edits it from then on."""
    if session.scalar(select(LawRow.id).limit(1)) is not None:
        return False
    with (SHIPPED / "law.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            session.add(
                LawRow(
                    key=row["key"],
                    text=nfc(row["text"]),
                    note=nfc(row.get("note", "")),
                    valid_from=date.fromisoformat(row["valid_from"]),
                    valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
                )
            )
    session.flush()
    return True
