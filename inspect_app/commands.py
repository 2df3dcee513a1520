"""The administrator's words: `flask --app wsgi <group> <command>`, each with --help. Thin: they call operations."""

import sys
from datetime import datetime
from pathlib import Path

import click
from flask import Flask, current_app, url_for
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from inspect_app.domain.people import Role
from inspect_app.domain.problems import Problem
from inspect_app.domain.resolution_difference import Difference
from inspect_app.operations import (
    demo_data,
    demo_people,
    people,
    preparing,
    publishing,
    signing_in,
)
from inspect_app.operations import units as loading
from inspect_app.storage.checklists import list_versions
from inspect_app.storage.people import PersonRow, find_person, list_people
from inspect_app.storage.units import get_gazetteer
from inspect_app.web.services import Services

from .commands_safekeeping import backup, verify
from .commands_totals import totals

# An upload that is still alive is written to all the time; a server beside this one may be taking some.
ABANDONED_SECONDS = 24 * 3600

users = AppGroup("users", help="People: add, list, disable, new links, device keys.")
units = AppGroup("units", help="Administrative units: load a resolution from CSV.")
checklists = AppGroup("checklists", help="Checklists: publish a definition, list versions.")
demo = AppGroup("demo", help="Demo accounts and demo data.")


def install(app: Flask) -> None:
    """Add the commands to the application."""
    app.cli.add_command(prepare)
    app.cli.add_command(verify)
    for group in (users, units, checklists, backup, totals, demo):
        app.cli.add_command(group)


def _services() -> Services:
    found: Services = current_app.extensions["inspect"]
    return found


@click.command()
def prepare() -> None:
    """Make all ready to serve: tables, units, law, checklists, no uploads that a crash left behind; with INSPECT_DEMO=1
    demo accounts and data."""
    service = _services()
    for line in preparing.prepare(service.database, service.clock()):
        click.echo(f"loaded {line}")
    swept = service.evidence.sweep_scratch(ABANDONED_SECONDS)
    if swept:
        click.echo(f"removed {swept} abandoned uploads")
    settings = service.settings
    if settings.demo and settings.demo_password:
        with service.database.writing.begin() as session:
            demo_people.make_demo_people(session, service.clock(), settings.demo_password)
        _fill_demo()
        click.echo(f"\n  {settings.base_url}\n\n  Demo accounts, password {settings.demo_password}")
        for username, role, full_name, position, _ in demo_people.ACCOUNTS:
            click.echo(f"    {username:<12} {role.value:<17} {full_name}, {position}")
        click.echo("")


def _fill_demo() -> None:
    """Demo data, when the database has no inspection yet."""
    service = _services()
    with service.database.writing.begin() as session:
        count = demo_data.fill(session, service.evidence, service.settings.timezone, service.clock())
    if count:
        click.echo(f"made {count} demo inspections")


@users.command("add")
@click.argument("username")
@click.option("--name", required=True, help="Full name.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--position", default="", help="Position, as printed on papers.")
@click.option(
    "--area", "areas", multiple=True, default=("51",), show_default=True, help="Unit code in force today."
)
def add_user(username: str, name: str, role: str, position: str, areas: tuple[str, ...]) -> None:
    """Add a person and print the one-time link by which they choose their password."""
    service = _services()
    try:
        with service.database.writing.begin() as session:
            person = people.add_person(
                session, service.clock(), None,
                people.Wanted(username, name, position, Role(role), areas), service.settings.timezone,
            )  # fmt: skip
            token = signing_in.make_activation(session, service.clock(), person)
    except Problem as problem:
        faults = [f"{name}: {text}" for name, text in problem.fields.items()]
        raise click.ClickException("\n".join([str(problem), *faults])) from None
    click.echo(_link(token))


@users.command("link")
@click.argument("username")
def new_link(username: str) -> None:
    """Print a new one-time link for a person who forgot the password."""
    service = _services()
    with service.database.writing.begin() as session:
        person = _person(session, username)
        try:
            token = people.new_link(session, service.clock(), None, person)
        except Problem as problem:
            raise click.ClickException(str(problem)) from None
    click.echo(_link(token))


@users.command("disable")
@click.argument("username")
def disable_user(username: str) -> None:
    """Disable an account at once: every session of it ends."""
    _set_active(username, active=False)


@users.command("enable")
@click.argument("username")
def enable_user(username: str) -> None:
    """Enable a disabled account; its password is the old one."""
    _set_active(username, active=True)


def _set_active(username: str, *, active: bool) -> None:
    service = _services()
    with service.database.writing.begin() as session:
        people.set_active(session, service.clock(), None, _person(session, username), active=active)
    click.echo(f"{username} {'enabled' if active else 'disabled'}")


def _person(session: Session, username: str) -> PersonRow:
    person = find_person(session, username)
    if person is None:
        raise click.ClickException(f"no person {username}")
    return person


@users.command("list")
def list_users() -> None:
    """List people with role and state."""
    with _services().database.reading() as session:
        for person in list_people(session):
            state = "" if person.active else "  (disabled)"
            click.echo(f"{person.username:<16} {person.role:<17} {person.full_name}{state}")


@users.command("device-key")
@click.argument("username")
def device_key(username: str) -> None:
    """Print the path by which a collecting app speaks for a person; it is shown only now."""
    service = _services()
    with service.database.writing.begin() as session:
        token = signing_in.make_device_key(session, service.clock(), _person(session, username))
    click.echo(f"/key/{token}")


def _link(token: str) -> str:
    with current_app.test_request_context():
        return _services().settings.base_url + url_for("sign_in.activate", token=token)


@units.command("load")
@click.argument("units_csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("successions_csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--write", is_flag=True, help="Write it; without this nothing is changed and the difference is shown."
)
def load_units(units_csv: Path, successions_csv: Path, write: bool) -> None:
    """Load a resolution from two CSV files: a dry run first, with --write all or nothing."""
    service = _services()
    with service.database.reading() as session:
        difference, faults = loading.try_resolution(
            session, units_csv.read_bytes(), successions_csv.read_bytes()
        )
    if faults:
        for fault in faults:
            click.echo(f"{fault.file}, hàng {fault.row}: {fault.message}", err=True)
        sys.exit(1)
    if difference is not None:
        _say_difference(difference)
    if write:
        with service.database.writing.begin() as session:
            loading.load_resolution(
                session, service.clock(), None, units_csv.read_bytes(), successions_csv.read_bytes()
            )
        click.echo("Đã nạp.")


def _say_difference(difference: Difference) -> None:
    parts = (
        ("Hết hiệu lực", difference.closed),
        ("Đơn vị mới", difference.new),
        ("Thay đổi", difference.changed),
        ("Nhập, chia", difference.moves),
        ("Đáng xem lại", difference.notes),
    )
    for title, sentences in parts:
        if sentences:
            click.echo(f"{title} ({len(sentences)})")
            for sentence in sentences:
                click.echo(f"  {sentence}")
    if difference.empty:
        click.echo("Không có gì thay đổi.")


@units.command("list")
@click.option(
    "--day", type=click.DateTime(["%Y-%m-%d"]), help="Units in force on this day; today unless given."
)
@click.option("--search", default="", help="Name or code, without accents.")
def list_units(day: datetime | None, search: str) -> None:
    """List the units of a day, or those that fit a search."""
    service = _services()
    on = day.date() if day else service.clock().astimezone(service.settings.timezone).date()
    with service.database.reading() as session:
        gazetteer = get_gazetteer(session)
        found = gazetteer.search(search, on, limit=1000) if search else gazetteer.in_force(on)
    for unit in found:
        click.echo(f"{unit.code:<6} {unit.valid_from}  {unit.full_name}")


@checklists.command("publish")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def publish_checklist(path: Path) -> None:
    """Compile a definition and publish it; all faults are listed with sheet, row and column."""
    from inspect_app.exchange.xlsform import ChecklistFaults

    service = _services()
    try:
        with service.database.writing.begin() as session:
            row = publishing.publish(session, service.clock(), None, path)
            said = f"{row.checklist.key} {row.version}" if row else "already published"
    except ChecklistFaults as faulty:
        for fault in faulty.faults:
            click.echo(f"{fault.sheet}, dòng {fault.row}, cột {fault.column}: {fault.message}", err=True)
        sys.exit(1)
    except Problem as problem:
        raise click.ClickException(str(problem)) from None
    click.echo(said)


@checklists.command("list")
def list_checklists() -> None:
    """List all published versions."""
    with _services().database.reading() as session:
        for row in list_versions(session):
            click.echo(f"{row.checklist.key:<14} {row.version:<10} {row.published_at:%Y-%m-%d} {row.title}")


@demo.command("accounts")
def demo_accounts() -> None:
    """Print the demo accounts."""
    for username, role, full_name, position, _ in demo_people.ACCOUNTS:
        click.echo(f"{username:<12} {role.value:<17} {full_name}, {position}")
