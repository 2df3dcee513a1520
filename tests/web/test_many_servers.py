"""Many servers, one PostgreSQL, one bucket: what one has taken in the other shows, and nobody needs to stick to one."""

# ruff: noqa: F811 (pytest fixtures are imported and then named as arguments)

import hashlib
import io
import zipfile
from collections.abc import Callable

import pytest
from PIL import Image

from tests.client import Client, photo_of
from tests.prepared import Stores
from tests.s3_server import s3_endpoint, s3_url  # noqa: F401 (fixtures)
from tests.servers import LiveServer

BINH_SON = "21040"
FAIL = {"ny_02": "fail", "ny_02_note": "Thiếu bảng ở Ngọk Réo, Ia H'Drai"}


@pytest.mark.s3
def test_a_photo_sent_to_one_server_is_shown_listed_and_packed_by_the_other(
    live_server: Callable[..., LiveServer], prepared_stores: Callable[..., Stores], s3_url: str
) -> None:
    stores = prepared_stores("postgresql", True)
    one, two = (
        live_server(stores=stores, INSPECT_EVIDENCE_URL=s3_url, INSPECT_SECRET_KEY="one key for both servers, long enough")
        for _ in range(2)
    )  # fmt: skip
    phone = Client(one.url, "kiemtra1")
    visit, photos = phone.start_surprise(BINH_SON), [photo_of(1), photo_of(2)]
    kept = phone.send_page(visit, FAIL | {"ny_02_n": "9", "ny_02_of": "1"}, [("ny_02", photos[0])])
    assert kept.status_code == 422  # a draft on the first server, sent by the second
    phone.url = two.url
    assert phone.send_page(visit, FAIL, [("ny_02", photos[1])]).status_code == 303

    desk = Client(one.url, "chuyenvien")
    (item,) = desk.get(f"/api/v1/findings?inspection={visit}").json()["items"]
    assert sorted(shot["sha256"] for shot in item["photos"]) == sorted(map(sha256, photos))
    for client in (desk, Client(two.url, "chuyenvien")):
        for shot in item["photos"]:
            assert sha256(client.get(f"/photos/{shot['id']}/original").content) == shot["sha256"]
            assert Image.open(io.BytesIO(client.get(f"/photos/{shot['id']}/thumb").content)).format
    packed = zipfile.ZipFile(io.BytesIO(desk.get(f"/findings.zip?inspection={visit}&originals=1").content))
    shots = [packed.read(name) for name in packed.namelist() if name.endswith(".jpg")]
    assert sorted(map(sha256, shots)) == sorted(map(sha256, photos))


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
