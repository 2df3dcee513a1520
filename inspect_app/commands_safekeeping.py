"""The administrator's words for safekeeping: `flask --app wsgi backup make|restore-check` and `verify`. Thin."""

import sys
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from inspect_app.domain.problems import Problem
from inspect_app.operations import safekeeping
from inspect_app.web.services import Services

backup = AppGroup("backup", help="Backups of database and evidence, and whether one would restore.")


def _services() -> Services:
    found: Services = current_app.extensions["inspect"]
    return found


@backup.command("make")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def make_backup(folder: Path) -> None:
    """Copy database and evidence into FOLDER. Evidence copied before is not copied again; run it as often as you like."""
    service = _services()
    made = safekeeping.back_up(service.database, service.evidence, folder, service.clock())
    if made.database is None:
        click.echo(
            "PostgreSQL is not copied here. Save it right before this command, for example:\n"
            f'  pg_dump --format=custom --file={folder}/database.dump "$INSPECT_DATABASE_URL"'
        )
    else:
        click.echo(f"database  {made.database}")
    click.echo(f"evidence  {made.copied} copied, {made.known} there already")
    click.echo(f"manifest  {made.manifest}")
    if made.missing:
        _fail([f"missing or damaged in the store, not copied: {sha256}" for sha256 in made.missing])


@backup.command("restore-check")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def check_backup(folder: Path) -> None:
    """Would the newest backup in FOLDER restore? Hashes all of it again; exit code 1 if anything is wrong."""
    try:
        manifest, checked, faults = safekeeping.check_backup(folder)
    except Problem as problem:
        raise click.ClickException(str(problem)) from None
    click.echo(f"{manifest.name}: {checked.count} evidence files")
    _tell(checked, faults)


@click.command()
def verify() -> None:
    """Hash every evidence file in the store again; exit code 1 if one is missing or damaged."""
    service = _services()
    with service.database.reading() as session:
        checked = safekeeping.verify_evidence(session, service.evidence)
    click.echo(f"{checked.count} evidence files")
    _tell(checked, [])


def _tell(checked: safekeeping.Checked, faults: list[str]) -> None:
    lines = [*faults, *(f"missing: {sha256}" for sha256 in checked.missing)]
    lines += [f"damaged: {sha256}" for sha256 in checked.damaged]
    if lines:
        _fail(lines)
    click.echo("all sound")


def _fail(lines: list[str]) -> None:
    for line in lines:
        click.echo(line, err=True)
    sys.exit(1)
