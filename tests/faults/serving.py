"""Faults of the server and of what waits for it: killed, restarted, refusing one record, a queue of a week."""

import base64
import hashlib
import time
from collections.abc import Callable

from playwright.sync_api import expect

from tests.client import photo_of
from tests.faults.network import ALWAYS, KBIT, TEXT
from tests.faults.phone import Phone, Sheet
from tests.faults.stage import Stage, fault

# Surprise visits of the last seven days, begun and finished on this phone without network, as start.js and form.js do.
WEEK = """
const [{ findOpenStore }, { Draft }, { factsOf }, { readKit }] =
  await Promise.all(["persons", "journal", "start", "ready"].map(phone));
const store = await findOpenStore();
const kit = await readKit(store);
const form = kit.forms.find((one) => one.surprise && one.checklist === "dot-xuat");
const units = kit.units.filter((unit) => unit.level === form.level);
const visits = [];
for (const { answers, photo, sha256, ago } of given.visits) {
  sessionStorage.shift = -ago;
  const facts = factsOf(kit, units[visits.length % units.length], form, "Theo phản ánh của người dân", null);
  const draft = await Draft.begin(store, facts);
  for (const [name, value] of Object.entries(answers)) await draft.note(name, value);
  await draft.addPhoto(Uint8Array.from(atob(photo), (letter) => letter.charCodeAt(0)), { sha256, question: "ny_01", source: "camera", name: "a.jpg" });
  await draft.finish();
  visits.push(facts.inspection);
}
sessionStorage.shift = 0;
return visits;
"""
DAY = 86_400_000  # milliseconds


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


def sends_slowly(stage: Stage) -> Phone:
    """A phone in the middle of uploading a photo."""
    phone = stage.phone(worker=True).prepare().open(stage.visit()).give(0, photos=0)
    phone.photograph("ns_02", photo_of(1, (1100, 800)))
    stage.net.set(rate=400 * KBIT)
    phone.press()
    until(lambda: stage.net.count("PATCH", "/uploads/") > 0)
    return phone


@fault("kill -9 of the server in mid-upload, then it is back", core=True)
def killed(stage: Stage) -> None:
    phone = sends_slowly(stage)
    stage.house.server.kill()
    stage.net.set()
    phone.finish(pressed=True)
    stage.house.server.start()
    phone.complete()


@fault("server restarted on the same stores in mid-upload")
def restarted(stage: Stage) -> None:
    phone = sends_slowly(stage)
    stage.house.restart()
    stage.net.set()
    phone.finish(pressed=True).complete()


@fault("server away when it is sent")
def away(stage: Stage) -> None:
    phone = stage.phone(worker=True).prepare().open(stage.visit()).give()
    stage.house.server.kill()
    try:
        phone.finish().waits()
    finally:
        stage.house.server.start()
    phone.complete()


@fault("one record of three is refused for ever: 400", status=400)
@fault("one record of three is refused for ever: 413", status=413)
@fault("one record of three gets no answer for ever", status=None)
def poison(stage: Stage, status: int | None) -> None:
    visits = [stage.visit() for _ in range(3)]
    phone = stage.phone(worker=True).prepare()
    with phone.offline():
        for seed, visit in enumerate(visits):
            phone.open(visit).give(seed).finish()
        phone.learn()
    poisoned = phone.sheets[0]
    stage.net.trap("PUT", f"/submissions/{poisoned.submission}", status, times=ALWAYS, commit=False)
    phone.go("/inspect/")
    phone.send()
    states = {row["submission"]: row["state"] for row in phone.rows()["records"]}
    for sheet in phone.sheets[1:]:
        if states[sheet.submission] != "complete":
            phone.told.silent.append(
                f"the refused record holds up another, which is {states[sheet.submission]}"
            )
    card = phone.page.locator("#waiting .refused" if status else "#waiting [data-records] .here")
    expect(card).to_have_count(1)
    expect(card.locator("[data-trouble]")).not_to_be_empty()
    stage.net.clear()
    phone.complete()


@fault("50 visits of a week wait, then all are sent")
def week(stage: Stage) -> None:
    from tests.faults.keeping import SHIFTED

    phone = stage.phone(worker=True, script=SHIFTED % 0).prepare()
    visits = []
    for number in range(50):
        data = photo_of(5000 + number)
        answers = {"ny_01": "fail", "ny_01_note": f"Ngọk Réo, ngày {number}", "unit_opinion": f"Lần {number}"}
        photo, sha256 = base64.b64encode(data).decode(), hashlib.sha256(data).hexdigest()
        ago = 7 * DAY * (50 - number) // 50
        visits.append({"answers": answers, "photo": photo, "sha256": sha256, "ago": ago})
    with phone.offline():
        made = phone.run(WEEK, visits=visits)
        for visit, inspection in zip(visits, made, strict=True):
            sheet = Sheet(inspection, dict(visit["answers"]), [("ny_01", visit["sha256"])], finished=True)
            phone.sheets.append(sheet)
        phone.go("/inspect/")
        phone.waits()
    phone.complete(150)
    assert stage.net.count(*TEXT) >= 50
