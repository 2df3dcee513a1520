"""A consistent copy of the database while people work: SQLite by its own backup interface."""

import sqlite3
from pathlib import Path

from .engine import Database


def copy_sqlite(database: Database, target: Path) -> None:
    """Copy the whole database into the new file `target`, as it is at one moment; ValueError on another database."""
    if not database.is_sqlite:
        raise ValueError("only SQLite is copied here; PostgreSQL has pg_dump")
    copy = sqlite3.connect(target)
    try:
        with database.engine.connect() as connection:
            source = connection.connection.driver_connection
            assert isinstance(source, sqlite3.Connection)
            source.backup(copy)  # all pages in one step: nobody's half-written change gets in
        # One file, to be carried away: no -wal beside it.
        copy.execute("PRAGMA journal_mode=DELETE")
    finally:
        copy.close()


def is_sound(path: Path) -> bool:
    """Whether SQLite finds no damage in a copy."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        found: list[tuple[str]] = connection.execute("PRAGMA integrity_check").fetchall()
    except sqlite3.DatabaseError:
        return False
    finally:
        connection.close()
    return found == [("ok",)]


def list_blobs_in(path: Path) -> list[tuple[str, int]]:
    """(sha256, size) of every evidence file that a copy of the database speaks of."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return list(connection.execute("SELECT sha256, size FROM blob ORDER BY sha256"))
    finally:
        connection.close()
