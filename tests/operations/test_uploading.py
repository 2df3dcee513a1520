"""Photos in pieces at the same moment on two servers: whoever ends an upload second changes nothing of it."""

import hashlib
import uuid
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from inspect_app.domain.tus import Announced
from inspect_app.operations import uploading
from inspect_app.storage.evidence import EvidenceStore, Stored, open_store
from inspect_app.storage.uploads import UploadRow
from tests.builders import Office
from tests.photo_samples import jpeg


class Overtaken:
    """An evidence store before whose first read the other server ends the same upload."""

    def __init__(self, store: EvidenceStore, office: Office, upload_id: str) -> None:
        self.store, self.office, self.upload_id = store, office, upload_id

    def receive(self, source: Iterable[bytes], limit: int | None = None) -> Stored:
        uploading.finish(self.office.open_desk, self.store, self.upload_id)
        return self.store.receive(source, limit)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


def announced(office: Office, data: bytes) -> str:
    sha256 = hashlib.sha256(data).hexdigest()
    with office.desk() as desk:
        wanted = Announced(str(uuid.uuid4()), str(uuid.uuid4()), sha256, "a.jpg", len(data))
        return uploading.announce(desk, wanted).id


def state(office: Office, upload_id: str) -> str | None:
    with office.database.reading() as session:
        row = session.get(UploadRow, upload_id)
        return row.state if row else None


def test_an_upload_that_two_servers_end_at_once_is_complete(office: Office, tmp_path: Path) -> None:
    photo, store = jpeg(), open_store(str(tmp_path / "evidence"), tmp_path / "scratch")
    upload_id = announced(office, photo)
    uploading.append(office.open_desk, upload_id, 0, [photo[:100], photo[100:]])
    row = uploading.finish(office.open_desk, Overtaken(store, office, upload_id), upload_id)  # type: ignore[arg-type]
    assert row.state == state(office, upload_id) == "complete"
    assert store.has(hashlib.sha256(photo).hexdigest())


def test_an_upload_nobody_goes_on_with_is_dropped_and_a_complete_one_stays(
    office: Office, tmp_path: Path
) -> None:
    photo, store = jpeg(), open_store(str(tmp_path / "evidence"), tmp_path / "scratch")
    whole, left = announced(office, photo), announced(office, photo)
    uploading.append(office.open_desk, whole, 0, [photo])
    uploading.finish(office.open_desk, store, whole)
    uploading.append(office.open_desk, left, 0, [photo[:50]])
    office.now += uploading.LIFE - timedelta(hours=1)
    announced(office, photo)
    assert state(office, left) == "open"
    office.now += timedelta(hours=2)
    announced(office, photo)
    assert (state(office, whole), state(office, left)) == ("complete", None)
