"""A planned surprise is known to its team, the head and leaders, and to nobody else by any door, until it starts.

Two databases are alike but for the surprise. Whoever may not know of it must get the same bytes from both: from every
page, file, search, sum and refusal, with ids guessed or known, before and after other work goes on beside it.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy.engine import make_url

from inspect_app.domain.people import Role
from inspect_app.operations import planning
from inspect_app.storage.inspections import InspectionRow
from tests.builders import open_office
from tests.client import Client
from tests.databases import BACKENDS, PostgresServer, copy_sqlite
from tests.posts import post_for
from tests.prepared import DEMO_PASSWORD, Stores
from tests.rights import doors_of, is_of_a_visit, roles_for
from tests.servers import LiveServer
from tests.world import NOWHERE, Visit, World, masked, open_world, unpacked

BINH_SON, DUC_PHO = "21040", "21439"
KNOWING = {"truongphong": Role.HEAD, "lanhdao": Role.LEADER, "kiemtra1": Role.INSPECTOR}
UNKNOWING = {
    "kiemtra2": Role.INSPECTOR,
    "chuyenvien": Role.REVIEWER,
    "noichinh": Role.INTERNAL_AFFAIRS,
    "quantri": Role.ADMIN,
    "donvi": Role.UNIT_OFFICER,
}
# Searches that a curious person would try; {secret} and {campaign} are ids.
CURIOUS = (
    "/findings?q=binh+son&kind=surprise",
    "/findings?inspection={secret}",
    "/findings.csv?commune=21040",
    "/findings.zip?inspection={secret}",
    "/api/v1/findings?kind=surprise&kind=short_notice&from=2026-11-01",
    "/api/v1/findings?inspection={secret}",
    "/totals?by=commune&across=kind",
    "/totals.csv?by=kind&kind=surprise",
    "/totals.xlsx?by=commune",
    "/api/v1/totals?by=month&from=2026-11-01&to=2026-12-31",
    "/api/v1/totals?by=kind&commune=21040",
    "/review?tab=open",
    "/review?tab=ready",
    "/review?tab=returned&mine=1",
    "/review?tab=approved",
    "/inspect/new?q=binh+son",
    "/campaigns/{campaign}?q=binh+son",
    "/campaigns/{campaign}?state=planned",
    "/campaigns/{campaign}?state=cancelled",
    "/audit?act=inspection_planned",
    "/audit?act=inspection_cancelled",
    "/audit?person=1",
    "/people?q=kiem+tra",
    "/units?q=binh+son",
)
# Left out of the comparison: moments, and what is compared on its own.
TIMED = ("Set-Cookie", "Content-Length", "Location", "Date", "Expires", "Last-Modified")
_UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_CODE = re.compile(rb"(?<!KT-)\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b|[0-9a-f]{64}")


@dataclass
class Twins:
    """Two worlds on one history; only in `holding` are surprises planned, which the other team does not know of."""

    bare: World
    holding: World
    visit: Visit
    secret: Visit

    def __iter__(self) -> Iterator[World]:
        yield self.bare
        yield self.holding


def furnish(world: World) -> Visit:
    """People, a campaign of two teams, a visit of the second one in the commune that the first will surprise."""
    for username, role in (KNOWING | UNKNOWING).items():
        world.office.person(username, role, *((BINH_SON,) if username == "donvi" else ()), on=world.office.now.date() if username == "donvi" else None)  # fmt: skip
    world.office.person("planner", Role.HEAD)
    world.plan_campaign({"Đoàn 1": ("kiemtra1",), "Đoàn 2": ("kiemtra2",)})
    world.assign("Đoàn 2", DUC_PHO, kind="scheduled", checklist="cap-xa")
    return world.visit("Đoàn 2", BINH_SON, "kiemtra2", "của đoàn hai", "chuyenvien")


def plan_surprises(world: World) -> str:
    """Three that nobody else may know of: one to come, one cancelled, one announced shortly before."""
    secret = world.assign("Đoàn 1", BINH_SON)
    world.assign("Đoàn 1", BINH_SON, kind="short_notice", checklist="cap-xa")
    cancelled = world.assign("Đoàn 1", DUC_PHO)
    with world.office.desk("planner", Role.HEAD) as desk:
        planning.cancel(desk, cancelled, "Đoàn bận")
    return secret


@pytest.fixture(params=BACKENDS)
def twins(
    request: pytest.FixtureRequest, prepared_stores: Callable[..., Stores], tmp_path: Path
) -> Iterator[Twins]:
    stores = prepared_stores(request.param)
    first = open_world(stores, tmp_path / "bare")
    visit = furnish(first)
    first.close()
    evidence = Path(shutil.copytree(stores.evidence, tmp_path / "evidence"))
    if request.param == "sqlite":
        url = copy_sqlite(first.file or Path(), tmp_path / "twin.sqlite")
    else:
        postgres: PostgresServer = request.getfixturevalue("postgres")
        url = postgres.url(postgres.new_database(template=make_url(stores.database_url).database or ""))
    second = open_world(Stores(url, evidence, stores.settings), tmp_path / "holding")
    second.office.people, second.campaign, second.teams = (
        dict(first.office.people),
        first.campaign,
        first.teams,
    )
    secret = Visit(BINH_SON, "Đoàn 1", plan_surprises(second))
    secret.submission = secret.kept = secret.inspection
    yield Twins(first, second, visit, secret)
    first.close()
    second.close()


def reading(twins: Twins, role: str) -> list[str]:
    """Addresses of every GET door of a role: with what is known, with the id of the surprise, with what one would search.

    Doors that are closed to the role look at no visit (test_matrix.py).
    """
    world, found = twins.bare, []
    for door, rule in doors_of(world.app):
        if door.startswith("GET ") and role in roles_for(door):
            visits = (twins.visit, twins.secret) if is_of_a_visit(rule) else (twins.visit,)
            for visit in visits:
                values = {**world.general(), **visit.values(rule)}
                if visit is twins.secret:  # every id in the address is that of the surprise
                    values |= dict.fromkeys(
                        ("inspection_id", "submission_id", "finding_id", "photo_id"), visit.inspection
                    )
                found.append(world.address(rule, values))
    searches = [
        text.format(secret=twins.secret.inspection, campaign=world.campaign)
        for text in CURIOUS
        if _is_there(world, text)
    ]
    return found + searches


def _is_there(world: World, text: str) -> bool:
    path = text.split("?")[0].format(secret=NOWHERE, campaign=NOWHERE)
    return bool(world.app.url_map.bind("").test(path, "GET"))


def told(answer: Any, *, made: bool = False) -> tuple[Any, ...]:
    """All that is told, headers too; ids and codes `made` since the databases parted are named by their order."""
    status, _type, location, body = masked(answer)
    headers = sorted((name, value) for name, value in answer.headers if name not in TIMED)
    if made:
        body, location = _by_order(body), _by_order(location.encode()).decode()
        headers = [(name, _by_order(value.encode()).decode()) for name, value in headers]
    content = unpacked(body) if not made else body if not body.startswith(b"PK") else unpacked(body)
    return status, location, headers, len(body) if isinstance(content, bytes) else 0, content


def _by_order(text: bytes) -> bytes:
    if text.startswith(b"PK"):
        return text
    for pattern in (_UUID, _CODE):
        seen: dict[bytes, bytes] = {}
        text = pattern.sub(lambda m, seen=seen: seen.setdefault(m[0], b"<%d>" % len(seen)), text)  # type: ignore[misc]
    return text


def compare_readings(twins: Twins, *, made: bool = False) -> list[str]:
    differing = []
    for username, role in UNKNOWING.items():
        for address in reading(twins, role.value):
            one, two = (told(world.client(username).get(address), made=made) for world in twins)
            if one != two:
                differing.append(f"{address} by {username}: {first_difference(one, two)}")
    return differing


def first_difference(one: tuple[Any, ...], two: tuple[Any, ...]) -> str:
    if one[:2] != two[:2]:
        return f"{one[:2]} and {two[:2]}"
    if one[2] != two[2]:
        return f"{set(one[2]) ^ set(two[2])}"
    if isinstance(one[-1], dict) and isinstance(two[-1], dict):
        names = sorted(name for name in one[-1] | two[-1] if one[-1].get(name) != two[-1].get(name))
        return f"{names}: {one[-1].get(names[0])} and {two[-1].get(names[0])}"[:1500]
    lines = zip(one[-1].splitlines(), two[-1].splitlines(), strict=False)
    return next((f"{a.decode()!r} and {b.decode()!r}" for a, b in lines if a != b), "one is longer")[:500]


def writings(twins: Twins) -> list[tuple[str, str, str, dict[str, Any]]]:
    """(person, method, address, request) of what a person without the right might post to find the surprise out."""
    found: list[tuple[str, str, str, dict[str, Any]]] = []
    for username in UNKNOWING:
        for door, rule in doors_of(twins.bare.app):
            if not door.startswith("GET ") and is_of_a_visit(rule):
                values = {**twins.bare.general(), **twins.secret.values(rule), "finding_id": NOWHERE}
                if rule.endpoint == "api.put_submission":
                    values["submission_id"] = f"00000000-0000-4000-8000-0000000000{len(found):02d}"
                request = post_for(rule.endpoint, twins.bare, twins.secret)
                found.append((username, door.split()[0], twins.bare.address(rule, values), request))
    kept, finding = twins.visit.kept, twins.visit.findings["NY-02"]
    start = {"unit": BINH_SON, "checklist": "dot-xuat", "reason": "Theo phản ánh"}
    guess = {"version": "1", "decision": "duplicate", "reason": "Trùng", "duplicate_of": "KT-2026-0002-NY-01"}
    return [
        *found,
        ("chuyenvien", "POST", f"/kept/{kept}/place", {"data": {"inspection": twins.secret.inspection}}),
        ("chuyenvien", "POST", f"/kept/{kept}/place", {"data": {"number": "KT-2026-0002"}}),
        ("chuyenvien", "POST", f"/review/findings/{finding}/decide", {"data": guess}),
        ("kiemtra2", "POST", "/inspect/new", {"data": start}),
        ("chuyenvien", "POST", f"/review/findings/{finding}/decide", {"data": {**guess, "decision": "confirm"}}),
    ]  # fmt: skip


def test_no_door_tells_that_a_surprise_of_another_team_is_planned(twins: Twins) -> None:
    if twins.bare.file:  # SQLite; the reading at the end asks the same of PostgreSQL
        assert compare_readings(twins) == []
    differing = []
    for world in twins:
        world.office.now += timedelta(days=1)  # visits of one day stand in the order of their random ids
    for username, method, address, request in writings(twins):
        one, two = (told(world.send(username, method, address, **request), made=True) for world in twins)
        if one != two:
            differing.append(f"{method} {address} by {username}: {first_difference(one, two)}")
        for world in twins:
            world.office.now += timedelta(minutes=1)
    assert differing == []
    # The work that went on beside it got its numbers and its places in every list; none may show a gap.
    assert compare_readings(twins, made=True) == []


def test_who_may_know_sees_it_and_everybody_sees_it_once_it_started(
    prepared_stores: Callable[..., Stores], tmp_path: Path
) -> None:
    world = open_world(prepared_stores(), tmp_path)
    visit = furnish(world)
    secret = plan_surprises(world)
    page = f"/campaigns/{world.campaign}/inspections/{secret}"

    def status(username: str, address: str) -> int:
        return world.client(username).get(address).status_code

    before = {name: status(name, page) for name in (*KNOWING, *UNKNOWING)}
    assert before == {
        "truongphong": 200, "lanhdao": 200, "kiemtra1": 403, "kiemtra2": 403, "chuyenvien": 404, "noichinh": 403,
        "quantri": 403, "donvi": 403,
    }  # fmt: skip
    assert status("kiemtra1", f"/inspect/{secret}") == 200, "its team"
    assert secret in world.client("kiemtra1").get("/inspect/").get_data(as_text=True)
    assert world.send("kiemtra1", "POST", f"/inspect/{secret}", data={"action": "save"}).status_code == 303
    assert status("chuyenvien", page) == 200, "a draft of its team is its start"
    with world.office.database.reading() as session:
        assert session.get_one(InspectionRow, secret).number == "KT-2026-0002", "planning took no number"
    assert status("kiemtra2", f"/inspect/{secret}") == 403, "known, but of another team"
    log = world.client("quantri").get("/audit?act=inspection_planned").get_data(as_text=True)
    assert "Bình Sơn" in log
    found = "/api/v1/findings?q=surprised"
    receipt = world.office.send(secret, {"ny_01": "fail", "ny_01_note": "surprised"}, by="kiemtra1")
    assert receipt.status == "received", receipt.reasons
    assert "KT-2026-0002-NY-01" in world.client("kiemtra2").get(found).get_data(as_text=True)
    assert "KT-2026-0002-NY-01" not in world.client("donvi").get(found).get_data(as_text=True), (
        "not yet confirmed"
    )
    assert visit.findings["NY-01"] in world.client("donvi").get("/api/v1/findings").get_data(as_text=True)
    world.close()


def test_the_log_of_the_server_names_neither_the_surprise_nor_its_unit(
    live_server: Callable[..., LiveServer], prepared_stores: Callable[..., Stores]
) -> None:
    """Who reads the log is none of those who may know."""
    stores = prepared_stores()
    office = open_office(stores.database_url)
    for username, role in {**KNOWING, "chuyenvien": Role.REVIEWER, "kiemtra2": Role.INSPECTOR}.items():
        office.give_password(username, DEMO_PASSWORD, role)
    scratch = office.plan(DUC_PHO, "kiemtra1")
    with office.database.reading() as session:
        row = session.get_one(InspectionRow, scratch)
        campaign, team = row.campaign_id, row.team_id
    office.database.engine.dispose()
    server = live_server(stores=stores)
    head = Client(server.url, "truongphong")
    form = {
        "team_id": team,
        "kind": "surprise",
        "checklist_key": "dot-xuat",
        "day": "2026-11-26",
        "units": BINH_SON,
    }
    head.get(f"/campaigns/{campaign}/assign?find=binh+son")
    assert head.post(f"/campaigns/{campaign}/assign", form).status_code == 303
    page = head.get(f"/campaigns/{campaign}?q=binh+son").text
    secret = next(
        id
        for id in re.findall(rf"/campaigns/{campaign}/inspections/([0-9a-f-]{{36}})", page)
        if id != scratch
    )
    for username in ("truongphong", "kiemtra1", "kiemtra2", "chuyenvien"):
        client = Client(server.url, username)
        for address in (f"/campaigns/{campaign}/inspections/{secret}", f"/inspect/{secret}", f"/review/{secret}",
                        f"/findings?inspection={secret}&commune={BINH_SON}", f"/inspect/{secret}/%ff"):  # fmt: skip
            client.get(address)
    head.post(f"/campaigns/{campaign}/inspections/{secret}/cancel", {"reason": "Bình Sơn: hoãn"})
    server.stop()
    log = unquote(server.log)
    assert "/inspect/" in log and "/campaigns/" in log, "the log does name what was asked for"
    for word in (secret, scratch, BINH_SON, "Bình Sơn", "binh son", "binh+son"):
        assert word not in log, [line for line in log.splitlines() if word in line][:3]
