"""Who opens the sign-in page inside an app is told before anything can be typed, and how to get out."""

import json
from pathlib import Path

import pytest

from inspect_app.web.browsers import find_inner_browser
from tests.doors import Doors

TABLE = Path(__file__).parent.parent / "phone" / "browsers.json"
AGENTS = json.loads(TABLE.read_text())["agents"]
ADDRESS = "https://kiemtra.quangngai.vn/inspect/?a=1"
ZALO_ANDROID, ZALO_IPHONE = (one["agent"] for one in AGENTS if one["app"] == "Zalo")
CHROME = next(one["agent"] for one in AGENTS if one["app"] is None)


@pytest.mark.parametrize("known", AGENTS, ids=lambda one: str(one["agent"])[-40:])
def test_server_and_phone_know_the_same_inner_browsers(known: dict[str, str | None]) -> None:
    found = find_inner_browser(str(known["agent"]), ADDRESS)
    assert (found and (found.app or "app")) == known["app"]


def test_an_android_phone_opens_its_own_browser_and_an_iphone_is_shown_the_way() -> None:
    android, iphone = find_inner_browser(ZALO_ANDROID, ADDRESS), find_inner_browser(ZALO_IPHONE, ADDRESS)
    assert android and iphone
    assert android.outside == (
        "intent://kiemtra.quangngai.vn/inspect/?a=1#Intent;scheme=https;action=android.intent.action.VIEW;end"
    )
    assert iphone.outside == ""


def test_nothing_can_be_typed_until_the_person_chose(doors: Doors) -> None:
    anybody = doors.app.test_client()
    asked = {"User-Agent": ZALO_IPHONE}
    page = anybody.get("/login?next=/inspect/", headers=asked).get_data(as_text=True)
    assert "<fieldset disabled>" in page and "Zalo" in page
    chosen = anybody.get("/login?next=/inspect/&here=1", headers=asked).get_data(as_text=True)
    plain = anybody.get("/login?next=/inspect/", headers={"User-Agent": CHROME}).get_data(as_text=True)
    for page in (chosen, plain):
        assert "<fieldset>" in page and "inner-browser" not in page


def test_a_page_that_finds_out_by_itself_is_shown_the_same(doors: Doors) -> None:
    page = (
        doors.app.test_client().get("/login?inside=1", headers={"User-Agent": CHROME}).get_data(as_text=True)
    )
    assert "<fieldset disabled>" in page
