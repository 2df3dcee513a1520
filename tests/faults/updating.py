"""New versions while a draft is open: of the program on the phone, and of a checklist."""

import shutil
from pathlib import Path

from inspect_app.storage.checklists import ChecklistVersionRow, newest_version
from tests.faults.phone import Phone
from tests.faults.stage import Stage, fault
from tests.servers import ROOT

VERSION = """
const { askActive } = await phone("ready");
return (await askActive({ act: "verify" })).version;
"""
UPDATE = """
const registration = await navigator.serviceWorker.getRegistration("/");
await registration.update();
const worker = registration.installing ?? registration.waiting;
if (worker?.state === "installing") await new Promise((done) => worker.addEventListener("statechange", done, { once: true }));
return worker?.state ?? null;
"""
REFRESH = """
const [{ refresh, start }, { findOpenStore }] = await Promise.all([phone("ready"), phone("persons")]);
await start(await refresh(await findOpenStore(), { force: true }));
"""


def newer_program(folder: Path) -> Path:
    """Our files with one script changed."""
    copy = folder / "newer"
    for name in ("inspect_app", "static", "migrations", "forms"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "wsgi.py", copy)
    with (copy / "static/js/phone/words.js").open("a") as script:
        script.write("\n// a newer version\n")
    return copy


@fault("program updated with a draft open")
def program(stage: Stage) -> None:
    phone = stage.phone(worker=True).prepare().open(stage.visit()).give(0)
    before = phone.run(VERSION)
    stage.house.restart(newer_program(stage.house.folder))
    try:
        assert phone.run(UPDATE) == "installed"
        phone.again().give(1)
        served = [phone.run(VERSION)]
        with phone.offline():
            phone.renew().again().give(2)
            served.append(phone.run(VERSION))
        if served != [before, before]:
            phone.told.silent.append("another version took over a page with unsent work")
        phone.finish().complete()
        moves_on(phone, before)
    finally:
        stage.house.restart()


def moves_on(phone: Phone, before: str) -> None:
    """Once all is sent the newer version takes its turn."""
    for _ in range(3):
        phone.page.goto("about:blank")
        phone.prepare()
        if phone.run(VERSION) != before:
            return
    phone.told.silent.append("all is sent, and the old version stays")


@fault("new version of the checklist with a draft open", core=True)
def checklist(stage: Stage) -> None:
    phone = stage.phone(worker=True).prepare().open(stage.visit()).give(0)
    publish_again(stage, "2026.90")
    phone.run(REFRESH)
    with phone.offline():
        phone.renew().again().give(1)
    phone.again().finish().complete()


@fault("new version of the checklist before a visit begun offline is sent")
def checklist_of_new_visit(stage: Stage) -> None:
    phone = stage.phone(worker=True).prepare()
    with phone.offline():
        phone.start_visit().give(0).finish().waits()
    publish_again(stage, "2026.91")
    phone.complete()


def publish_again(stage: Stage, version: str) -> None:
    """The same questions under another version, as after a correction of some hint."""
    people = stage.house.people
    with people.database.writing.begin() as session:
        last = newest_version(session, "dot-xuat", people.now.date())
        assert last
        names = [column.name for column in ChecklistVersionRow.__table__.columns if column.name != "id"]
        values = {name: getattr(last, name) for name in names}
        changed = {"version": version, "document": {**last.document, "version": version}}
        session.add(ChecklistVersionRow(**(values | changed)))
