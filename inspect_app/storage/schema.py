"""All tables in one place for Alembic, and the question whether a database has them as this program needs them."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.orm import Session

from . import (
    audit,
    checklists,
    finding_text,
    findings,
    inspections,
    numbers,
    people,
    store_keys,
    submissions,
    tallies,
    units,
    uploads,
)
from .base import Base
from .engine import Database

__all__ = [
    "Base",
    "audit",
    "checklists",
    "finding_text",
    "findings",
    "inspections",
    "numbers",
    "people",
    "store_keys",
    "submissions",
    "tallies",
    "units",
    "uploads",
]

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def migrate(database: Database) -> None:
    """Bring a database to the newest tables; on PostgreSQL servers that start together take turns."""
    config = alembic_config()
    with database.writing().connection() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(6166)")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def is_current(session: Session) -> bool:
    """Whether the tables are those of the newest migration."""
    found = MigrationContext.configure(session.connection()).get_current_revision()
    return found == ScriptDirectory.from_config(alembic_config()).get_current_head()
