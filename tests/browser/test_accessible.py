"""Every page of every role on a phone: the accessibility checker, nothing sticks out, thumbs reach, focus is seen.

The list of pages is the route table: each address that answers a role with a page is opened as that role, in a real
browser of 390 x 844 pixels. A page that looks the same to a second role is not checked again.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from inspect_app.domain.people import Role
from tests.pages import sign_in
from tests.prepared import prepared_sqlite
from tests.rights import ROLES, doors_of
from tests.servers import LiveServer, server_env
from tests.world import Visit, World, open_world

pytestmark = pytest.mark.browser

PASSWORD = "cửa một lần mở là xong"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
OPENED_APART = ("/", "/login", "/activate/<token>")
WIDTH, THUMB = 390, 44  # pixels of CSS: the phone's width, the least a control may measure

OPEN_ALL = "() => document.querySelectorAll('details:not(.menu)').forEach((one) => { one.open = true; })"

# Controls smaller than a thumb. What a label covers counts for its control; links within text may be small.
SMALL = """(least) => {
  const controls = "button, summary, select, textarea, input:not([type=hidden]), a.button, .nav a, .who a, .tabs a, .card h3 a";
  return [...document.querySelectorAll(controls)].filter((one) => one.checkVisibility()).map((one) => {
    const boxes = [one, ...(one.labels ?? []), one.closest(".choice") ?? one].map((part) => part.getBoundingClientRect());
    return { one, wide: Math.max(...boxes.map((b) => b.width)), high: Math.max(...boxes.map((b) => b.height)) };
  }).filter(({ wide, high }) => wide < least - 0.5 || high < least - 0.5)
    .map(({ one, wide, high }) => `${one.outerHTML.slice(0, 120)}: ${Math.round(wide)} x ${Math.round(high)}`);
}"""

# Controls whose focus cannot be seen: neither they nor their label get an outline of 2 pixels or more.
UNSEEN = """() => {
  const lit = (part) => { const now = getComputedStyle(part); return now.outlineStyle !== "none" && parseFloat(now.outlineWidth) >= 2; };
  return [...document.querySelectorAll("a[href], button, summary, select, textarea, input:not([type=hidden])")]
    .filter((one) => one.checkVisibility() && !one.disabled && !one.closest("dialog"))
    .filter((one) => { one.focus({ focusVisible: true, preventScroll: true });
      return document.activeElement === one && ![one, ...(one.labels ?? [])].some(lit); })
    .map((one) => one.outerHTML.slice(0, 120));
}"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, shared_folder: Path) -> Iterator[tuple[World, str]]:
    """An office with one person of each role, a visit in every state, and a server on the same database."""
    folder = tmp_path_factory.mktemp("accessible")
    stores = prepared_sqlite(shared_folder, folder, demo=False)
    world = open_world(stores, folder)
    for role in Role:
        world.office.give_password(role.value, PASSWORD, role)
    world.office.person("planner", Role.HEAD)
    world.plan_campaign({"Đoàn 1": ("inspector",), "Đoàn 2": ("head",)})
    settings = stores.settings | {"INSPECT_EVIDENCE_URL": str(stores.evidence)}
    server = LiveServer(server_env(folder, stores.database_url, **settings), folder / "gunicorn.log").start()
    yield world, server.url
    server.kill()
    world.close()


def pages_of(world: World, role: str, sent: Visit, going_on: str) -> list[str]:
    """Addresses that answer this role with a page of its own; a checklist is opened while it is being filled."""
    found = []
    for door, rule in doors_of(world.app):
        values = {**world.general(), **sent.values(rule)}
        if rule.endpoint == "inspect.checklist":
            values["inspection_id"] = going_on
        if door.startswith("GET ") and rule.rule not in OPENED_APART:
            address = world.address(rule, values)
            answer = world.client(role).get(address)
            if answer.status_code == 200 and answer.mimetype == "text/html":
                found.append(address)
    return found


def faults_of(page: Page) -> list[str]:
    """What is wrong with the page that is open."""
    page.evaluate(OPEN_ALL)
    wide = page.evaluate("document.documentElement.scrollWidth")
    faults = [f"{wide} pixels wide"] if wide > WIDTH else []
    for rule in Axe().run(page, options=RULES).response["violations"]:
        faults.append(
            f"{rule['id']}: {rule['nodes'][0]['html'][:160]} ({rule['nodes'][0]['failureSummary']})"
        )
    page.evaluate("() => document.querySelectorAll('.menu').forEach((one) => { one.open = true; })")
    faults += [f"small: {told}" for told in page.evaluate(SMALL, THUMB)]
    page.keyboard.press("Tab")  # from here on the browser shows the focus
    return faults + [f"focus unseen: {told}" for told in page.evaluate(UNSEEN)]


def test_every_page_of_every_role_can_be_used_by_everybody_on_a_phone(
    world: tuple[World, str], open_page: Callable[..., Page]
) -> None:
    office, url = world
    sent = office.visit("Đoàn 1", "21040", "inspector", "xa", "reviewer")
    going_on = office.office.visit("21439", by="inspector")
    seen: set[str] = set()
    found: dict[str, list[str]] = {}
    walked = 0
    for role in ("", *ROLES):
        page = open_page()
        addresses = ["/login", "/no-such-page"]
        if role:
            sign_in(page, url, role, PASSWORD)
            addresses = ["/", *pages_of(office, role, sent, going_on)]
        for address in addresses:
            page.goto(url + address)
            walked += 1
            looks = f"the home of {role}" if address == "/" else page.inner_text("main")
            if looks in seen:
                continue
            seen.add(looks)
            if faults := faults_of(page):
                found[f"{role or 'a stranger'} {address}"] = faults
    assert walked > 60
    assert not found, "\n".join(f"{where}:\n  " + "\n  ".join(faults) for where, faults in found.items())
