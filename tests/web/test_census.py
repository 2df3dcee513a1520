"""The census of all doors: whom each is open to, what it answers strangers, its CSRF demand and its security headers.

Everything is made from the route table; a door that tests/rights.py does not name fails here, with what to add.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from inspect_app.domain.people import Act, Role, may
from inspect_app.storage.engine import open_database
from tests.prepared import Stores, prepared_sqlite
from tests.rights import ACTS, DOORS, ROLES, doors_of
from tests.sessions import session_of
from tests.world import NOWHERE, World, open_world

POLICY = {
    "default-src": "'none'", "script-src": "'self'", "worker-src": "'self'", "style-src": "'self'",
    "img-src": "'self' blob: data:", "connect-src": "'self'", "font-src": "'self'", "manifest-src": "'self'",
    "form-action": "'self'", "base-uri": "'none'", "frame-ancestors": "'none'",
}  # fmt: skip
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=()",
}
FILES = (".csv", ".xlsx", ".zip", "/thumb", "/screen", "/original")


@pytest.fixture(scope="module")
def stores(shared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Stores:
    return prepared_sqlite(shared_folder, tmp_path_factory.mktemp("census"), demo=False)


@pytest.fixture(scope="module")
def world(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = open_world(stores, tmp_path_factory.mktemp("world"))
    for role in Role:
        world.office.person(role.value, role)
    world.office.person("planner", Role.HEAD)
    world.plan_campaign({"Đoàn 1": ("inspector",)})
    yield world
    world.close()


def addresses(world: World, method: str) -> list[tuple[str, str]]:
    """(door, address) of every door with this method; ids in the address are of nothing."""
    nothing = dict.fromkeys(("inspection_id", "submission_id", "finding_id", "photo_id"), NOWHERE)
    values = {**world.general(), **nothing, "content_hash": "0" * 64}
    found = []
    for door, rule in doors_of(world.app):
        if door.startswith(f"{method} "):
            missing = rule.arguments - set(values)
            assert not missing, f"{door}: give {missing} a value in tests/world.py, World.general"
            found.append((door, world.address(rule, values)))
    return found


def test_every_door_is_open_to_exactly_whom_the_table_says(world: World) -> None:
    for door, rule in doors_of(world.app):
        marked = getattr(world.app.view_functions[rule.endpoint], "open_to", None)
        assert marked, f"{door}: its view has no @open_to(...), so nobody can open it"
        says = " ".join(sorted(str(who) for who in marked))
        assert door in DOORS, (
            f'{door} is new: add "{door}": "{says}" to DOORS in tests/rights.py, if that is right'
        )
        assert set(says.split()) == set(DOORS[door].split()), (
            f"{door} is open to {says}, the table says {DOORS[door]}"
        )


def test_roles_have_exactly_the_acts_of_the_table() -> None:
    assert [role.value for role in Role] == list(ROLES)
    has = {act.value: {role.value for role in Role if may(role, act)} for act in Act}
    assert has == {act: set(roles.split()) for act, roles in ACTS.items()}


def test_a_view_that_does_not_say_whom_it_is_open_to_cannot_be_opened(stores: Stores, tmp_path: Path) -> None:
    world = open_world(stores, tmp_path)
    world.app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    world.office.person("admin", Role.ADMIN)
    for username in ("", "admin"):
        answer = world.client(username).get("/forgotten")
        assert answer.status_code == 404 and b"secret" not in answer.get_data()
    world.close()


def test_strangers_are_sent_to_sign_in_and_programs_told_so(world: World) -> None:
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        for door, address in addresses(world, method):
            if DOORS[door] == "anyone":
                continue
            answer = world.send("", method, address)
            if address.startswith("/api/") or address.endswith(FILES):
                assert answer.status_code == 401, door
                assert answer.is_json and answer.json and answer.json["error"]["status"] == 401, door
            else:
                assert answer.status_code == 302, f"{door}: {answer.status_code}"
                assert answer.headers["Location"].startswith("/login?next=/"), door
                if method == "GET" and address != "/":
                    assert answer.headers["Location"] == f"/login?next={address}", door


def test_only_these_doors_are_open_to_strangers(world: World) -> None:
    open_doors = {door for door, rule in doors_of(world.app)
                  if "anyone" in getattr(world.app.view_functions[rule.endpoint], "open_to", ())}  # fmt: skip
    assert open_doors == {
        "GET /login", "POST /login", "GET /healthz", "GET /readyz", "GET /metrics", "GET /activate/<token>",
        "POST /activate/<token>", "POST /language", "GET /static/<path:filename>",
        "GET /static/v/<version>/<path:filename>", "GET /api/v1/openapi.json", "GET /phone/words",
        "GET /phone/work", "GET /phone/new", "GET /phone/doctor", "GET /phone/offline", "GET /sw.js", "GET /manifest.webmanifest",
        "POST /api/v1/sealed",
    }  # fmt: skip
    outside = world.client("").get("/metrics", environ_base={"REMOTE_ADDR": "10.1.2.3"})
    forwarded = world.client("").get("/metrics", headers={"X-Forwarded-For": "10.1.2.3"})
    assert outside.status_code == forwarded.status_code == 403, (
        "figures are for this machine, or for who has the token"
    )


@pytest.mark.parametrize("stale", ["no token", "a token of another session", "a session without a token"])
def test_every_writing_door_demands_the_token_of_its_session(world: World, stale: str) -> None:
    client = world.app.test_client()
    for role in Role:
        with client.session_transaction() as session:
            session["_user_id"] = session_of(world.office.people[role.value])
            session["csrf_token"] = "0" * 40
            if stale == "a session without a token":
                del session["csrf_token"]
        given = {} if stale == "no token" else {"X-CSRFToken": world.token()}
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            for door, address in addresses(world, method):
                answer = client.open(address, method=method, headers=given)
                assert answer.status_code in (400, 403), f"{door} by {role}: {answer.status_code}"
                if not DOORS[door].startswith(("anyone", "signed_in")):
                    allowed = any(role.value in ACTS[act].split() for act in DOORS[door].split())
                    assert answer.status_code == (400 if allowed else 403), f"{door} by {role}"


def test_no_door_writes_by_a_method_without_a_token(world: World) -> None:
    methods = {method for _, rule in doors_of(world.app) for method in rule.methods or ()}
    assert methods <= {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}, (
        "check that CSRFProtect guards the new method"
    )
    csrf = world.app.extensions["csrf"]
    # Sealed rows prove whose they are by themselves: the door asks for no session.
    assert not csrf._exempt_views and {door.name for door in csrf._exempt_blueprints} == {"api_sealed"}


def check_headers(answer: TestResponse, told: str, *, https: bool = False) -> None:
    headers = answer.headers
    policy = dict(
        part.strip().split(" ", 1)
        for part in headers["Content-Security-Policy"].split(";")
        if " " in part.strip()
    )
    is_photo = answer.content_type.startswith("image/") and policy.get("default-src") == "'none'" and "sandbox" in headers["Content-Security-Policy"]  # fmt: skip
    assert is_photo or policy == POLICY, f"{told}: {policy}"
    assert "unsafe" not in headers["Content-Security-Policy"], told
    assert {name: headers.get(name) for name in FIXED} == FIXED, told
    assert headers.get("Strict-Transport-Security") == ("max-age=31536000" if https else None), told
    is_static = told.startswith("GET /static/") and answer.status_code == 200
    assert ("immutable" in headers["Cache-Control"]) <= is_static, told
    assert is_static or "no-store" in headers["Cache-Control"], f"{told}: {headers['Cache-Control']}"
    assert "Server" not in headers or "Werkzeug" in headers["Server"], told
    cookies = headers.getlist("Set-Cookie")
    for cookie in cookies:
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and ("Secure" in cookie) == https, told


def every_answer(world: World) -> Iterator[tuple[str, TestResponse]]:
    """Answers of all kinds: good ones, refusals by sign-in, by role and by CSRF, and wrong addresses."""
    for username in ("", *ROLES):
        for door, address in addresses(world, "GET"):
            yield f"{door} by {username or 'a stranger'}", world.client(username).get(address)
    for door, address in addresses(world, "POST") + addresses(world, "PUT"):
        for username in ("", "head"):
            yield (
                f"{door} without token by {username}",
                world.client(username).open(address, method=door.split()[0]),
            )
    for address in (
        "/no-such-page",
        "/static/none.css",
        "/static/none.css?v=1",
        "/api/v1/none",
        "/findings?map=x",
    ):
        yield address, world.client("head").get(address)
    yield "DELETE", world.client("head").delete("/findings")
    yield "too large", world.send("head", "POST", "/password", data=b"x" * 9_000_000)


def test_every_answer_bears_the_security_headers(world: World) -> None:
    statuses = set()
    for told, answer in every_answer(world):
        check_headers(answer, told)
        statuses.add(answer.status_code)
        assert answer.status_code < 500, told
    assert statuses >= {200, 302, 400, 401, 403, 404, 405, 413}


def test_https_alone_brings_strict_transport_and_secure_cookies(stores: Stores, tmp_path: Path) -> None:
    world = open_world(stores, tmp_path, INSPECT_BASE_URL="https://kiemtra.quangngai.gov.vn")
    for address in ("/login", "/findings", "/healthz", "/no-such-page"):
        check_headers(world.client("").get(address, base_url="https://localhost"), address, https=True)
    fresh = world.app.test_client().get("/login", base_url="https://localhost")
    assert fresh.headers.getlist("Set-Cookie"), "the sign-in page begins a session"
    world.close()


@pytest.fixture
def broken(stores: Stores, tmp_path: Path) -> Iterator[Flask]:
    """The program after its database went away."""
    world = open_world(stores, tmp_path)
    world.app.extensions["inspect"].database = open_database(f"sqlite:///{tmp_path}/gone/inspect.sqlite")
    yield world.app
    world.close()


def test_without_its_database_the_program_fails_closed_and_says_nothing_of_the_inside(
    broken: Flask, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    client = broken.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = session_of(world.office.people["head"])
    for address, status in (
        ("/findings", 503),
        ("/api/v1/findings", 503),
        ("/people", 503),
        ("/readyz", 503),
    ):
        answer = client.get(address)
        assert answer.status_code == status, address
        check_headers(answer, address)
        text = answer.get_data(as_text=True)
        assert not any(word in text for word in ("Traceback", "sqlite", "OperationalError", "gone")), text
    assert client.get("/healthz").status_code == 200
    assert "Máy chủ gặp lỗi" in client.get("/findings").get_data(as_text=True)
