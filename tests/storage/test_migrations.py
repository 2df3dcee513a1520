"""The migrations make the tables that the models describe, on both databases, and every step goes up and down."""

from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from inspect_app.storage.audit import GROW_ONLY_TABLES
from inspect_app.storage.engine import Database, open_database
from inspect_app.storage.schema import Base, alembic_config, is_current, migrate

pytestmark = pytest.mark.usefixtures("empty_database_url")


def shape(connection: Connection) -> dict[str, Any]:
    """Tables with all that matters of them, comparable between a migrated and a described database."""
    look = inspect(connection)
    return {
        name: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"]) for column in look.get_columns(name)
            },
            "key": look.get_pk_constraint(name)["constrained_columns"],
            "foreign": sorted(
                (key["constrained_columns"], key["referred_table"]) for key in look.get_foreign_keys(name)
            ),
            "unique": sorted(item["column_names"] for item in look.get_unique_constraints(name)),
            "indexes": sorted(
                (str(item["name"]), item["column_names"], bool(item["unique"]))
                for item in look.get_indexes(name)
            ),
            "triggers": triggers(connection, name),
        }
        for name in look.get_table_names()
        if name != "alembic_version"
    }


def triggers(connection: Connection, table: str) -> list[str]:
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :t ORDER BY name"
    else:
        query = "SELECT tgname FROM pg_trigger WHERE tgrelid = CAST(:t AS regclass) AND NOT tgisinternal ORDER BY 1"
    return [
        str(name)
        for name in connection.execute(
            text(query), {"t": f'"{table}"' if "pg_" in query else table}
        ).scalars()
    ]


def connect(database: Database) -> Connection:
    return database.writing().connection()


def test_migrated_tables_equal_the_described_ones(empty_database_url: str) -> None:
    database = open_database(empty_database_url)
    migrate(database)
    with database.reading() as session:
        assert is_current(session)
        migrated = shape(session.connection())
    with database.engine.begin() as connection:
        Base.metadata.drop_all(connection)
        Base.metadata.create_all(connection)
        described = shape(connection)
    database.engine.dispose()
    assert migrated == described
    assert all(described[table]["triggers"] for table in GROW_ONLY_TABLES)


def test_every_step_goes_up_and_down_and_up_again(empty_database_url: str) -> None:
    database = open_database(empty_database_url)
    config = alembic_config()
    steps = [step.revision for step in ScriptDirectory.from_config(config).walk_revisions()][::-1]
    with database.writing() as session:
        config.attributes["connection"] = session.connection()
        for revision in steps:
            command.upgrade(config, revision)
            command.downgrade(config, "-1")
            command.upgrade(config, revision)
        assert is_current(session)
        command.downgrade(config, "base")
        assert set(inspect(session.connection()).get_table_names()) <= {"alembic_version"}
        session.rollback()
    database.engine.dispose()


def test_a_second_migration_changes_nothing(empty_database_url: str) -> None:
    database = open_database(empty_database_url)
    migrate(database)
    with database.reading() as session:
        before = shape(session.connection())
    migrate(database)
    with database.reading() as session:
        assert shape(session.connection()) == before
    database.engine.dispose()


@pytest.mark.parametrize("verb", ["UPDATE audit SET act = 'other'", "DELETE FROM audit"])
def test_the_audit_log_only_grows(empty_database_url: str, verb: str) -> None:
    database = open_database(empty_database_url)
    migrate(database)
    insert = (
        "INSERT INTO audit (at, act, subject, subject_id, detail) VALUES ('2026-11-22', 'x', '', '', '{}')"
    )
    with database.writing.begin() as session:
        session.execute(text(insert))
    with pytest.raises(DBAPIError, match="audit only grows"), database.writing.begin() as session:
        session.execute(text(verb))
    with database.reading() as session:
        assert session.execute(text("SELECT act FROM audit")).scalars().all() == ["x"]
    database.engine.dispose()


def test_a_migration_that_fails_halfway_leaves_nothing(tmp_path: Any) -> None:
    url = f"sqlite:///{tmp_path / 'half.sqlite'}"
    database = open_database(url)
    with pytest.raises(DBAPIError), database.writing.begin() as session:
        session.execute(text("CREATE TABLE first (id INTEGER)"))
        session.execute(text("CREATE TABLE first (id INTEGER)"))
    engine = create_engine(url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()
    database.engine.dispose()
