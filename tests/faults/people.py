"""Several people, phones and tabs; sessions that end, accounts that are locked, campaigns that close."""

import re
from datetime import date

from playwright.sync_api import expect

from inspect_app.domain.people import Role
from inspect_app.operations.planning import close_campaign
from inspect_app.storage.inspections import InspectionRow
from tests.builders import BINH_SON
from tests.client import Client
from tests.faults.network import ALWAYS, KBIT, TEXT
from tests.faults.phone import Phone
from tests.faults.serving import until
from tests.faults.stage import PASSWORD, REVIEWER, Stage, fault
from tests.pages import sign_in

DOORS = "^/api/v1/(submissions|uploads|sealed|inspections)"


def server_refuses(stage: Stage) -> None:
    """Pages come, and nothing can be sent."""
    stage.net.trap(".*", DOORS, 503, times=ALWAYS, commit=False)


def planned(stage: Stage, *team: str) -> str:
    today: date = stage.house.people.now.date()
    return stage.house.people.plan(BINH_SON, *team, day=today)


# ---- one phone ----


@fault("two tabs on one checklist", core=True)
def two_tabs(stage: Stage) -> None:
    phone = stage.phone().open(stage.visit()).give(0)
    first, phone.page = phone.page, phone.context.new_page()
    phone.go(f"/inspect/{phone.sheet.inspection}")
    phone.ready()
    expect(phone.page.locator("[data-other-tab]")).to_be_visible()
    with phone.page.expect_navigation():
        first.close()
    phone.ready()
    phone.again().give(1).finish().complete()


@fault("two tabs send at once")
def two_senders(stage: Stage) -> None:
    phone = stage.phone(worker=True).prepare().open(stage.visit()).give()
    with phone.offline():
        phone.finish()
    other = phone.context.new_page()
    other.goto(f"{phone.url}/inspect/")
    phone.go("/inspect/")
    for page in (other, phone.page):
        page.locator("[data-send-all]").dispatch_event("click")
    phone.complete()
    assert stage.net.count(*TEXT) == 1


@fault("two inspectors on one phone, the first signed out with unsent work", core=True)
def two_inspectors(stage: Stage) -> None:
    mine, theirs = stage.visit("mot"), stage.visit("hai")
    phone = stage.phone("mot").open(mine).give(0)
    server_refuses(stage)
    phone.finish().waits()
    signs_out(phone)
    sign_in(phone.page, phone.url, "hai", PASSWORD)
    phone.open(theirs).give(1).finish().waits()
    stage.net.clear()
    phone.complete()


@fault("signed out with unsent work, sent from the sign-in page")
def signed_out(stage: Stage) -> None:
    phone = stage.phone("hai").open(stage.visit("hai")).give(0)
    server_refuses(stage)
    phone.finish().waits()
    signs_out(phone)
    stage.net.clear()
    phone.complete()


def signs_out(phone: Phone) -> None:
    """Sign out although something waits; afterwards nobody can read it on the phone."""
    phone.page.click("details.menu > summary")
    phone.page.click(".who form[action$='/logout'] button")
    phone.page.click("dialog button[value=go]")
    phone.page.wait_for_url("**/login")
    phone.house.sessions.clear()  # what was signed out is no sign-in any more
    keys = phone.run(KEYS)
    if keys:
        phone.told.silent.append(f"signed out, and {keys} can still read")


KEYS = """
const { listPersons } = await phone("persons");
const { Store } = await phone("store");
let keys = 0;
for (const person of await listPersons()) keys += (await new Store(person).list("keys")).length;
return keys;
"""


@fault("sign-in ended in mid-queue", core=True)
def session_ended(stage: Stage) -> None:
    visits = [stage.visit("hai") for _ in range(3)]
    phone = stage.phone("hai", worker=True).prepare()
    with phone.offline():
        for seed, visit in enumerate(visits):
            phone.open(visit).give(seed).finish()
    phone.go("/inspect/")
    stage.net.set(rate=200 * KBIT)
    phone.page.locator("[data-send-all]").dispatch_event("click")
    until(lambda: stage.net.count(*TEXT) > 0)
    stage.house.end_sessions("hai")
    stage.net.set()
    phone.complete()


@fault("sign-in ended before it is sent")
def session_ended_before(stage: Stage) -> None:
    phone = stage.phone("hai").open(stage.visit("hai")).give(0)
    stage.house.end_sessions("hai")
    phone.press()
    phone.page.wait_for_url(re.compile(r"/receipts/|/inspect/(#|$)|/login"), wait_until="commit")
    phone.complete()


@fault("account locked before it is sent")
def disabled(stage: Stage) -> None:
    phone = stage.phone("bon").open(stage.visit("bon")).give(0)
    phone.sheet.statuses = ("kept",)
    stage.house.change("bon", active=False)
    try:
        phone.press()
        phone.page.wait_for_url(re.compile(r"/receipts/|/inspect/(#|$)|/login"), wait_until="commit")
        phone.complete()
    finally:
        stage.house.change("bon", active=True)


@fault("campaign closed before it is sent")
def campaign_closed(stage: Stage) -> None:
    visit = planned(stage, "mot")
    phone = stage.phone().open(visit).give(0)
    phone.sheet.statuses = ("kept",)
    with stage.house.people.desk("head", Role.HEAD) as desk:
        campaign = desk.session.get_one(InspectionRow, visit).campaign_id
        assert campaign
        close_campaign(desk, campaign)
    phone.finish().complete()
    shows_kept(phone)


def shows_kept(phone: Phone) -> None:
    """The office must look at it, and the phone says so and why."""
    phone.go("/inspect/")
    card = phone.page.locator("#waiting .kept")
    if card.count() == 0:
        expect(card).to_have_count(1)
    expect(card.first.locator("[data-trouble]")).not_to_be_empty()


@fault("brought to the office as a file twice, then sent by the phone too")
def exported(stage: Stage) -> None:
    visits = [stage.visit() for _ in range(2)]
    phone = stage.phone()
    server_refuses(stage)
    for seed, visit in enumerate(visits):
        phone.open(visit).give(seed).finish()
    phone.waits()
    phone.go("/phone/doctor")
    with phone.page.expect_download() as download:
        phone.page.click("#export-button")
    file = download.value.path().read_bytes()
    office = Client(stage.house.url, REVIEWER, PASSWORD)
    for _ in range(2):
        answer = office.http.post(
            f"{office.url}/kept/import",
            {"csrf_token": office.csrf},
            files={"file": ("a.phieu", file)},
            timeout=60,
        )
        assert answer.ok, answer.text[:500]
    stage.net.clear()
    phone.complete()


# ---- two phones ----


@fault("two phones of one person at one visit, each with other answers", other="mot")
@fault("two team-mates at one visit, each with other answers", other="hai")
def merged(stage: Stage, other: str) -> None:
    visit = planned(stage, "mot", "hai")
    one = stage.phone("mot").open(visit).give(0, opinion=False)
    two = stage.phone(other).open(visit).give(1, opinion=False)
    one.finish().complete()
    two.finish().complete()
    one.sheet.arrives = two.sheet.arrives = 2
    two.sheet.answers = one.sheet.answers | two.sheet.answers
    two.sheet.photos = one.sheet.photos + two.sheet.photos


@fault("two team-mates at one visit answer the same question differently")
def conflicting(stage: Stage) -> None:
    visit = planned(stage, "mot", "hai")
    one, two = stage.phone("mot").open(visit).give(0), stage.phone("hai").open(visit).give(1)
    one.finish().complete()
    two.finish().complete()
    one.sheet.arrives = two.sheet.arrives = 2
    two.sheet.statuses = ("kept",)
    shows_kept(two)
