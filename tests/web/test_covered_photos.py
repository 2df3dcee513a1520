"""What a blurred copy covers is for who may open originals: no page, file or number tells anybody else that it is there.

Every door is asked by every role before and after the untouched photo exists, and the bodies are compared.
"""

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from inspect_app.domain.people import Act, Role, may
from inspect_app.storage.audit import AuditRow
from inspect_app.storage.evidence import open_store
from inspect_app.storage.submissions import BlobRow, PhotoRow
from tests.client import photo_of
from tests.prepared import Stores, prepared_sqlite
from tests.rights import doors_of
from tests.world import Visit, World, masked, open_world, unpacked

UNTOUCHED, HIDDEN = photo_of(77), "77777777-7777-4777-8777-777777777777"
MARK = "KHONGAIDUOCTHAY"
PEOPLE = {f"{role.value.replace('_', '-')}.tinh": role for role in Role}
OUTSIDERS = [name for name, role in PEOPLE.items() if not may(role, Act.SEE_ORIGINALS)]
RECEIPTS = (
    "receipts.receipt",
    "api.get_receipt",
)  # by which a sender lets go of the photo: they name it to them

Answers = dict[tuple[str, str], object]


@pytest.fixture(scope="module")
def stores(shared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Stores:
    return prepared_sqlite(shared_folder, tmp_path_factory.mktemp("covered"), demo=False)


@pytest.fixture(scope="module")
def world(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    found = open_world(stores, tmp_path_factory.mktemp("world"))
    for username, role in PEOPLE.items():
        found.office.person(username, role)
    found.office.person("planner", Role.HEAD)
    found.office.person("near")
    found.plan_campaign({"Đoàn gần": ("near",)})
    yield found
    found.close()


@pytest.fixture(scope="module")
def visit(world: World) -> Visit:
    return world.visit("Đoàn gần", "21040", "near", "DAUVET", "reviewer.tinh")


def ask_all(world: World, visit: Visit) -> Answers:
    asked: Answers = {}
    state = world.keep()
    for username in (*OUTSIDERS, "near"):
        for door, rule in doors_of(world.app):
            if not door.startswith("GET ") or door == "GET /metrics":
                continue
            if username == "near" and rule.endpoint in RECEIPTS:
                continue
            address = world.address(rule, {**world.general(), **visit.values(rule)})
            status, kind, where, body = masked(world.client(username).get(address))
            asked[username, door] = (status, kind, where, unpacked(body))
            assert MARK.encode() not in body and HIDDEN.encode() not in body, f"{door} by {username}"
    world.restore(state)
    return asked


def cover(world: World, visit: Visit, stores: Stores) -> None:
    """The photo of NY-01 becomes the blurred copy of one that is there too."""
    sha256 = hashlib.sha256(UNTOUCHED).hexdigest()
    store = open_store(str(stores.evidence), stores.evidence.parent / "scratch")
    store.keep(store.receive(io.BytesIO(UNTOUCHED)), "image/jpeg")
    with world.office.database.writing.begin() as session:
        copy = session.get_one(PhotoRow, visit.photos["ny_01"])
        copy.covers = HIDDEN
        now, size = world.office.now, len(UNTOUCHED)
        session.add(BlobRow(sha256=sha256, size=size, media_type="image/jpeg", stored_at=now))
        session.add(
            PhotoRow(
                id=HIDDEN, submission_id=visit.submission, question="ny_01", position=99, state="stored", sha256=sha256,
                size=size, name=f"{MARK}.jpg", caption=MARK, covered=True, person_id=copy.person_id, received_at=now,
            )
        )  # fmt: skip


def test_nobody_else_learns_that_it_is_there(world: World, visit: Visit, stores: Stores) -> None:
    before = ask_all(world, visit)
    assert [status for status, *_ in before.values() if status == 200]  # type: ignore[misc, attr-defined]
    cover(world, visit, stores)
    after = ask_all(world, visit)
    differing = [asked for asked in before if before[asked] != after[asked]]
    assert not differing
    for username in (*OUTSIDERS, "near"):
        for size in ("thumb", "screen", "original"):
            there = masked(world.client(username).get(f"/photos/{HIDDEN}/{size}"))
            nothing = masked(world.client(username).get(f"/photos/{HIDDEN[:-1]}8/{size}"))
            assert there == nothing and there[0] in (403, 404)
    sender = world.client("near").get(f"/api/v1/submissions/{visit.submission}").get_data(as_text=True)
    assert HIDDEN in sender, "its photographer's phone may let go of it"
    _reviewers_see_the_copy_and_the_way_to_it(world, visit)
    _lists_are_made_to_be_passed_on(world)


def _reviewers_see_the_copy_and_the_way_to_it(world: World, visit: Visit) -> None:
    for username in ("reviewer.tinh", "head.tinh"):
        client = world.client(username)
        for page in (f"/review/{visit.inspection}", f"/review/submissions/{visit.submission}"):
            text = client.get(page).get_data(as_text=True)
            shown = set(re.findall(r'src="/photos/([0-9a-f-]{36})/', text))
            assert visit.photos["ny_01"] in shown and HIDDEN not in shown
            assert f'href="/photos/{HIDDEN}/screen"' in text and "Đã che" in text
        looked = client.get(f"/photos/{HIDDEN}/screen")
        assert looked.status_code == 200 and looked.headers["Cache-Control"] == "no-store"
        assert client.get(f"/photos/{HIDDEN}/original").get_data() == UNTOUCHED
    with world.office.database.reading() as session:
        noted = session.scalars(select(AuditRow.act).where(AuditRow.subject_id == HIDDEN)).all()
    assert noted == ["photo_original_viewed"] * 4


def _lists_are_made_to_be_passed_on(world: World) -> None:
    client = world.client("reviewer.tinh")
    for door in ("/findings.csv", "/api/v1/findings"):
        assert HIDDEN not in client.get(door).get_data(as_text=True)
    for door, there in (("/findings.zip", False), ("/findings.zip?originals=1", True)):
        with zipfile.ZipFile(io.BytesIO(client.get(door).get_data())) as packed:
            assert (UNTOUCHED in [packed.read(name) for name in packed.namelist()]) == there


def test_a_caption_stands_beside_its_photo_where_it_is_seen(world: World, visit: Visit) -> None:
    with world.office.database.writing.begin() as session:
        session.get_one(PhotoRow, visit.photos["ny_01"]).caption = "Bảng ở <sảnh>"
    for username, page in (
        ("reviewer.tinh", f"/review/{visit.inspection}?finding={visit.findings['NY-01']}"),
        ("reviewer.tinh", f"/review/submissions/{visit.submission}"),
        ("leader.tinh", f"/findings/{visit.findings['NY-01']}"),
    ):
        assert "Bảng ở &lt;sảnh&gt;" in world.client(username).get(page).get_data(as_text=True)
