"""Faults of the network between phone and server."""

from tests.client import photo_of
from tests.faults.phone import Phone
from tests.faults.stage import Stage, fault

KBIT = 1000 / 8  # bytes a second
ALWAYS = 100_000

TEXT = ("PUT", r"^/api/v1/submissions/")
CREATION = ("POST", r"^/api/v1/uploads$")
PATCH = ("PATCH", r"^/api/v1/uploads/")
VISIT = ("PUT", r"^/api/v1/inspections/")
RECEIPT = ("GET", r"^/api/v1/submissions/")


def filled(stage: Stage, **options: object) -> Phone:
    return stage.phone(**options).open(stage.visit()).give()  # type: ignore[arg-type]


@fault("nothing goes wrong")
def fine(stage: Stage) -> None:
    filled(stage).finish().complete()


@fault("no network when it is sent, an hour later there is one")
def offline(stage: Stage) -> None:
    phone = stage.phone(worker=True).prepare().open(stage.visit()).give()
    with phone.offline():
        phone.finish().waits()
        phone.send()
        phone.waits()
    phone.complete()


@fault("30 kbit/s, 0.5 % of packets lost", loss=0.005)
@fault("30 kbit/s, 2 % of packets lost", loss=0.02)
@fault("30 kbit/s, 5 % of packets lost", core=True, loss=0.05)
def slow(stage: Stage, loss: float) -> None:
    phone = filled(stage)
    stage.net.set(rate=30 * KBIT, loss=loss)
    phone.finish().complete()


@fault("every connection cut after 64 KB up", core=True, faults={"cut_up": 64 * 1024})
@fault("every connection cut after 64 KB, both ways", faults={"cut_up": 64 * 1024, "cut_down": 64 * 1024})
@fault("every connection cut after 20 KB up", faults={"cut_up": 20 * 1024})
def cut(stage: Stage, faults: dict[str, int]) -> None:
    phone = stage.phone().open(stage.visit()).give(photos=0)
    phone.photograph("ns_02", photo_of(1, (1100, 800)))
    stage.net.set(**faults)
    phone.finish().complete()


def trapped(stage: Stage, kind: tuple[str, str], status: int | None, times: int, commit: bool) -> None:
    phone = filled(stage)
    traps = [stage.net.trap(*kind, status, times=times, commit=commit)]
    phone.finish().complete()
    assert all(trap.caught for trap in traps), "the fault never happened"


def enter_traps(
    name: str, status: int | None, times: int = 1, *, core: bool = False, commit: bool = True
) -> None:
    for what, kind in (("text", TEXT), ("tus creation", CREATION), ("tus patch", PATCH)):
        fault(name % what, core=core, kind=kind, status=status, times=times, commit=commit)(trapped)


enter_traps("server answers 500 after it committed: %s", 500, core=True)
enter_traps("answer swallowed three times: %s", None, 3)
enter_traps("404 to %s", 404, commit=False)
enter_traps("403 to %s", 403, commit=False)
fault("answer swallowed: receipt", kind=RECEIPT, status=None, times=2, commit=True)(trapped)
fault("413 to the text", kind=TEXT, status=413, times=2, commit=False)(trapped)


@fault("server answers 500 after it committed: a visit begun offline", core=True, status=500)
@fault("answer swallowed: a visit begun offline", status=None)
def visit_announced(stage: Stage, status: int | None) -> None:
    phone = stage.phone(worker=True).prepare()
    with phone.offline():
        phone.start_visit().give().finish().waits()
    trap = stage.net.trap(*VISIT, status, times=2)
    phone.complete()
    assert trap.caught == 2


@fault("every request reaches the server twice", core=True, faults={"twice": True})
@fault("requests overtake each other", core=True, faults={"hold": 0.4})
@fault("late copies of every request come again between others", faults={"echo": 2, "hold": 0.1})
def repeated(stage: Stage, faults: dict[str, object]) -> None:
    phone = filled(stage)
    stage.net.set(**faults)
    phone.finish().complete()


@fault("a hotel's network answers everything with its own page")
def portal(stage: Stage) -> None:
    phone = stage.phone(worker=True).prepare().open(stage.visit()).give()
    stage.net.trap(".*", "", 200, times=ALWAYS, body="<!doctype html><title>WiFi</title>", commit=False)
    phone.finish().waits()
    phone.send()
    phone.waits()
    stage.net.clear()
    phone.complete()


@fault("the network goes away in the middle of a photo")
def broken_off(stage: Stage) -> None:
    phone = stage.phone(worker=True).prepare().open(stage.visit()).give()
    trap = stage.net.trap(*PATCH, None, times=ALWAYS)
    phone.finish()
    assert trap.caught
    stage.net.clear()
    phone.complete()
