"""Evidence stores for tests: one in a folder, one on a real S3-protocol server, and a photo to put in."""

import hashlib
from pathlib import Path

import pytest

from inspect_app.storage.evidence import EvidenceStore, open_store

PHOTO = b"anh chup tai Duc Pho " * 5000
SHA = hashlib.sha256(PHOTO).hexdigest()
PLACE = f"{SHA[:2]}/{SHA[2:4]}/{SHA}"


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.s3)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "evidence") if request.param == "folder" else request.getfixturevalue("s3_url")


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path / "evidence" / "scratch"


@pytest.fixture
def store(url: str, scratch: Path) -> EvidenceStore:
    return open_store(url, scratch)


@pytest.fixture
def folder(tmp_path: Path, scratch: Path) -> EvidenceStore:
    return open_store(str(tmp_path / "evidence"), scratch)


def left_in(scratch: Path) -> list[Path]:
    return sorted(scratch.iterdir()) if scratch.exists() else []


def keep_photo(store: EvidenceStore, data: bytes = PHOTO) -> str:
    stored = store.receive([data])
    store.keep(stored, "image/jpeg")
    return stored.sha256
