"""Role x area: every person of every role and area at every door, with objects inside and outside of their area.

What lies outside must be answered exactly like what does not exist, and must leave no trace in any page, file or
number: bodies are compared before and after the foreign object is made.
"""

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from werkzeug.routing import Rule

from inspect_app.domain.people import Role
from tests.posts import post_for
from tests.prepared import prepared_sqlite
from tests.rights import DOORS, OF_A_VISIT, REACH, doors_of, is_of_a_visit, roles_for
from tests.world import NOWHERE, Visit, World, masked, open_world

# The near visit was in March 2025 at thị trấn Châu Ổ, district 524; its code and area are those of xã Bình Sơn since
# July, where the surprise is planned. The far one was in phường Đức Phổ of today.
BINH_SON, DUC_PHO, ON_THE_OLD_MAP = "21040", "21439", date(2025, 3, 10)
# area: (codes, as of) and the visits that lie in it
AREAS: dict[str, tuple[tuple[str, ...], date | None, set[str]]] = {
    "tinh": (("51",), None, {"near", "far", "secret"}),
    "huyen": (("524",), date(2025, 6, 30), {"near"}),
    "xa": ((BINH_SON,), date(2026, 11, 22), {"near", "secret"}),
    "xakhac": ((DUC_PHO,), date(2026, 11, 22), {"far"}),
}
WITHOUT_FAR = ("huyen", "xa")
MARK, NEAR_MARK = "DAUVETRIENG", "DAUVETGAN"
# Doors whose answer speaks of no visit of anybody, only of how many there are; kept from the net, see the census.
SUMS_FOR_MACHINES = {"GET /metrics"}


Answers = dict[tuple[str, str], tuple[int, str, str, bytes]]


@dataclass
class Matrix:
    """A world with a visit near, a visit far and a planned surprise of another team, and the answers before the far one."""

    world: World
    near: Visit
    far: Visit
    secret: Visit
    with_far: sqlite3.Connection  # the database with both visits, but without the surprise
    state: sqlite3.Connection  # with all three
    before: Answers
    none: Answers = field(default_factory=dict)

    @property
    def rules(self) -> list[tuple[str, Rule]]:
        return doors_of(self.world.app)

    def visit(self, name: str) -> Visit:
        return {"near": self.near, "far": self.far, "secret": self.secret}[name]


def people() -> list[tuple[str, Role, str]]:
    return [(f"{role.value.replace('_', '-')}.{area}", role, area) for role in Role for area in AREAS]


def ask_all(world: World, near: Visit) -> Answers:
    """Every page without an object, and every page of the near visit, for everyone who may not know of the far one."""
    asked: Answers = {}
    for username, _, area in people():
        if area not in WITHOUT_FAR:
            continue
        for door, rule in doors_of(world.app):
            if not door.startswith("GET ") or door in SUMS_FOR_MACHINES:
                continue
            address = world.address(rule, {**world.general(), **near.values(rule)})
            asked[username, door] = masked(world.client(username).get(address))
    return asked


@pytest.fixture(scope="module")
def matrix(shared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    stores = prepared_sqlite(shared_folder, tmp_path_factory.mktemp("matrix"), demo=False)
    world = open_world(stores, tmp_path_factory.mktemp("world"))
    for username, role, area in people():
        codes, on, _ = AREAS[area]
        world.office.person(username, role, *codes, on=on)
    for username in ("planner", "near", "far", "other"):
        world.office.person(username, Role.HEAD if username == "planner" else Role.INSPECTOR)
    world.plan_campaign({"Đoàn gần": ("near",), "Đoàn xa": ("far",), "Đoàn khác": ("other",)})
    near = world.visit("Đoàn gần", BINH_SON, "near", NEAR_MARK, "reviewer.xa", ON_THE_OLD_MAP)
    state = world.keep()
    before = ask_all(world, near)
    world.restore(state)
    far = world.visit("Đoàn xa", DUC_PHO, "far", MARK, "reviewer.xakhac")
    with_far = world.keep()
    secret = Visit(BINH_SON, "Đoàn khác", world.assign("Đoàn khác", BINH_SON))
    yield Matrix(world, near, far, secret, with_far, world.keep(), before)
    world.close()


def test_every_door_to_an_object_of_a_visit_says_who_reaches_it(matrix: Matrix) -> None:
    for door, rule in matrix.rules:
        if is_of_a_visit(rule):
            assert rule.endpoint in REACH, (
                f"{door} names an object of a visit: add {rule.endpoint} to REACH in tests/rights.py"
            )
            if not door.startswith("GET "):
                post_for(rule.endpoint, matrix.world, matrix.near)  # KeyError: add a form to tests/posts.py


def reaches(matrix: Matrix, endpoint: str, role: Role, area: str, name: str, criterion: str) -> bool:
    if role.value not in roles_for(next(door for door, rule in matrix.rules if rule.endpoint == endpoint)):
        return False
    if REACH[endpoint] in ("team", "sender"):
        return False  # nobody of the matrix is of these teams
    if name == "secret":
        return role in (Role.HEAD, Role.LEADER) and "secret" in AREAS[area][2]
    if REACH[endpoint] == "confirmed" and role == Role.UNIT_OFFICER and criterion != "NY-01":
        return False
    return name in AREAS[area][2]


def expected(matrix: Matrix, rule: Rule, role: Role, area: str, name: str, criterion: str) -> int:
    """What a GET of an object must answer; an object that a visit does not have is not found."""
    if role.value not in roles_for(f"GET {rule.rule}"):
        return 403
    visit = matrix.visit(name)
    values = {
        key: value for key, value in visit.values(rule, criterion=criterion).items() if key in rule.arguments
    }
    known = reaches(matrix, rule.endpoint, role, area, name, criterion)
    if REACH[rule.endpoint] == "team":
        may_know = name in AREAS[area][2] and (name != "secret" or role == Role.HEAD)
        return 403 if may_know else 404
    return 200 if known and NOWHERE not in values.values() and "" not in values.values() else 404


@pytest.mark.parametrize("name", ["near", "far", "secret"])
def test_an_object_is_there_for_whom_the_table_says_and_not_there_for_the_rest(
    matrix: Matrix, name: str
) -> None:
    matrix.world.restore(matrix.state)
    visit, wrong = matrix.visit(name), []
    for username, role, area in people():
        for door, rule in matrix.rules:
            if not door.startswith("GET ") or not is_of_a_visit(rule):
                continue
            for criterion in ("NY-01", "NY-02")[: 1 + bool(rule.arguments & {"finding_id", "photo_id"})]:
                values = visit.values(rule, criterion=criterion)
                if "" in (values[key] for key in rule.arguments & OF_A_VISIT):
                    continue
                answer = masked(
                    matrix.world.client(username).get(
                        matrix.world.address(rule, {**matrix.world.general(), **values})
                    )
                )
                wanted = expected(matrix, rule, role, area, name, criterion)
                if answer[0] != wanted:
                    wrong.append(f"{door} of {name} ({criterion}) by {username}: {answer[0]}, not {wanted}")
                if answer[0] == 404:
                    assert answer == nothing(matrix, username, rule, values), (
                        f"{door} of {name} by {username}"
                    )
    assert not wrong, "\n".join(wrong)


def nothing(matrix: Matrix, username: str, rule: Rule, values: dict[str, str]) -> tuple[int, str, str, bytes]:
    """The answer for ids that are of nothing, written as if they were these."""
    none = {key: NOWHERE for key in values if key != "content_hash"} | {"content_hash": "0" * 64}
    if (username, rule.rule) not in matrix.none:
        address = matrix.world.address(rule, {**matrix.world.general(), **none})
        matrix.none[username, rule.rule] = masked(matrix.world.client(username).get(address))
    answer = matrix.none[username, rule.rule]
    body = answer[3]
    for key in rule.arguments & OF_A_VISIT:
        body = body.replace(none[key].encode(), values[key].encode())
    return (*answer[:3], body)


def test_pages_without_an_object_are_open_by_role_alone(matrix: Matrix) -> None:
    matrix.world.restore(matrix.state)
    wrong = []
    for username, role, area in people():
        if area not in ("tinh", "xakhac"):
            continue  # the others are asked the same in the comparison below
        for door, rule in matrix.rules:
            if door.startswith("GET ") and not is_of_a_visit(rule) and "anyone" not in DOORS[door]:
                answer = matrix.world.client(username).get(matrix.world.address(rule, matrix.world.general()))
                wanted = (200, 302) if role.value in roles_for(door) else (403,)
                if door == "GET /findings.zip" and "see_photos" not in acts_of(role):
                    wanted = (403,)
                if answer.status_code not in wanted:
                    wrong.append(f"{door} by {username}: {answer.status_code}")
                if area == "xakhac" and NEAR_MARK.encode() in answer.get_data():
                    wrong.append(f"{door} by {username} shows what was written far from there")
    assert not wrong, "\n".join(wrong)


def acts_of(role: Role) -> set[str]:
    from tests.rights import ACTS

    return {act for act, roles in ACTS.items() if role.value in roles.split()}


def test_what_happens_outside_an_area_changes_no_answer_inside(matrix: Matrix) -> None:
    matrix.world.restore(matrix.with_far)
    after = ask_all(matrix.world, matrix.near)
    assert set(after) == set(matrix.before)
    differing = []
    for asked, answer in after.items():
        assert MARK.encode() not in answer[3], asked
        if plain(answer) != plain(matrix.before[asked]):
            differing.append(f"{asked[1]} by {asked[0]}: {difference(matrix.before[asked], answer)}")
    assert not differing, "\n".join(differing)


def plain(answer: tuple[int, str, str, bytes]) -> tuple[object, ...]:
    from tests.world import unpacked

    return (*answer[:3], unpacked(answer[3]))


def difference(before: tuple[int, str, str, bytes], after: tuple[int, str, str, bytes]) -> str:
    if before[:3] != after[:3]:
        return f"{before[:3]} became {after[:3]}"
    one, two = before[3].splitlines(), after[3].splitlines()
    return next((f"{a!r} became {b!r}" for a, b in zip(one, two, strict=False) if a != b), "one is longer")[
        :600
    ]


def test_nobody_changes_anything_outside_their_rights(matrix: Matrix) -> None:
    matrix.world.restore(matrix.state)
    watch = sqlite3.connect(matrix.world.file or "")
    dump = list(watch.iterdump())
    wrong = []
    for username, role, area in people():
        for door, rule in matrix.rules:
            if door.startswith("GET ") or not is_of_a_visit(rule) or rule.endpoint == "api.put_submission":
                continue
            for name in ("near", "far", "secret"):
                if reaches(matrix, rule.endpoint, role, area, name, "NY-01"):
                    continue
                seen = watch.execute("PRAGMA data_version").fetchone()
                visit = matrix.visit(name)
                values = {
                    **matrix.world.general(),
                    **{k: v or NOWHERE for k, v in visit.values(rule, criterion="NY-02").items()},
                }
                address = matrix.world.address(rule, values)
                post = post_for(rule.endpoint, matrix.world, visit)
                answer = matrix.world.send(username, door.split()[0], address, **post)
                if answer.status_code not in (403, 404):
                    wrong.append(f"{door} of {name} by {username}: {answer.status_code}")
                if seen != watch.execute("PRAGMA data_version").fetchone():
                    wrong.append(f"{door} of {name} by {username} wrote to the database")
    assert not wrong, "\n".join(wrong)
    assert list(watch.iterdump()) == dump
    watch.close()


def test_the_posts_of_the_test_before_succeed_for_who_may(matrix: Matrix) -> None:
    """Else they would prove nothing: a post that nobody could make is refused for everybody."""
    for door, rule in matrix.rules:
        if door.startswith("GET ") or not is_of_a_visit(rule):
            continue
        matrix.world.restore(matrix.state)
        who = {"team": "near", "sender": "near"}.get(REACH[rule.endpoint], "head.tinh")
        of_secret = rule.endpoint in ("campaigns.reassign", "campaigns.cancel")
        visit = matrix.secret if of_secret else matrix.near
        values = visit.values(rule, criterion="NY-02")
        if rule.endpoint == "api.put_submission":
            values["submission_id"] = NOWHERE
        post = post_for(rule.endpoint, matrix.world, visit)
        special = ("kept.place_in_new_visit", "kept.set_document_aside", "review.approve", "review.place")
        if rule.endpoint in special:
            continue  # need a second content or another visit; tests/web/test_review.py and its like make those
        answer = matrix.world.send(
            who, door.split()[0], matrix.world.address(rule, {**matrix.world.general(), **values}), **post
        )
        assert answer.status_code in (200, 201, 202, 303), (
            f"{door}: {answer.status_code} {answer.get_data(as_text=True)[-1500:]}"
        )


def test_a_document_for_a_foreign_visit_is_kept_without_a_word_of_that_visit(matrix: Matrix) -> None:
    """Nothing that arrives is refused; but the answer for a visit one may not know of is that for one that is not there."""
    for name in ("far", "secret"):
        texts = set()
        for number, inspection in enumerate((matrix.visit(name).inspection, NOWHERE)):
            matrix.world.restore(matrix.state)
            submission = f"00000000-0000-4000-8000-00000000000{number + 1}"
            document = post_for("api.put_submission", matrix.world, matrix.visit(name))["json"] | {
                "inspection": inspection
            }
            answer = matrix.world.send(
                "inspector.xa", "PUT", f"/api/v1/submissions/{submission}", json=document
            )
            assert answer.status_code == 202
            text = answer.get_data(as_text=True).replace(submission, "ID").replace(inspection, "VISIT")
            texts.add(re.sub(r'"code": ?"[^"]*"', "", text))
        assert len(texts) == 1, texts


def test_photos_of_a_foreign_visit_cannot_be_drawn_into_a_correction_of_ones_own(matrix: Matrix) -> None:
    matrix.world.restore(matrix.state)
    form = {"submission_id": NOWHERE, "replaces": matrix.far.submission, "action": "save", "ny_01": "fail"}
    answer = matrix.world.send("near", "POST", f"/inspect/{matrix.near.inspection}", data=form)
    assert answer.status_code in (303, 409), answer.status_code
    page = matrix.world.client("near").get(f"/inspect/{matrix.near.inspection}").get_data(as_text=True)
    with sqlite3.connect(matrix.world.file or "") as rows:
        drawn = rows.execute("SELECT count(*) FROM photo WHERE submission_id = ?", (NOWHERE,)).fetchone()
    assert drawn == (0,), "photos of another visit were copied"
    assert MARK not in page
