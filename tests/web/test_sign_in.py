"""Signing in from outside: where it leads, what it ends, how guessing is slowed by all servers, what no log may hold."""

import re
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
import requests
from argon2 import PasswordHasher

from inspect_app.domain.people import Role
from inspect_app.operations import signing_in
from inspect_app.operations.people import new_link
from inspect_app.storage.people import get_person
from tests.builders import BINH_SON, Office, open_office
from tests.client import Client, document, new_id, token_in
from tests.prepared import DEMO_PASSWORD, Stores
from tests.servers import LiveServer
from tests.sessions import session_of
from tests.world import World, open_world

WRONG = "khong-phai-mat-khau"
OUTSIDE = (
    "https://evil.example/", "//evil.example", "///evil.example", "////evil.example", "/\\evil.example",
    "\\\\evil.example", "/\t/evil.example", "/\n/evil.example", "https:evil.example", "https:/evil.example",
    "javascript:alert(1)", "data:text/html,x", " //evil.example", "\x00//evil.example", "http://[", "http://[::1",
    "//localhost@evil.example", "//localhost:80@evil.example/", "http://localhost.evil.example/", "/%5C/evil.example",
    "evil.example", "?next=//evil.example", "//localhost//evil.example", "http://localhost//evil.example", "/\r\nSet-Cookie: a=b",
)  # fmt: skip


@pytest.fixture
def world(prepared_stores: Callable[..., Stores], tmp_path: Path) -> Iterator[World]:
    """The program in this process, with one inspector who has a password."""
    found = open_world(prepared_stores(), tmp_path)
    found.office.give_password("inspector", DEMO_PASSWORD)
    yield found
    found.close()


@pytest.fixture
def stores(prepared_stores: Callable[..., Stores]) -> Stores:
    """Stores with an administrator and two inspectors who can sign in."""
    found = prepared_stores()
    office = open_office(found.database_url)
    office.give_password("quantri", DEMO_PASSWORD, Role.ADMIN)
    for username in ("inspector", "mate"):
        office.give_password(username, DEMO_PASSWORD)
    office.database.engine.dispose()
    return found


def people(stores: Stores) -> Office:
    return open_office(stores.database_url)


def attempt(url: str, username: str, password: str) -> requests.Response:
    """One try with a session of its own."""
    http = requests.Session()
    token = token_in(http.get(f"{url}/login", timeout=60).text)
    form = {"username": username, "password": password, "csrf_token": token}
    return http.post(f"{url}/login", data=form, allow_redirects=False, timeout=60)


def signed_out(client: Client) -> bool:
    answer = client.get("/inspect/", allow_redirects=False)
    assert answer.status_code in (200, 302)
    return answer.status_code == 302 and answer.headers["Location"].startswith("/login")


def test_signing_in_never_leads_out_of_the_house(world: World) -> None:
    for number, target in enumerate(OUTSIDE):
        client, where = world.app.test_client(), ("query", "form")[number % 2]
        page = client.get("/login", query_string={"next": target})
        assert page.status_code == 200 and "evil.example" not in form_action(page.get_data(as_text=True))
        form = {
            "username": "inspector",
            "password": DEMO_PASSWORD,
            "csrf_token": token_in(page.get_data(as_text=True)),
        }
        answer = client.post(
            "/login",
            data=form | ({"next": target} if where == "form" else {}),
            query_string={"next": target} if where == "query" else {},
        )
        assert answer.status_code == 303
        location = answer.headers["Location"]
        assert re.fullmatch(r"/(?![/\\])[^\s\\]*", location), location
        assert "Set-Cookie: a" not in str(answer.headers)
        again = client.get("/login", query_string={"next": target})
        assert again.status_code == 302 and re.fullmatch(r"/(?![/\\])[^\s\\]*", again.headers["Location"])
        language = client.post(
            "/language", data={"next": target, "language": "en"}, headers={"X-CSRFToken": csrf(client)}
        )
        assert re.fullmatch(r"/(?![/\\])[^\s\\]*", language.headers["Location"])


def csrf(client: object) -> str:
    found = client.get("/api/v1/me").json  # type: ignore[attr-defined]
    return str(found["csrf_token"])


def form_action(page: str) -> str:
    return " ".join(re.findall(r'action="([^"]*)"', page))


def test_signing_in_leads_back_to_the_page_one_came_from(world: World) -> None:
    client = world.app.test_client()
    asked = client.get("/findings?kind=surprise&q=%C4%90%E1%BB%A9c+Ph%E1%BB%95").headers["Location"]
    page = client.get(asked).get_data(as_text=True)
    form = {"username": "inspector", "password": DEMO_PASSWORD, "csrf_token": token_in(page)}
    answer = client.post(asked, data=form)
    assert unquote(answer.headers["Location"]).startswith("/findings?kind=surprise&q=Đức")


def test_a_session_from_before_signing_in_is_not_continued(world: World) -> None:
    """Who planted a cookie, and knows its token, holds nothing after its victim has signed in."""
    planted, victim = world.app.test_client(), world.app.test_client()
    token = token_in(planted.get("/login").get_data(as_text=True))
    cookie = planted.get_cookie("phien")
    assert cookie
    victim.set_cookie("phien", cookie.value)
    form = {"username": "inspector", "password": DEMO_PASSWORD, "csrf_token": token}
    assert victim.post("/login", data=form).status_code == 303
    assert victim.get("/inspect/").status_code == 200
    assert planted.get("/inspect/").status_code == 302, "the planted cookie is nobody's still"
    assert victim.post("/logout", data={"csrf_token": token}).status_code == 400, "nor does its token hold on"
    assert victim.get("/inspect/").status_code == 200
    with victim.session_transaction() as session:
        assert set(session) <= {"_user_id", "_fresh", "_permanent", "_id", "csrf_token"}, dict(session)


def test_a_cookie_changed_by_hand_or_made_with_another_key_is_nobodys(world: World) -> None:
    client = world.app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = session_of(world.office.people["inspector"])
    good = client.get_cookie("phien")
    assert good and client.get("/inspect/").status_code == 200
    for value in (good.value[:-2] + "xx", "x" + good.value, good.value.split(".")[0]):
        client.set_cookie("phien", value)
        assert client.get("/inspect/").status_code == 302, value
    over = int(world.office.now.timestamp())  # a session whose last moment is now is over
    forged = (
        "1:1:{}:a",
        "99:0:{}:a",
        "-1:0:{}:a",
        "²:0:{}:a",
        "1:0:{}:",
        "1:0:{}",
        "1:0:{}:a:a",
        f"1:0:{over}:a",
    )
    for user_id in ("1", ":", "1:", ":0", "1:0", *(text.format(over + 60) for text in forged)):
        with client.session_transaction() as session:
            session["_user_id"] = user_id
        assert client.get("/inspect/").status_code == 302, user_id


def test_disabling_ends_a_session_at_its_next_request_on_every_process(
    live_server: Callable[..., LiveServer], stores: Stores
) -> None:
    server = live_server(stores=stores)
    admin, victim = Client(server.url, "quantri"), Client(server.url, "inspector")
    number = people(stores).person("inspector")
    assert not signed_out(victim)
    assert admin.post(f"/people/{number}/active", {"active": "0"}).status_code == 303
    begun = time.monotonic()
    cookies = victim.http.cookies
    for _ in range(8):  # new connections, so that both processes are asked
        answer = requests.get(f"{server.url}/inspect/", cookies=cookies, allow_redirects=False, timeout=60)
        assert answer.status_code == 302
    assert victim.get("/api/v1/me").status_code == 401
    assert time.monotonic() - begun < 10
    assert attempt(server.url, "inspector", DEMO_PASSWORD).status_code == 401
    assert admin.post(f"/people/{number}/active", {"active": "1"}).status_code == 303
    assert signed_out(victim), "enabling revives no old session"


def test_a_changed_password_ends_other_sessions_and_keeps_ones_own(
    live_server: Callable[..., LiveServer], stores: Stores
) -> None:
    server = live_server(stores=stores)
    here, phone = Client(server.url, "inspector"), Client(server.url, "inspector")
    new = "mot-cau-khac-de-nho-2026"
    refused = here.post("/password", {"current": WRONG, "password": new, "repeated": new})
    assert refused.status_code == 422 and not signed_out(phone)
    changed = here.post("/password", {"current": DEMO_PASSWORD, "password": new, "repeated": new})
    assert changed.status_code == 303
    assert not signed_out(here) and signed_out(phone)
    assert attempt(server.url, "inspector", DEMO_PASSWORD).status_code == 401
    assert attempt(server.url, "inspector", new).status_code == 303


def test_a_new_role_or_area_holds_from_the_next_request(world: World) -> None:
    number = world.office.person("inspector")
    assert world.client("inspector").get("/inspect/").status_code == 200
    with sqlite3.connect(world.file or "") as rows:
        rows.execute("UPDATE person SET role = 'internal_affairs' WHERE id = ?", (number,))
    assert world.client("inspector").get("/inspect/").status_code == 403


def test_guessing_is_slowed_by_both_servers_together(
    live_server: Callable[..., LiveServer], stores: Stores
) -> None:
    """Two servers, each with two processes, and no memory of their own: five wrong tries are five, wherever they went."""
    first, second = live_server(stores=stores), live_server(stores=stores)
    tries = [attempt(server.url, "inspector", WRONG) for server in (first, second, first, second, first)]
    assert [answer.status_code for answer in tries] == [401] * 5
    for server in (first, second):
        slowed = attempt(server.url, "inspector", DEMO_PASSWORD)
        assert slowed.status_code == 429, "even the right password waits now"
        assert "giây" in slowed.text
    assert attempt(second.url, "mate", DEMO_PASSWORD).status_code == 303, "another account does not wait"
    unknown = [attempt(server.url, "khong-co-ai", WRONG) for server in (first, second) * 3]
    assert [answer.status_code for answer in unknown] == [401] * 5 + [429], "an unknown name is slowed alike"
    slow, fast = unknown[-1].text, attempt(first.url, "inspector", WRONG).text
    assert re.sub(r"\d+", "", words(slow)) == re.sub(r"\d+", "", words(fast)).replace(
        "inspector", "khong-co-ai"
    )
    with sqlite3.connect(stores.database_url.removeprefix("sqlite:///")) as rows:
        failures = rows.execute("SELECT count(*) FROM audit WHERE act = 'sign_in_failed'").fetchone()
        kept = str(rows.execute("SELECT key FROM throttle").fetchall())
    assert failures == (10,)
    assert "khong-co-ai" not in kept, "what was typed may be a password in the wrong field"


def words(page: str) -> str:
    return re.sub(r'csrf_token"[^>]*', "", page)


def test_known_unknown_and_disabled_accounts_cost_the_same_work(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Processor time, since a busy machine stretches every clock. A refusal without hashing would cost a tenth."""
    monkeypatch.setattr(signing_in, "HASHER", PasswordHasher())
    monkeypatch.setattr(signing_in, "_NOBODY", signing_in.HASHER.hash("nobody"))
    known = [f"nguoi{number}" for number in range(6)]
    for username in known:
        world.office.give_password(username, DEMO_PASSWORD)
    world.office.person("chua-dat")
    with sqlite3.connect(world.file or "") as rows:
        rows.execute("UPDATE person SET active = 0 WHERE username IN ('nguoi4', 'nguoi5')")
    kinds = {
        "known": known[:4], "disabled": known[4:], "without password": ["chua-dat"] * 3,
        "unknown": ["ai-do-1", "ai-do-2", "ai-do-3"],
    }  # fmt: skip
    spent: dict[str, list[float]] = {}
    for kind, names in kinds.items():
        for username in names:
            client = world.app.test_client()
            token = token_in(client.get("/login").get_data(as_text=True))
            begun = time.process_time()
            form = {"username": username, "password": WRONG, "csrf_token": token}
            answer = client.post("/login", data=form)
            spent.setdefault(kind, []).append(time.process_time() - begun)
            assert answer.status_code == 401
    work = {kind: statistics.median(times) for kind, times in spent.items()}
    assert max(work.values()) < 2 * min(work.values()), work


def test_an_activation_link_works_once_and_only_its_newest(world: World) -> None:
    number = world.office.person("moi")
    with world.office.database.writing.begin() as session:
        links = [new_link(session, world.office.now, None, get_person(session, number)) for _ in range(2)]
    client = world.app.test_client()
    assert client.get(f"/activate/{links[0]}").status_code == 404
    page = client.get(f"/activate/{links[1]}")
    assert page.status_code == 200
    form = {
        "password": "mot-cau-de-nho-2026",
        "repeated": "mot-cau-de-nho-2026",
        "csrf_token": token_in(page.get_data(as_text=True)),
    }
    assert client.post(f"/activate/{links[1]}", data=form).status_code == 303
    assert client.post(f"/activate/{links[1]}", data=form).status_code == 404
    with sqlite3.connect(world.file or "") as rows:
        assert links[1] not in "".join(rows.iterdump()), "only a hash of a link is kept"


def test_no_log_holds_passwords_tokens_names_or_answers(
    live_server: Callable[..., LiveServer], stores: Stores
) -> None:
    office = people(stores)
    number = office.person("ten-rieng-cua-ai")
    with office.database.writing.begin() as session:
        link = new_link(session, office.now, None, get_person(session, number))
    server = live_server(stores=stores)
    fresh, password = requests.Session(), "mat-khau-vua-chon-2026"
    token = token_in(fresh.get(f"{server.url}/activate/{link}", timeout=60).text)
    form = {"password": password, "repeated": password, "csrf_token": token}
    fresh.post(f"{server.url}/activate/{link}", data=form, timeout=60)
    attempt(server.url, "ten-rieng-cua-ai", WRONG)
    fresh.get(f"{server.url}/login?next=/key/KHOABIMAT/formList", timeout=60)
    fresh.get(f"{server.url}/key/KHOABIMAT/formList", timeout=60)
    client = Client(server.url, "ten-rieng-cua-ai", password)
    visit = client.start_surprise(BINH_SON)
    answers = {"ny_01": "fail", "ny_01_note": "CAUTRALOIRIENG"}
    assert client.put(new_id(), document(visit, answers)).status_code == 201
    client.get("/findings?q=CAUTRALOIRIENG")
    with sqlite3.connect(stores.database_url.removeprefix("sqlite:///")) as rows:
        rows.execute("DROP TABLE submission_document")  # from here on every post fails in the database
    assert (
        client.put(new_id(), document(visit, answers | {"ny_02_note": "CAUTRALOIRIENG"})).status_code == 503
    )
    client.send_page(client.start_surprise(BINH_SON), {"ny_01": "fail", "ny_01_note": "CAUTRALOIRIENG"})
    server.stop()
    log = unquote(server.log)
    assert "Traceback" in log and "/activate/***" in log and "/key/***" in log
    secrets = (
        link,
        password,
        WRONG,
        DEMO_PASSWORD,
        "KHOABIMAT",
        "ten-rieng-cua-ai",
        "CAUTRALOIRIENG",
        client.csrf,
    )
    for secret in (*secrets, *client.http.cookies.values()):
        assert secret not in log, [line[:300] for line in log.splitlines() if secret in line][:3]
