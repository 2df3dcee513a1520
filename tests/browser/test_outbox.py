"""The waiting list in a real browser: what was finished on the phone arrives, once, and leaves the phone by receipt only."""

import base64
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from inspect_app.domain.people import Role
from inspect_app.domain.phone_rows import PIECE
from inspect_app.storage.evidence import open_store
from inspect_app.storage.submissions import SubmissionRow, list_photos
from tests.builders import Office, open_office
from tests.client import photo_of
from tests.pages import sign_in
from tests.prepared import prepared_sqlite
from tests.servers import LiveServer, server_env

pytestmark = pytest.mark.browser

PASSWORD = "cửa một lần mở là xong"
ANSWERS = {"ny_02": "fail", "ny_02_note": "Ngọk Réo: bảng niêm yết còn bản 2019", "ny_01": "pass"}
PHONE = """
const phone = async (person) => {
  const base = new URL(".", document.querySelector("script[src*='/js/phone/']").src).href;
  const [store, journal, sender] = await Promise.all(["store", "journal", "sender"].map((name) => import(`${base}${name}.js`)));
  const own = new store.Store(person.id);
  if (!(await own.unlock())) {
    const kit = await (await fetch("/api/v1/offline")).json();
    if (kit.key) await own.keepKey(kit.key, { ...kit.person, ends_at: kit.ends_at });
  }
  return { ...store, ...journal, ...sender, own };
};
"""
FINISH = """
async ({ person, facts, answers, photos }) => {
  const { own, Draft } = await phone(person);
  const draft = await Draft.begin(own, facts);
  for (const [name, value] of Object.entries(answers)) await draft.note(name, value);
  for (const { bytes, sha256 } of photos) {
    const raw = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
    await draft.addPhoto(raw, { sha256, question: "ny_02", source: "camera", name: "a.jpg" }, raw.subarray(0, 500));
  }
  await draft.finish();
  return draft.submission;
}
"""
SEND = "async ({ person }) => { const { own, openSender } = await phone(person); await openSender(own).run({ now: true }); }"
ROWS = """
async ({ person }) => {
  const { own } = await phone(person);
  const rows = {};
  for (const name of ["records", "photos", "pieces", "thumbs", "receipts", "log"]) rows[name] = await own.list(name);
  return JSON.parse(JSON.stringify(rows, (name, value) => (name === "sealed" ? undefined : value)));
}
"""


@dataclass
class House:
    people: Office
    url: str
    evidence: Path
    server: LiveServer


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, shared_folder: Path) -> Iterator[House]:
    """One server for all tests of this file, with two inspectors."""
    folder = tmp_path_factory.mktemp("outbox")
    stores = prepared_sqlite(shared_folder, folder, demo=False)
    settings = stores.settings | {"INSPECT_EVIDENCE_URL": str(stores.evidence)}
    server = LiveServer(server_env(folder, stores.database_url, **settings), folder / "gunicorn.log").start()
    office = open_office(stores.database_url)
    for name in ("mot", "hai"):
        office.give_password(name, PASSWORD, Role.INSPECTOR)
    yield House(office, server.url, stores.evidence, server)
    office.database.engine.dispose()
    server.stop()


@dataclass
class Pocket:
    """A signed-in phone whose scripts are at hand, with what it holds."""

    house: House
    page: Page
    username: str = "mot"
    sent: dict[str, list[bytes]] = field(default_factory=dict)

    @property
    def person(self) -> dict[str, Any]:
        return {"id": self.house.people.person(self.username)}

    def run(self, script: str, **given: Any) -> Any:
        return self.page.evaluate(
            f"(given) => {{ {PHONE} return ({script})(given); }}", {"person": self.person, **given}
        )

    def finish(self, photos: list[bytes], **more: str) -> str:
        """Fill and finish a checklist on the phone; gives its submission."""
        visit = self.house.people.visit(by=self.username)
        facts = {
            "inspection": visit, "checklist": "dot-xuat", "version": self.house.people.version("dot-xuat"),
            "form": "dot-xuat/commune", "base": {}, "photos": [], "unit": {"full": "Xã Bình Sơn"}, "title": "Đột xuất",
        }  # fmt: skip
        files = [
            {"bytes": base64.b64encode(data).decode(), "sha256": hashlib.sha256(data).hexdigest()}
            for data in photos
        ]
        submission = str(self.run(FINISH, facts=facts, answers=ANSWERS | more, photos=files))
        self.sent[submission] = photos
        return submission

    def send(self) -> None:
        self.run(SEND)

    def rows(self, name: str) -> list[dict[str, Any]]:
        return list(self.run(ROWS)[name])

    def state(self, submission: str) -> str:
        return next(str(row["clear"]["state"]) for row in self.rows("records") if row["key"] == submission)

    def arrived(self, submission: str) -> None:
        """The server holds what was answered and the very bytes, and the phone has a receipt and no pieces any more."""
        evidence = open_store(str(self.house.evidence), self.house.evidence.parent)
        with self.house.people.database.reading() as session:
            row = session.get_one(SubmissionRow, submission)
            assert (row.status, row.answers) == ("accepted", ANSWERS)
            photos = list_photos(session, submission)
            assert sorted(photo.sha256 for photo in photos) == sorted(map(sha256, self.sent[submission]))
            assert {photo.state for photo in photos} <= {"stored"}
            code = row.code
        for data in self.sent[submission]:
            with evidence.open(sha256(data)) as kept:
                assert kept.read() == data
        phone = self.run(ROWS)
        assert [row["code"] for row in phone["receipts"] if row["submission"] == submission] == [code]
        assert self.state(submission) == "complete"
        assert [row for row in phone["pieces"] if row["clear"]["submission"] == submission] == []


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def pocket(house: House, open_page: Callable[..., Page]) -> Pocket:
    return signed_in(house, open_page())


def signed_in(house: House, page: Page) -> Pocket:
    sign_in(page, house.url, "mot", PASSWORD)
    page.goto(f"{house.url}/inspect/")
    return Pocket(house, page)


def test_a_finished_record_arrives_and_its_photos_leave_the_phone_by_receipt(pocket: Pocket) -> None:
    photos = [photo_of(1), photo_of(2, (1600, 1200))]
    submission = pocket.finish(photos)
    assert len(pocket.rows("pieces")) == sum(-(-len(data) // PIECE) for data in photos)
    pocket.send()
    pocket.arrived(submission)
    assert len(pocket.rows("thumbs")) == 2
    assert [row["why"].split()[0] for row in pocket.rows("log") if row["at"]] == ["receipt", "receipt"]


def test_without_network_it_waits_and_goes_by_itself_when_there_is_one(pocket: Pocket) -> None:
    submission = pocket.finish([photo_of(3)])
    pocket.page.context.set_offline(True)
    pocket.send()
    assert pocket.state(submission) == "finished"
    pocket.page.evaluate("() => { window.kept = 1; }")
    pocket.page.context.set_offline(
        False
    )  # the senders of this page hear "online"; twenty seconds are the page's own
    pocket.send()
    pocket.arrived(submission)


def test_an_error_of_the_server_is_tried_again(pocket: Pocket) -> None:
    submission = pocket.finish([photo_of(4)])
    answers = iter([500, 503])

    def fail_twice(route: Route) -> None:
        status = next(answers, None)
        if status is None:
            route.continue_()
        else:
            route.fulfill(status=status, body="no")

    pocket.page.route("**/api/v1/submissions/*", fail_twice)
    pocket.send()
    (row,) = pocket.rows("records")
    assert (row["clear"]["state"], row["clear"]["error"], row["clear"]["tries"]) == ("finished", "server", 1)
    pocket.send()
    pocket.send()
    pocket.arrived(submission)


def test_two_tabs_send_at_once_and_it_arrives_once(pocket: Pocket) -> None:
    submissions = [pocket.finish([photo_of(seed)]) for seed in (5, 6, 7)]
    other = pocket.page.context.new_page()
    other.goto(f"{pocket.house.url}/inspect/")
    begin = f"(given) => {{ {PHONE} void phone(given.person).then(({{ own, openSender }}) => openSender(own).run({{ now: true }})); }}"
    puts: list[str] = []
    pocket.page.context.on("request", lambda asked: puts.append(asked.url) if asked.method == "PUT" else None)
    for page in (pocket.page, other):
        page.evaluate(begin, {"person": pocket.person})
    pocket.send()
    for submission in submissions:
        pocket.arrived(submission)
    assert len(puts) == 3


def test_a_killed_tab_goes_on_at_the_byte(pocket: Pocket) -> None:
    data = photo_of(8, (3000, 2250))
    assert len(data) > 400_000
    submission = pocket.finish([data])
    sent: list[int] = []

    def cut(route: Route) -> None:
        sent.append(len(route.request.post_data_buffer or b""))
        if len(sent) == 3:
            pocket.page.context.set_offline(True)
            route.abort()
        else:
            route.continue_()

    pocket.page.route(
        "**/api/v1/uploads/*",
        lambda route: cut(route) if route.request.method == "PATCH" else route.continue_(),
    )
    pocket.send()
    before = sum(sent[:2])
    (photo,) = pocket.rows("photos")
    assert photo["clear"]["sent"] == before
    pocket.page.close()
    pocket.page = pocket.page.context.new_page()
    pocket.page.context.set_offline(False)
    pocket.page.goto(f"{pocket.house.url}/inspect/")
    patched: list[int] = []
    pocket.page.on(
        "request",
        lambda asked: patched.append(len(asked.post_data_buffer or b"")) if asked.method == "PATCH" else None,
    )
    pocket.send()
    pocket.arrived(submission)
    assert sum(patched) == len(data) - before


# Finishes nothing and sends nothing: counts how often the service worker tells this page to send.
WOKEN = """
async ({ person, milliseconds }) => {
  const { own, openSender } = await phone(person);
  await navigator.serviceWorker.ready;
  let woken = 0;
  navigator.serviceWorker.addEventListener("message", ({ data }) => (woken += data?.act === "send"));
  await openSender(own).run();
  await new Promise((done) => setTimeout(done, milliseconds));
  return woken;
}
"""


def test_the_worker_wakes_a_page_that_waits_and_the_page_does_not_ask_for_it_again_and_again(
    house: House, open_page: Callable[..., Page]
) -> None:
    """What was just finished is not due yet, and the browser wakes the worker at once while there is a network."""
    pocket = signed_in(house, open_page(service_workers="allow"))
    pocket.page.evaluate("async () => { await navigator.serviceWorker.ready; }")
    pocket.finish([])
    assert 1 <= pocket.run(WOKEN, milliseconds=4000) <= 3
