"""Runs the migrations on a connection that is given, or on INSPECT_DATABASE_URL when called by hand."""

import os

from alembic import context
from sqlalchemy import Connection

from inspect_app.storage.engine import make_engine
from inspect_app.storage.schema import Base


def run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=False)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with make_engine(os.environ["INSPECT_DATABASE_URL"]).connect() as connection:
        run(connection)
        connection.commit()
