"""The administrator's words for the tally behind the totals: `flask --app wsgi totals verify|rebuild`. Thin."""

import sys

import click
from flask import current_app
from flask.cli import AppGroup

from inspect_app.storage.tallies import rebuild_tally, tally_differences
from inspect_app.web.services import Services

totals = AppGroup("totals", help="The tally that the page of totals opens with.")


def _services() -> Services:
    found: Services = current_app.extensions["inspect"]
    return found


@totals.command("verify")
def verify_tally() -> None:
    """Count all records and compare the tally with them; exit code 1 if it differs."""
    with _services().database.reading() as session:
        wrong = tally_differences(session)
    for key, told, true in wrong:
        click.echo(f"{' '.join(key)}: the tally says {told}, the records {true}", err=True)
    if wrong:
        sys.exit(1)
    click.echo("the tally is true")


@totals.command("rebuild")
def rebuild() -> None:
    """Count everything anew. Readers see the old tally until the new one is there."""
    with _services().database.writing.begin() as session:
        rebuild_tally(session)
    click.echo("counted anew")
