"""What only a bucket does: conditional writes, servers without them, damage, health, parts."""

# ruff: noqa: F811 (pytest fixtures are imported and then named as arguments)

import time
from pathlib import Path

import obstore
import pytest
from obstore.store import S3Store

from inspect_app.storage.evidence import open_store
from tests.evidence_stores import PHOTO, PLACE, keep_photo, scratch  # noqa: F401 (fixtures)
from tests.s3_server import refusing_conditions, s3_endpoint, s3_url  # noqa: F401 (fixtures)

pytestmark = pytest.mark.s3


def test_a_bucket_that_does_not_exist_is_not_writable(s3_url: str, scratch: Path) -> None:
    assert open_store(s3_url, scratch).writable()
    assert not open_store("s3://khong-co-thung-nay/x", scratch).writable()


def test_a_bucket_out_of_reach_is_told_within_seconds(
    s3_url: str,
    scratch: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    began = time.monotonic()
    assert not open_store(s3_url, scratch).writable()
    assert time.monotonic() - began < 4


def _raw(url: str) -> S3Store:
    return S3Store.from_url(url, client_options={"allow_http": True})


def test_a_damaged_object_is_set_aside_and_stored_anew(s3_url: str, scratch: Path) -> None:
    obstore.put(_raw(s3_url), PLACE, b"hong")
    store = open_store(s3_url, scratch)
    keep_photo(store)
    assert store.verify(PLACE[-64:])
    assert bytes(obstore.get(_raw(s3_url), f"{PLACE}.damaged").bytes()) == b"hong"


def test_an_object_is_written_once(s3_url: str, scratch: Path) -> None:
    """Bytes of equal size under the name stay: the second keep has not written."""
    store = open_store(s3_url, scratch)
    obstore.put(_raw(s3_url), PLACE, b"?" * len(PHOTO))
    keep_photo(store)
    assert bytes(obstore.get(_raw(s3_url), PLACE).bytes())[:1] == b"?"
    assert not store.verify(PLACE[-64:])


def test_the_media_type_goes_with_the_object(s3_url: str, scratch: Path) -> None:
    store = open_store(s3_url, scratch)
    keep_photo(store)
    found = obstore.get(_raw(s3_url), PLACE)
    assert found.attributes["Content-Type"] == "image/jpeg"


@pytest.mark.parametrize("answer", [501, 412, 409])
def test_a_server_that_refuses_conditional_writes_still_keeps(
    answer: int,
    s3_url: str,
    s3_endpoint: str,
    scratch: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with refusing_conditions(s3_endpoint, answer) as front:
        monkeypatch.setenv("AWS_ENDPOINT_URL", front)
        store = open_store(s3_url, scratch)
        keep_photo(store)
        keep_photo(store)
        assert store.verify(PLACE[-64:])
