"""Faults of what the browser keeps: database, quota, second copy, clock, and a browser that is closed."""

from playwright.sync_api import expect

from tests.client import photo_of
from tests.conftest import CHROMIUM_FLAGS
from tests.faults.network import KBIT
from tests.faults.phone import Phone
from tests.faults.stage import Stage, chromium, fault

DAY = 86_400_000  # milliseconds

NO_FILES = "delete StorageManager.prototype.getDirectory;"
FAILING_FILES = (
    "StorageManager.prototype.getDirectory = () => Promise.reject(new DOMException('no', 'SecurityError'));"
)
NO_NOTES = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };"
CONNECTIONS = """
globalThis.connections = [];
const open = IDBFactory.prototype.open;
IDBFactory.prototype.open = function (...given) {
  const request = open.apply(this, given);
  request.addEventListener("success", () => connections.push(request.result));
  return request;
};
"""
ABORTING = """
globalThis.failing = 0;
const transaction = IDBDatabase.prototype.transaction;
IDBDatabase.prototype.transaction = function (names, mode, ...given) {
  const made = transaction.call(this, names, mode, ...given);
  if (mode === "readwrite" && globalThis.failing-- > 0) setTimeout(() => made.abort());
  return made;
};
"""
# What a browser does whose disk is full: the transaction ends with this error. (Chromium takes no order to be full.)
FULL = """
const transaction = IDBDatabase.prototype.transaction;
IDBDatabase.prototype.transaction = function (names, mode, ...given) {
  const made = transaction.call(this, names, mode, ...given);
  if (mode !== "readwrite" || !globalThis.full) return made;
  Object.defineProperty(made, "error", { value: new DOMException("full", "QuotaExceededError") });
  setTimeout(() => made.abort());
  return made;
};
"""
SHIFTED = """
const Real = Date;
const shift = () => Number(sessionStorage.shift ?? %d);
globalThis.Date = class extends Real {
  constructor(...given) {
    if (given.length) super(...given);
    else super(Real.now() + shift());
  }
  static now() {
    return Real.now() + shift();
  }
};
"""
DELETE = """
for (const { name } of await indexedDB.databases()) {
  await new Promise((done) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = request.onerror = done;
  });
}
"""
MIRROR = 500  # milliseconds in which the second copy has followed


def filled(stage: Stage, **options: object) -> Phone:
    return stage.phone(**options).open(stage.visit()).give(0)  # type: ignore[arg-type]


@fault("database deleted under the page")
def deleted_under_the_page(stage: Stage) -> None:
    phone = filled(stage)
    phone.page.wait_for_timeout(MIRROR)
    phone.run(DELETE)
    phone.give(1)
    phone.again().finish().complete()


@fault("database deleted while the page was closed")
def deleted_meanwhile(stage: Stage) -> None:
    phone = filled(stage)
    phone.page.wait_for_timeout(MIRROR)
    phone.go("/phone/doctor")
    phone.run(DELETE)
    phone.again()
    expect(phone.page.locator("[data-vanished]")).to_be_visible()
    phone.give(1).finish().complete()


@fault("database deleted when the checklist waits to be sent", core=True)
def deleted_waiting(stage: Stage) -> None:
    phone = stage.phone(worker=True).prepare().open(stage.visit()).give(0)
    with phone.offline():
        phone.finish().waits()
        phone.page.wait_for_timeout(MIRROR)
        phone.run(DELETE)
        phone.go("/inspect/")
        phone.waits()
    phone.complete()


@fault("connection to the database closed under the page", core=True)
def closed(stage: Stage) -> None:
    phone = filled(stage, script=CONNECTIONS)
    for seed in (1, 2):
        phone.page.evaluate("connections.forEach((one) => one.close())")
        phone.give(seed)
    phone.finish().complete()


@fault("connection closed while it is sent")
def closed_sending(stage: Stage) -> None:
    phone = filled(stage, script=CONNECTIONS)
    stage.net.set(rate=60 * KBIT)
    phone.page.evaluate("setInterval(() => connections.forEach((one) => one.close()), 300)")
    phone.finish().complete()


@fault("two transactions in a row are aborted")
def aborted(stage: Stage) -> None:
    phone = filled(stage, script=ABORTING)
    phone.page.evaluate("() => void (globalThis.failing = 2)")
    phone.give(1).finish().complete()


@fault("quota exceeded, then freed", core=True)
def quota(stage: Stage) -> None:
    phone = filled(stage, script=FULL)
    phone.page.evaluate("() => void (globalThis.full = true)")
    phone.page.check("#ny_06-fail")
    alarm = phone.page.locator("[data-alarm]")
    expect(alarm).to_be_visible()
    assert not phone.page.query_selector("[data-saved].saved")
    phone.page.evaluate("() => void (globalThis.full = false)")
    expect(alarm).to_be_hidden(timeout=15_000)
    phone.choose("ny_06", "fail")
    phone.again().give(1).finish().complete()


@fault("no private file system for the second copy", core=True, script=NO_FILES)
@fault("private file system that refuses", script=FAILING_FILES)
@fault("localStorage that refuses", script=NO_NOTES)
def without(stage: Stage, script: str) -> None:
    filled(stage, script=script).again().give(1).finish().complete()


@fault("page reloaded while something is typed")
def reloaded(stage: Stage) -> None:
    phone = filled(stage)
    phone.page.locator("#unit_opinion").press_sequentially(" và gõ tiếp", delay=5)
    phone.page.reload()
    phone.ready()
    shown = phone.page.input_value("#unit_opinion")
    if not shown.startswith(phone.sheet.answers["unit_opinion"]):
        phone.told.lost.append(f"the screen has {shown!r}")
    phone.sheet.answers["unit_opinion"] = shown
    phone.wait_saved()
    phone.again().give(1).finish().complete()


@fault("button Gửi pressed twice")
def pressed_twice(stage: Stage) -> None:
    phone = filled(stage)
    phone.page.evaluate(
        "() => { const b = document.querySelector('button[value=send]'); b.click(); b.click(); }"
    )
    phone.finish(pressed=True).complete()


@fault("clock two days ahead in mid-visit", core=True, shift=2 * DAY)
@fault("clock two days behind in mid-visit", shift=-2 * DAY)
def clock(stage: Stage, shift: int) -> None:
    phone = filled(stage, script=SHIFTED % 0)
    phone.page.evaluate("(shift) => { sessionStorage.shift = shift; }", shift)
    phone.give(1).again().finish().complete()


@fault("browser closed and opened again without network")
def closed_browser(stage: Stage) -> None:
    folder = stage.house.folder / "profile"
    options = {
        "executable_path": chromium(),
        "args": CHROMIUM_FLAGS,
        "viewport": {"width": 390, "height": 844},
    }

    def start() -> Phone:
        context = stage.browser.browser_type.launch_persistent_context(str(folder), **options)  # type: ignore[arg-type]
        stage.contexts.append(context)
        return Phone(stage.house, context, "mot")

    phone = start()
    phone.context.add_cookies(stage.session("mot")["cookies"])
    phone.prepare()
    stage.net.set(offline=True)
    phone.start_visit().give(0)
    phone.context.close()
    reopened = stage.take(start())
    reopened.sheets = phone.sheets
    reopened.go("/inspect/")
    reopened.again().give(1).finish().waits()
    stage.net.clear()
    reopened.complete()


@fault("300 photos in one checklist")
def many_photos(stage: Stage) -> None:
    phone = stage.phone().open(stage.visit()).give(0, photos=0)
    phone.photograph("ns_02", *(photo_of(1000 + number) for number in range(300)))
    phone.finish(patience=200).complete(200)
