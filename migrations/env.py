"""Runs the migrations on a connection that is given, or on INSPECT_DATABASE_URL when called by hand."""

import os

from alembic import context
from sqlalchemy import Connection

from inspect_app.storage.engine import make_engine
from inspect_app.storage.schema import Base


def is_described(name: str | None, kind: str, _parents: object) -> bool:
    """The text index of findings is made by its own statements (storage/finding_text.py); the models have no table."""
    return not (kind in ("table", "index") and (name or "").removeprefix("ix_").startswith("finding_text"))


def run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata, include_name=is_described)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with make_engine(os.environ["INSPECT_DATABASE_URL"]).connect() as connection:
        run(connection)
        connection.commit()
