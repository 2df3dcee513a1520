"""Backups and their proof. A photo once taken is never lost: here is how one finds out that none is.

A backup folder holds `evidence/ab/cd/<sha256>` (grows only, shared by all backups), and for each backup a copy of the
database and `manifest-<time>.json`, written last: a backup without a manifest did not end. The database is copied
first; evidence is always kept before its record is written, so every file the copy speaks of exists already.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.domain.problems import N_, Faulty, NotFound
from inspect_app.storage.copying import copy_sqlite, is_sound, list_blobs_in
from inspect_app.storage.engine import Database
from inspect_app.storage.evidence import EvidenceStore
from inspect_app.storage.evidence_folder import bring_to_disk
from inspect_app.storage.submissions import BlobRow

PIECE = 256 * 1024


@dataclass(frozen=True)
class Blob:
    sha256: str
    size: int


@dataclass(frozen=True)
class Checked:
    """How many evidence files were looked at, and which are not there or not what they were."""

    count: int
    missing: tuple[str, ...]
    damaged: tuple[str, ...]

    @property
    def sound(self) -> bool:
        return not (self.missing or self.damaged)


@dataclass(frozen=True)
class Backup:
    manifest: Path
    database: Path | None  # None on PostgreSQL, which is saved by pg_dump
    copied: int
    known: int  # evidence files an earlier backup had copied
    missing: tuple[str, ...]


def list_blobs(session: Session) -> list[Blob]:
    rows = session.execute(select(BlobRow.sha256, BlobRow.size).order_by(BlobRow.sha256))
    return [Blob(sha256, size) for sha256, size in rows]


def verify_evidence(session: Session, store: EvidenceStore) -> Checked:
    """Read every evidence file the database speaks of and hash it again."""
    blobs = list_blobs(session)
    missing = [blob.sha256 for blob in blobs if not store.has(blob.sha256)]
    gone = set(missing)
    damaged = [blob.sha256 for blob in blobs if blob.sha256 not in gone and not store.verify(blob.sha256)]
    return Checked(len(blobs), tuple(missing), tuple(damaged))


def back_up(database: Database, store: EvidenceStore, folder: Path, now: datetime) -> Backup:
    """Make a backup into `folder`; files that cannot be had are told in `missing`, and the manifest says so too."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    copy = folder / f"database-{stamp}.sqlite" if database.is_sqlite else None
    if copy is not None:
        copy_sqlite(database, copy)
        bring_to_disk(copy)
        blobs = [Blob(sha256, size) for sha256, size in list_blobs_in(copy)]
    else:
        with database.reading() as session:
            blobs = list_blobs(session)
    copied, known, missing = _copy_evidence(store, folder, blobs)
    manifest = folder / f"manifest-{stamp}.json"
    _write(
        manifest,
        {
            "made_at": now.astimezone(UTC).isoformat(),
            "database": {"file": copy.name, "sha256": _hash_file(copy), "size": copy.stat().st_size} if copy else None,
            "evidence": [asdict(blob) for blob in blobs],
            "missing": missing,
        },
    )  # fmt: skip
    return Backup(manifest, copy, copied, known, tuple(missing))


def check_backup(folder: Path) -> tuple[Path, Checked, list[str]]:
    """Would the newest backup in `folder` restore? Its manifest, its evidence re-hashed, and what else is wrong with it.

    NotFound when there is no finished backup; Faulty when its manifest cannot be read.
    """
    manifests = sorted(folder.glob("manifest-*.json"))
    if not manifests:
        raise NotFound(N_("Thư mục này không có bản sao lưu nào đã hoàn tất."))
    try:
        told = json.loads(manifests[-1].read_text(encoding="utf-8"))
        blobs = [Blob(item["sha256"], item["size"]) for item in told["evidence"]]
        database = told["database"]
    except (ValueError, KeyError, TypeError):
        raise Faulty(N_("Không đọc được tệp %(name)s."), name=manifests[-1].name) from None
    faults = _database_faults(folder, database, blobs) if database else []
    missing = [blob.sha256 for blob in blobs if not _place(folder, blob.sha256).is_file()]
    gone = set(missing)
    damaged = [
        blob.sha256
        for blob in blobs
        if blob.sha256 not in gone and _hash_file(_place(folder, blob.sha256)) != blob.sha256
    ]
    return manifests[-1], Checked(len(blobs), tuple(missing), tuple(damaged)), faults


def _database_faults(folder: Path, told: dict[str, str], blobs: list[Blob]) -> list[str]:
    path = folder / told["file"]
    if not path.is_file():
        return [N_("Thiếu bản sao cơ sở dữ liệu.")]
    if _hash_file(path) != told["sha256"]:
        return [N_("Bản sao cơ sở dữ liệu đã thay đổi từ khi sao lưu.")]
    if not is_sound(path):
        return [N_("Bản sao cơ sở dữ liệu bị hỏng.")]
    if {sha256 for sha256, _size in list_blobs_in(path)} != {blob.sha256 for blob in blobs}:
        return [N_("Bản sao cơ sở dữ liệu nói tới minh chứng không có trong bản kê.")]
    return []


def _copy_evidence(store: EvidenceStore, folder: Path, blobs: Iterable[Blob]) -> tuple[int, int, list[str]]:
    copied, known, missing = 0, 0, []
    for blob in blobs:
        target = _place(folder, blob.sha256)
        if target.is_file() and target.stat().st_size == blob.size:
            known += 1
            continue
        try:
            with store.open(blob.sha256) as source:
                whole = _copy(source, target, blob.sha256)
        except NotFound:
            whole = False
        copied += whole
        if not whole:
            missing.append(blob.sha256)
    return copied, known, missing


def _copy(source: BinaryIO, target: Path, sha256: str) -> bool:
    """Copy while hashing; bytes that are not what their name says are not taken into a backup."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}")
    with draft.open("wb") as file:
        digest = _each_piece(source, file.write)
        file.flush()
        os.fsync(file.fileno())
    if digest != sha256:
        draft.unlink()
        return False
    draft.replace(target)
    bring_to_disk(target.parent)
    return True


def _place(folder: Path, sha256: str) -> Path:
    return folder / "evidence" / sha256[:2] / sha256[2:4] / sha256


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return _each_piece(file, lambda _piece: 0)


def _each_piece(source: BinaryIO, take: Callable[[bytes], int]) -> str:
    digest = hashlib.sha256()
    while piece := source.read(PIECE):
        digest.update(piece)
        take(piece)
    return digest.hexdigest()


def _write(path: Path, content: dict[str, object]) -> None:
    draft = path.with_name(f".{path.name}")
    draft.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    bring_to_disk(draft)
    draft.replace(path)
    bring_to_disk(path.parent)
