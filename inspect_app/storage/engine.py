"""Opens the database. SQLite gets WAL, full sync and explicit transactions; PostgreSQL is taken as it is.

Two kinds of session (DESIGN part 7): a reading one begins plainly, a writing one begins IMMEDIATE, because a
transaction that reads first and writes later fails at once on SQLite when another has written in between.
"""

from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.orm import Session, sessionmaker

BUSY_SECONDS = 30


@dataclass(frozen=True)
class Database:
    """One engine and its two kinds of session."""

    engine: Engine
    reading: sessionmaker[Session]
    writing: sessionmaker[Session]

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"


def open_database(url: str) -> Database:
    """`url` is sqlite:///file or postgresql://…; nothing is created here but the SQLite file."""
    engine = make_engine(url)
    writer = engine.execution_options(writing=True)
    return Database(
        engine=engine,
        reading=sessionmaker(engine, expire_on_commit=False),
        writing=sessionmaker(writer, expire_on_commit=False),
    )


def make_engine(url: str) -> Engine:
    # hide_parameters: the log of an error may name a table, never what stood in an answer.
    if url.startswith(("postgresql://", "postgres://")):
        engine = create_engine(
            "postgresql+psycopg://" + url.split("://", 1)[1], pool_pre_ping=True, pool_size=8, max_overflow=8,
            hide_parameters=True,
        )  # fmt: skip
        event.listen(engine, "handle_error", _leave_out_values)
        return engine
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _leave_out_values(context: ExceptionContext) -> None:
    """PostgreSQL tells the whole row in its DETAIL ("Failing row contains ..."); the first line says what is wrong."""
    told = context.original_exception
    if isinstance(told, psycopg.Error) and told.diag.message_primary:
        told.args = (told.diag.message_primary,)
        if context.sqlalchemy_exception is not None:
            context.sqlalchemy_exception.args = (f"({type(told).__name__}) {told}",)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not begin or commit by itself: a migration that fails half-way would leave its first half.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_SECONDS * 1000}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-32768",
        "mmap_size=67108864",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
