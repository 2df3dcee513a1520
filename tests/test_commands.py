"""The administrator's words in the shell: each explains itself, and says by its exit code whether all is well."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from inspect_app import create_app
from inspect_app.settings import read_settings
from inspect_app.storage.engine import open_database
from inspect_app.storage.submissions import BlobRow
from tests.builders import TODAY
from tests.operations.test_units import MOVES, UNIT_HEAD, UNITS
from tests.prepared import Stores
from tests.servers import flask, server_env


@pytest.fixture
def run(prepared_stores: Callable[..., Stores], tmp_path: Path) -> Callable[..., Result]:
    stores = prepared_stores()
    app = create_app(read_settings(server_env(tmp_path, stores.database_url)))

    def command(*words: str | Path, status: int = 0) -> Result:
        with app.app_context():  # as the program flask has it
            done = app.test_cli_runner().invoke(args=list(map(str, words)))
        assert done.exit_code == status, done.output
        return done

    command.url = stores.database_url  # type: ignore[attr-defined]
    command.scratch = tmp_path / "evidence" / "scratch"  # type: ignore[attr-defined]
    return command


def test_every_group_and_command_explains_itself(run: Callable[..., Result], tmp_path: Path) -> None:
    commands = flask(server_env(tmp_path, run.url), "--help")  # type: ignore[attr-defined]
    for group in ("users", "units", "checklists", "backup", "verify", "demo"):
        assert f"\n  {group} " in commands
        assert "Usage: " in run(group, "--help").stdout


def test_an_account_is_added_with_a_link_listed_and_disabled(
    run: Callable[..., Result],
) -> None:
    made = run("users", "add", "tham", "--name", "Nguyễn Thị Thắm", "--role", "reviewer").stdout
    assert "/activate/" in made
    assert "full_name" in run("users", "add", "tham2", "--name", " ", "--role", "reviewer", status=1).stderr
    run("users", "disable", "tham")
    assert "(disabled)" in run("users", "list").stdout
    run("users", "link", "tham", status=1)
    run("users", "enable", "tham")
    assert "/activate/" in run("users", "link", "tham").stdout
    assert run("users", "device-key", "tham").stdout.startswith("/key/")
    assert "no person" in run("users", "link", "nobody", status=1).stderr


def test_a_resolution_is_shown_first_and_written_only_when_asked(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    units, moves, faulty = tmp_path / "u.csv", tmp_path / "m.csv", tmp_path / "f.csv"
    units.write_bytes(UNITS)
    moves.write_bytes(MOVES)
    faulty.write_bytes((UNIT_HEAD + "29999,Mới,xã,commune,77,2027-01-01,\n").encode())
    assert "đổi thành phường Bình Sơn" in run("units", "load", units, moves).stdout
    assert "phường Bình Sơn" not in run("units", "list", "--day", "2027-01-01", "--search", "binh son").stdout
    assert "units.csv, hàng 2" in run("units", "load", faulty, moves, status=1).stderr
    run("units", "load", units, moves, "--write")
    assert "phường Bình Sơn" in run("units", "list", "--day", "2027-01-01", "--search", "binh son").stdout


def test_missing_evidence_ends_verify_and_backup_with_an_error(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    assert "all sound" in run("verify").stdout
    run("backup", "make", tmp_path / "backup")
    assert "all sound" in run("backup", "restore-check", tmp_path / "backup").stdout
    database = open_database(run.url)  # type: ignore[attr-defined]
    with database.writing.begin() as session:
        session.add(BlobRow(sha256="a" * 64, size=1, stored_at=TODAY))
    database.engine.dispose()
    assert "missing: aaaa" in run("verify", status=1).stderr
    run("backup", "make", tmp_path / "backup", status=1)
    assert "missing: aaaa" in run("backup", "restore-check", tmp_path / "backup", status=1).stderr
    (tmp_path / "empty").mkdir()
    run("backup", "restore-check", tmp_path / "empty", status=1)
    assert not list((tmp_path / "empty").iterdir())


def test_preparing_removes_uploads_that_were_abandoned_and_no_others(
    run: Callable[..., Result],
) -> None:
    scratch: Path = run.scratch  # type: ignore[attr-defined]
    scratch.mkdir(parents=True)
    old, young, foreign = scratch / "in-old", scratch / "in-young", scratch / "of-somebody-else"
    for path in (old, young, foreign):
        path.write_bytes(b"half a photo")
    long_ago = time.time() - 25 * 3600
    for path in (old, foreign):
        os.utime(path, (long_ago, long_ago))
    assert "removed 1 abandoned uploads" in run("prepare").stdout
    assert sorted(scratch.iterdir()) == [young, foreign]
    assert "abandoned" not in run("prepare").stdout
