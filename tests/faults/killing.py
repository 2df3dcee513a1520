"""Tabs that die: at a write, in the middle of a photo, while sending. What was said to be kept must be there."""

from collections.abc import Callable

from playwright.sync_api import ConsoleMessage, Error

from tests.client import photo_of
from tests.faults.phone import Phone, end
from tests.faults.stage import Stage, fault

# Stops the page for ever in the n-th write into a store ("" for any) of the phone's database, before it is made or when
# it is durable; the test then kills the tab.
DEADLY = """
globalThis.deadly = { left: Infinity, store: "", durable: false };
const put = IDBObjectStore.prototype.put;
const die = () => {
  console.debug("now");
  for (;;);
};
IDBObjectStore.prototype.put = function (...given) {
  const { store, durable } = globalThis.deadly;
  if ((store === "" || store === this.name) && (globalThis.deadly.left -= 1) === 0) {
    if (!durable) die();
    this.transaction.addEventListener("complete", die);
  }
  return put.apply(this, given);
};
"""


def dies(phone: Phone, work: Callable[[], object], left: int, store: str = "", durable: bool = False) -> None:
    """Do something on the page, whose process is killed in the middle of it; then there is another tab."""
    dead = []
    processes = phone.processes()

    def kill(message: ConsoleMessage) -> None:
        if message.text == "now":
            dead.append(True)
            end(processes)

    phone.page.on("console", kill)
    phone.page.evaluate(
        "(given) => void Object.assign(deadly, given)", {"left": left, "store": store, "durable": durable}
    )
    try:
        work()
    except (Error, AssertionError):
        assert dead, "stopped by something else"
    assert dead, "the tab was not killed"
    phone.renew(processes)


@fault("tab killed at write 1 of the answers", left=1)
@fault("tab killed at write 2 of the answers", left=2)
@fault("tab killed at write 3 of the answers", core=True, left=3)
@fault("tab killed at write 5 of the answers", left=5)
@fault("tab killed at write 8 of the answers", left=8)
@fault("tab killed right after write 1 was durable", left=1, durable=True)
@fault("tab killed right after write 4 was durable", left=4, durable=True)
@fault("tab killed at the first piece of a photo", core=True, left=1, store="pieces")
@fault("tab killed at the row of a photo", left=1, store="photos")
@fault("tab killed right after a photo was durable", left=1, store="photos", durable=True)
def while_answering(stage: Stage, **when: object) -> None:
    phone = stage.phone(script=DEADLY).open(stage.visit()).give(0)
    dies(phone, lambda: phone.give(1), **when)  # type: ignore[arg-type]
    phone.again().give(1).finish().complete()


@fault("tab killed in the very first write of a checklist")
def first_write(stage: Stage) -> None:
    phone = stage.phone(script=DEADLY).open(stage.visit())
    dies(phone, lambda: phone.give(0), 1)
    phone.again().give(0).finish().complete()


@fault("tab killed while a photo is made small")
def while_shrinking(stage: Stage) -> None:
    phone = stage.phone().open(stage.visit()).give(0)
    photo = photo_of(7, (1600, 1200))
    phone.page.set_input_files("#ns_02_photo", [{"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo}])  # type: ignore[list-item]
    phone.kill().again().give(1).finish().complete()


@fault("tab killed four times in one checklist")
def again_and_again(stage: Stage) -> None:
    phone = stage.phone().open(stage.visit())
    for seed in range(4):
        phone.give(seed).kill().again()
    phone.finish().complete()


@fault("tab killed at write 1 of the sending", left=1)
@fault("tab killed at write 2 of the sending", left=2)
@fault("tab killed at write 3 of the sending", core=True, left=3)
@fault("tab killed at write 4 of the sending", left=4)
@fault("tab killed at write 5 of the sending", left=5)
@fault("tab killed at write 7 of the sending", left=7)
@fault("tab killed at write 9 of the sending", left=9)
@fault("tab killed right after the receipt was durable", core=True, left=1, store="receipts", durable=True)
def while_sending(stage: Stage, **when: object) -> None:
    phone = stage.phone(script=DEADLY).open(stage.visit()).give(0)
    dies(phone, lambda: phone.finish(patience=5), **when)  # type: ignore[arg-type]
    phone.go("/inspect/")
    if [row["state"] for row in phone.rows()["records"]] == ["draft"]:
        phone.again().finish()
    phone.complete()
