"""Backups hold every photo and would restore; a missing or damaged file is found, in the store and in a backup."""

import io
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from inspect_app.domain.problems import Faulty, NotFound
from inspect_app.operations import safekeeping
from inspect_app.storage.evidence import EvidenceStore, open_store
from inspect_app.storage.submissions import BlobRow
from tests.builders import BINH_SON, Office, open_office
from tests.prepared import Stores


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return open_store(str(tmp_path / "evidence"), tmp_path / "scratch")


@pytest.fixture
def sqlite_office(prepared_stores: Callable[..., Stores]) -> Iterator[Office]:
    office = open_office(prepared_stores("sqlite").database_url)
    yield office
    office.database.engine.dispose()


def keep(office: Office, store: EvidenceStore, data: bytes) -> str:
    stored = store.receive(io.BytesIO(data))
    store.keep(stored)
    with office.database.writing.begin() as session:
        session.add(BlobRow(sha256=stored.sha256, size=stored.size, stored_at=office.now))
    return str(stored.sha256)


def file_of(folder: Path, sha256: str) -> Path:
    return folder / "evidence" / sha256[:2] / sha256[2:4] / sha256


def damage(path: Path) -> None:
    """Change a byte and keep the size, as a failing disk does."""
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[0] ^= 1
    path.write_bytes(bytes(data))


def test_a_sound_store_is_found_sound(office: Office, store: EvidenceStore) -> None:
    keep(office, store, b"one")
    keep(office, store, b"two")
    with office.database.reading() as session:
        checked = safekeeping.verify_evidence(session, store)
    assert (checked.count, checked.sound) == (2, True)


def test_missing_and_damaged_evidence_is_told_apart(
    office: Office, store: EvidenceStore, tmp_path: Path
) -> None:
    gone, hurt = keep(office, store, b"one"), keep(office, store, b"two")
    keep(office, store, b"three")
    file_of(tmp_path, gone).unlink()
    damage(file_of(tmp_path, hurt))
    with office.database.reading() as session:
        checked = safekeeping.verify_evidence(session, store)
    assert checked == safekeeping.Checked(3, (gone,), (hurt,))


def test_a_backup_copies_only_what_an_earlier_one_has_not(
    office: Office, store: EvidenceStore, tmp_path: Path
) -> None:
    keep(office, store, b"one")
    first = safekeeping.back_up(office.database, store, tmp_path / "backup", office.now)
    keep(office, store, b"two")
    second = safekeeping.back_up(office.database, store, tmp_path / "backup", office.now + timedelta(days=1))
    assert [(made.copied, made.known, made.missing) for made in (first, second)] == [(1, 0, ()), (1, 1, ())]
    manifest, checked, faults = safekeeping.check_backup(tmp_path / "backup")
    assert (manifest, checked.count, checked.sound, faults) == (second.manifest, 2, True, [])


def test_the_copy_of_a_busy_sqlite_database_is_whole_and_holds_what_was_committed(
    sqlite_office: Office, store: EvidenceStore, tmp_path: Path
) -> None:
    sqlite_office.visit(BINH_SON)
    with sqlite_office.database.writing.begin() as session:  # somebody is writing meanwhile
        session.add(BlobRow(sha256="0" * 64, size=1, stored_at=sqlite_office.now))
        session.flush()
        made = safekeeping.back_up(sqlite_office.database, store, tmp_path / "backup", sqlite_office.now)
    assert made.database is not None
    copy = sqlite3.connect(made.database)
    assert copy.execute("SELECT count(*) FROM inspection").fetchone() == (1,)
    assert copy.execute("SELECT count(*) FROM blob").fetchone() == (0,)
    copy.close()
    assert not list((tmp_path / "backup").glob("*-wal"))


def test_a_damaged_file_is_never_taken_into_a_backup(
    office: Office, store: EvidenceStore, tmp_path: Path
) -> None:
    hurt = keep(office, store, b"one")
    damage(file_of(tmp_path, hurt))
    made = safekeeping.back_up(office.database, store, tmp_path / "backup", office.now)
    assert made.missing == (hurt,)
    assert not file_of(tmp_path / "backup", hurt).exists()
    assert safekeeping.check_backup(tmp_path / "backup")[1].missing == (hurt,)


def test_a_backup_that_lost_or_changed_a_file_would_not_restore(
    office: Office, store: EvidenceStore, tmp_path: Path
) -> None:
    gone, hurt = keep(office, store, b"one"), keep(office, store, b"two")
    safekeeping.back_up(office.database, store, tmp_path / "backup", office.now)
    file_of(tmp_path / "backup", gone).unlink()
    damage(file_of(tmp_path / "backup", hurt))
    _, checked, faults = safekeeping.check_backup(tmp_path / "backup")
    assert (checked.missing, checked.damaged, faults) == ((gone,), (hurt,), [])


def test_a_changed_or_missing_copy_of_the_database_is_noticed(
    sqlite_office: Office, store: EvidenceStore, tmp_path: Path
) -> None:
    made = safekeeping.back_up(sqlite_office.database, store, tmp_path / "backup", sqlite_office.now)
    assert made.database is not None
    with made.database.open("r+b") as file:
        file.seek(-100, os.SEEK_END)
        file.write(b"x" * 100)
    assert len(safekeeping.check_backup(tmp_path / "backup")[2]) == 1
    made.database.unlink()
    assert len(safekeeping.check_backup(tmp_path / "backup")[2]) == 1


def test_an_unfinished_or_unreadable_backup_is_none(
    office: Office, store: EvidenceStore, tmp_path: Path
) -> None:
    made = safekeeping.back_up(office.database, store, tmp_path / "backup", office.now)
    shutil.copy(made.manifest, tmp_path / "kept.json")
    made.manifest.write_text("{")
    with pytest.raises(Faulty):
        safekeeping.check_backup(tmp_path / "backup")
    made.manifest.unlink()
    with pytest.raises(NotFound):
        safekeeping.check_backup(tmp_path / "backup")
